"""A page of documentation that is a session: its commands are run, and what they print must be what the page shows.

In a `console` block, `$ ` begins a command of rhythmconf or git, or `head -n N FILE`; `| tail -n N` and `| head -n N`
are understood. Comments before a block do what people do outside of a terminal:

    <!-- edit FILE: OLD -> NEW -->                 the file is edited; `\n` in NEW begins a line
    <!-- remove KEY from FILE -->                  a document is deleted
    <!-- console ENVIRONMENT FILE: OLD -> NEW -->  the tenant is, as if somebody did it in its console
    <!-- refresh ENVIRONMENT from ENVIRONMENT -->  one tenant becomes a copy of the other
"""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.support.git import git
from tests.support.process import called, edit, well

DEED = re.compile(r"<!-- (edit|remove|console|refresh) (.+?) -->")
BLOCK = re.compile(rf"```console\n(.*?)```|{DEED.pattern}", re.DOTALL)
OUTSIDE = {"GIT_DIR": "/nonexistent"}
STEADY = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "2026-01-31T23:59:59Z"),
    (re.compile(r"\b\d{8}-\d{6}-\d{3}-[0-9a-f]{6}\b"), "20260131-235959-123-0f3a9c"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "7d0c2b9e41aa5f6e8c3b1a0d9e7f5c4b3a2d1e0f"),
    (re.compile(r"\b[0-9a-f]{20}\b"), "1f3a9c77d2e84b60a5c1"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "7d0c2b9e41aa"),
)
"""What differs from one session to the next, and what the page has in its place."""


def retold(page: str, folder: Path) -> str:
    """The page with what its commands print today, in a project folder that is a git work tree."""
    return BLOCK.sub(lambda found: _retold(found, folder), page)


def _retold(found: re.Match[str], folder: Path) -> str:
    if found[1] is None:
        _do(found[0], folder)
        return found[0]
    commands = [line[2:] for line in found[1].splitlines() if line.startswith("$ ")]
    return "```console\n" + "".join(_session(command, folder) for command in commands) + "```"


def _session(command: str, folder: Path) -> str:
    lines = [*_lines(command, folder)]
    for pattern, steady in STEADY:
        lines = [pattern.sub(steady, line).rstrip() for line in lines]
    return "".join(f"{line}\n" for line in (f"$ {command}", *lines))


def _lines(command: str, folder: Path) -> Iterator[str]:
    """What a command prints: stdout, of which a pipe takes a part, then stderr."""
    call, _, pipe = command.partition(" | ")
    program, *arguments = shlex.split(call)
    if program == "git":
        yield from git(folder, *arguments).splitlines()
        return
    if program == "head":
        yield from (folder / arguments[2]).read_text(encoding="utf-8").splitlines()[: int(arguments[1])]
        return
    ran = called(folder, *arguments)
    lines = ran.stdout.splitlines()
    count = int(pipe.rpartition(" ")[2]) if pipe else len(lines)
    yield from lines[-count:] if pipe.startswith("tail") else lines[:count]
    yield from ran.stderr.splitlines()


def _do(comment: str, folder: Path) -> None:
    found = DEED.fullmatch(comment)
    assert found, comment
    deed, what = found[1], found[2]
    if deed == "refresh":
        target, source = what.split(" from ")
        _refresh(folder / f".rhythmconf/{target}.db", folder / f".rhythmconf/{source}.db")
        return
    if deed == "remove":
        key, file = what.split(" from ")
        _remove(folder / file, key)
        return
    place, _, values = what.partition(": ")
    old, new = values.split(" -> ")
    if deed == "edit":
        edit(folder / place, old, new.replace("\\n", "\n"))
    else:
        environment, file = place.split()
        in_console(folder, environment, file, old, new)


def _remove(path: Path, key: str) -> None:
    """Delete a document from a file of several."""
    documents = path.read_text(encoding="utf-8").split("---\n")
    kept = [text for text in documents if not re.search(rf"(?m)^key: {key}( #.*)?$", text)]
    assert len(kept) == len(documents) - 1, (path, key)
    path.write_text("---\n".join(kept), encoding="utf-8")


def _refresh(target: Path, source: Path) -> None:
    """One tenant's database becomes a copy of the other's; the tenant keeps its name."""
    with closing(sqlite3.connect(target)) as old:
        ((name,),) = old.execute("SELECT DISTINCT tenant FROM records").fetchall()
    shutil.copyfile(source, target)
    with closing(sqlite3.connect(target)) as new, new:
        for table in ("records", "refs"):
            new.execute(f"UPDATE {table} SET tenant = ?", (name,))


def in_console(folder: Path, environment: str, file: str, old: str, new: str) -> None:
    """Change a tenant without its files, as people do in the console."""
    before = (folder / file).read_text(encoding="utf-8")
    edit(folder / file, old, new)
    well(folder, "plan", "--env", environment, "-o", "console.plan", env=OUTSIDE)
    well(folder, "apply", "console.plan", env=OUTSIDE)
    (folder / "console.plan").unlink()
    (folder / file).write_text(before, encoding="utf-8")
