"""Test modules are independent of each other."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("tests", "benchmarks", "scripts") for path in (ROOT / folder).rglob("*.py"))


def imported_modules(path: Path) -> list[str]:
    """Return the full name of every module and name that a file imports, wherever the import stands."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def test_no_file_imports_a_test_module_or_a_conftest() -> None:
    imports = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in SOURCES
        for name in imported_modules(path)
        if name.startswith("tests.") and not name.startswith("tests.support.")
    }
    assert imports == set()
