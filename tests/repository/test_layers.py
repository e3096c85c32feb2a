"""The walls of the house: rooms import only what lies below them, and what is public says what it is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "rhythmconf").rglob("*.py"))
CONTRACTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_rooms_import_only_what_lies_below_them() -> None:
    command = [sys.executable, "-c", CONTRACTS, "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def public(tree: ast.Module) -> Iterator[Definition]:
    """Public functions and classes of a module, and the public methods of its public classes."""
    for one in tree.body:
        if isinstance(one, Definition) and not one.name.startswith("_") and not _is_overload(one):
            yield one
            if isinstance(one, ast.ClassDef):
                yield from (each for each in one.body if isinstance(each, Definition) and _is_ours(each))


def _is_ours(method: Definition) -> bool:
    """Whether it isn't private, and no hook of a library whose own words hold."""
    return not method.name.startswith("_") and method.name not in {"list_commands", "get_command", "format_commands"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_public_has_words_and_types(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the room doesn't say what it takes and gives"
    silent = [one.name for one in public(tree) if not ast.get_docstring(one)]
    assert silent == []
    bare = [one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and not _annotated(one)]
    assert bare == []


def _is_overload(definition: Definition) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "overload" for one in definition.decorator_list)


def _annotated(function: ast.FunctionDef) -> bool:
    places = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named = [place for place in places if place.arg not in ("self", "cls")]
    return function.returns is not None and all(place.annotation is not None for place in named)


def test_the_page_of_the_house_draws_the_layers_and_has_a_row_for_each_package() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    [block] = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert block.splitlines() == layers[1:]
    rows = re.findall(r"(?m)^\| `([a-z0-9]+)` \|", page)
    assert sorted(rows) == sorted(name for line in layers[1:] for name in line.split(" | "))
    assert set(rows) == {path.stem for path in (ROOT / "rhythmconf").iterdir() if _is_room(path)}


def _is_room(path: Path) -> bool:
    packages = path.is_dir() and (path / "__init__.py").exists()
    return packages or (path.suffix == ".py" and not path.name.startswith("__"))
