"""Forbidden names of functions and variables, and diagnostic codes outside their definition."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "rhythmconf").rglob("*.py"))
WITH_TESTS = [
    *FILES,
    *(path for folder in ("tests", "benchmarks", "scripts") for path in (ROOT / folder).rglob("*.py")),
]
RIDDLES = {
    *("told", "taken", "settle", "sides", "standing", "strays", "slips"),
    *("travel", "fit", "aim", "telling", "carry", "shelf", "words"),
    *("room", "wing", "hall", "door", "walk"),
}
"""Names that meant ten things or need the picture of a house; docs/glossary.md has the nouns to use."""
VAGUE = {"found", "known", "who"}
TYPES = re.compile(r"\b(LiveState|Settings|Identity)\b")
MAKERS = {"LiveState", "Settings", "Identity", "fetch", "fetch_state", "fetched", "load_settings"}
"""Constructors and functions whose value is a LiveState, Settings or an Identity, beside `identity.pair`."""
CODE = re.compile(r"(?<!explain )(?<!such as )\bRC\d{3}\b")
"""A diagnostic code, except in the examples of a help text."""


def parse(path: Path) -> ast.Module:
    """Parse a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """Return the path of a file below the repository."""
    return path.relative_to(ROOT).as_posix()


def public_names(path: Path) -> Iterator[str]:
    """Yield the name of a module, of its folder, and of its public functions, methods and classes."""
    yield path.parent.name if path.name == "__init__.py" else path.stem
    yield from (node.name for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.ClassDef))


def test_no_module_function_or_class_has_a_forbidden_name() -> None:
    assert {(name_of(path), name) for path in FILES for name in public_names(path) if name.lower() in RIDDLES} == set()


def test_no_vague_name_is_annotated_as_live_state_settings_or_identity() -> None:
    assert {
        (name_of(path), name, annotation)
        for path in WITH_TESTS
        for name, annotation in annotated_names(parse(path))
        if name in VAGUE and TYPES.search(annotation)
    } == set()


def annotated_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the name and the annotation of each parameter, variable and field."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation:
            yield node.arg, ast.unparse(node.annotation)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, ast.unparse(node.annotation)


def test_no_vague_name_is_bound_to_live_state_settings_or_an_identity() -> None:
    assert {
        (name_of(path), name, call)
        for path in WITH_TESTS
        for name, call in names_bound_to_calls(parse(path))
        if name in VAGUE and (call.rpartition(".")[2] in MAKERS or call == "identity.pair")
    } == set()


def names_bound_to_calls(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield a name and the function that gives its value; the generator in `finish(fetch(...))` counts as well."""
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.NamedExpr):
            targets = [node.target]
        value = getattr(node, "value", None)
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    yield from ((name.id, ast.unparse(call.func)) for call in calls(value))


def calls(value: ast.expr | None) -> Iterator[ast.Call]:
    """Yield a call, and the call that is its first argument."""
    if isinstance(value, ast.YieldFrom):
        value = value.value
    while isinstance(value, ast.Call):
        yield value
        value = value.args[0] if value.args else None


def test_a_diagnostic_code_is_written_only_where_it_is_defined() -> None:
    assert {
        (name_of(path), text)
        for path in FILES
        if path.name != "codes.py"
        for text in texts_of_the_program(parse(path))
        if CODE.search(text)
    } == set()


def texts_of_the_program(tree: ast.Module) -> Iterator[str]:
    """Yield the strings of a module except docstrings and what defines a `Code` or a `Rule`."""
    left_out: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            left_out.add(node.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("Code", "Rule"):
            left_out.update(part for argument in (*node.args, *node.keywords) for part in ast.walk(argument))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left_out:
            yield node.value
