"""The packages of rhythmconf: which there are, what they may import, and how docs/house.md draws them."""

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
PACKAGES = {
    *("cli", "flows", "report", "engine", "insight", "source", "tenant", "settings", "text", "catalog"),
    *("model", "patch", "platform", "errors", "templates"),
}
CONTRACTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_packages_import_only_packages_below_them() -> None:
    command = [sys.executable, "-c", CONTRACTS, "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_there_are_exactly_the_packages_of_the_plan() -> None:
    names = {path.name for path in (ROOT / "rhythmconf").iterdir() if path.name != "__pycache__"}
    assert names == PACKAGES | {"__init__.py", "__init__.pyi", "__main__.py", "py.typed"}


def layers_of_the_contract() -> list[set[str]]:
    """Return the packages of each layer that import-linter checks, from the top."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [set(line.split(" | ")) for line in layers]


def test_the_house_page_draws_the_checked_layers() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    [drawing] = re.findall(r"(?ms)^```text\n(.*?)^```", page)
    drawn = [set(re.split(r"\s{2,}", line)[0].split(" | ")) for line in drawing.splitlines()]
    assert drawn == layers_of_the_contract()
    assert set().union(*drawn) == PACKAGES | {"__main__"}


def test_the_house_page_describes_each_package_once() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    described = re.findall(r"(?m)^\| `([a-z0-9]+)` \|", page)
    assert sorted(described) == sorted(PACKAGES)


def public_definitions(tree: ast.Module) -> Iterator[Definition]:
    """Yield the public functions and classes of a module, and the public methods of its public classes."""
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_") and not _is_overload(node):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (method for method in node.body if isinstance(method, Definition) and _is_public(method))


def _is_public(method: Definition) -> bool:
    """Return whether a method is neither private nor one that click calls."""
    return not method.name.startswith("_") and method.name not in {"list_commands", "get_command", "format_commands"}


def _is_overload(definition: Definition) -> bool:
    return any(isinstance(name, ast.Name) and name.id == "overload" for name in definition.decorator_list)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_names_have_docstrings_and_every_function_has_types(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module has no docstring"
    assert [node.name for node in public_definitions(tree) if not ast.get_docstring(node)] == []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions if not _is_annotated(function)] == []


def _is_annotated(function: ast.FunctionDef) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named = [argument for argument in arguments if argument.arg not in ("self", "cls")]
    return function.returns is not None and all(argument.annotation is not None for argument in named)
