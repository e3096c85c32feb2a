"""Only `rhythmconf/platform` knows which system it runs on, and uses what Windows' Python lacks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.windows import is_missing, missing_names

ROOT = Path(__file__).parents[2]
SEAM = ROOT / "rhythmconf" / "platform"
ASKED = {("sys", "platform"), ("os", "name")}
DIFFERENT = ("os", "sys", "signal", "socket", "select", "time")
"""Modules that have less on Windows."""
MISSING = ("crypt", "fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty")
SUSPECT = re.compile(rf"(?m)^\s*(import|from) ({'|'.join((*DIFFERENT, *MISSING))})\b")
"""An import that is worth a look at the whole module."""


def uses_of_one_system(tree: ast.Module) -> Iterator[str]:
    """Yield what a module uses that not every system has, and where it asks which system this is."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names if is_missing(alias.name))
            case ast.ImportFrom(module=str(module), level=0):
                if is_missing(module):
                    yield module
                pairs = ((module, alias.name) for alias in node.names)
                yield from (".".join(pair) for pair in pairs if pair in ASKED or pair[1] in missing_names(module))
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in DIFFERENT:
                if (module, name) in ASKED or name in missing_names(module):
                    yield f"{module}.{name}"


def test_only_the_platform_package_uses_what_windows_lacks() -> None:
    uses = {
        f"{path.relative_to(ROOT).as_posix()}: {use}"
        for path in sorted((ROOT / "rhythmconf").rglob("*.py"))
        if path.parent != SEAM
        if SUSPECT.search(text := path.read_text(encoding="utf-8"))
        for use in uses_of_one_system(ast.parse(text))
    }
    assert uses == set()


def test_the_check_sees_what_it_looks_for() -> None:
    text = "import os, fcntl\nfrom signal import SIGKILL, SIGTERM\nfrom os import replace\nos.fchmod\nos.name\nos.chmod"
    assert SUSPECT.search(text)
    assert all(map(is_missing, MISSING))
    assert sorted(uses_of_one_system(ast.parse(text))) == ["fcntl", "os.fchmod", "os.name", "signal.SIGKILL"]
