"""Run the commands of a documentation page and replace their printed output by the current output.

In a `console` block, `$ ` begins a command of rhythmconf or git, `cd DIR` or `head -n N FILE`. `| tail -n N` and
`| head -n N` are understood. Comments before a block do what people do outside of a terminal:

    <!-- edit FILE: OLD -> NEW -->                 edit a file; `\n` in NEW begins a line
    <!-- write FILE: TEXT -->                      write a file; `\n` in TEXT begins a line
    <!-- delete FILE -->                           delete a file
    <!-- remove KEY from FILE -->                  delete a document
    <!-- console ENVIRONMENT FILE: OLD -> NEW -->  change a tenant, as if somebody did it in the Rhythm console;
                                                  the folder of its project may be in front: PROJECT/ENVIRONMENT
    <!-- refresh ENVIRONMENT from ENVIRONMENT -->  make one tenant a copy of another
"""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.git import git
from tests.support.process import edit_file, run_in_process, run_ok

DIRECTIVE = re.compile(r"<!-- (edit|write|delete|remove|console|refresh) (.+?) -->")
BLOCK = re.compile(rf"```console\n(.*?)```|{DIRECTIVE.pattern}", re.DOTALL)
STEADY: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"), "2026-01-31T23:59:59Z"),
    (re.compile(r"(?<=23:59:59Z) \([^)]+\)"), " (ana)"),
    (re.compile(r"\b[A-Z][a-z]{2} \d\d? [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC"), "Sat 31 Jan 2026, 23:59 UTC"),
    (re.compile(r"\b\d{8}-\d{6}-\d{3}-[0-9a-f]{6}\b"), "20260131-235959-123-0f3a9c"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "7d0c2b9e41aa5f6e8c3b1a0d9e7f5c4b3a2d1e0f"),
    (re.compile(r"\b[0-9a-f]{20}\b"), "1f3a9c77d2e84b60a5c1"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "7d0c2b9e41aa"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "https://certifications.api.rhythmsoftware.com"),
    # Lists are read at the same time, so any of them may be the first that fails.
    (re.compile(r"(https://certifications\.api\.rhythmsoftware\.com)/certifications/\w+/"), r"\1/programs/"),
    # The number of reads that recognise a tenant depends on the ids of its records.
    (re.compile(r"\b(\d+) with the apply, \d+ if"), lambda match: f"{match[1]} with the apply, {int(match[1]) + 2} if"),
)
"""Values that differ between sessions, and the text that the page shows instead."""


def mask_changing_values(line: str) -> str:
    """Return a line in which ids, dates and addresses are replaced as on the pages."""
    for pattern, text in STEADY:
        line = pattern.sub(text, line)
    return line.rstrip()


def run_page(page: str, folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Return the page with the current output of its commands; the project folder is a git work tree."""
    session = Session(folder, env or {})
    return BLOCK.sub(session.replace, page)


@dataclass
class Session:
    """A session in a folder with its own environment variables."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def replace(self, match: re.Match[str]) -> str:
        """Return a block with the current output, or carry out a directive and return it unchanged."""
        if match[1] is None:
            _run_directive(match[0], self.folder)
            return match[0]
        commands = [line[2:] for line in match[1].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(self._run(command) for command in commands) + "```"

    def _run(self, command: str) -> str:
        return "".join(f"{line}\n" for line in (f"$ {command}", *map(mask_changing_values, self._lines(command))))

    def _lines(self, command: str) -> Iterator[str]:
        """Run a command and yield its output lines: stdout, of which a pipe may select a part, then stderr."""
        call, _, pipe = command.partition(" | ")
        program, *arguments = shlex.split(call, comments=True)
        if program == "cd":
            self.folder = (self.folder / arguments[0]).resolve()
            assert self.folder.is_dir(), command
        elif program == "git":
            yield from git(self.folder, *arguments).splitlines()
        elif program == "head":
            yield from (self.folder / arguments[2]).read_text(encoding="utf-8").splitlines()[: int(arguments[1])]
        else:
            assert program == "rhythmconf", command
            result = run_in_process(self.folder, *arguments, env=self.env)
            lines = result.stdout.splitlines()
            count = int(pipe.rpartition(" ")[2]) if pipe else len(lines)
            yield from lines[-count:] if pipe.startswith("tail") else lines[:count]
            yield from result.stderr.splitlines()


def _run_directive(comment: str, folder: Path) -> None:
    directive = DIRECTIVE.fullmatch(comment)
    assert directive, comment
    verb, rest = directive[1], directive[2]
    if verb == "refresh":
        target, source = rest.split(" from ")
        _refresh(folder / f".rhythmconf/{target}.db", folder / f".rhythmconf/{source}.db")
        return
    if verb == "remove":
        key, file = rest.split(" from ")
        _remove(folder / file, key)
        return
    if verb == "delete":
        (folder / rest).unlink()
        return
    target, _, text = rest.partition(": ")
    if verb == "write":
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        (folder / target).write_text(text.replace("\\n", "\n") + "\n", encoding="utf-8")
        return
    old, new = text.split(" -> ")
    if verb == "edit":
        edit_file(folder / target, old, new.replace("\\n", "\n"))
    else:
        environment, file = target.split()
        project, _, name = environment.rpartition("/")
        edit_tenant(folder / project, name, file, old, new)


def _remove(path: Path, key: str) -> None:
    """Delete a document from a file of several."""
    documents = path.read_text(encoding="utf-8").split("---\n")
    kept = [text for text in documents if not re.search(rf"(?m)^key: {key}( #.*)?$", text)]
    assert len(kept) == len(documents) - 1, (path, key)
    path.write_text("---\n".join(kept), encoding="utf-8")


def _refresh(target: Path, source: Path) -> None:
    """Replace the database of one tenant by a copy of another; the tenant keeps its name."""
    with closing(sqlite3.connect(target)) as old:
        ((name,),) = old.execute("SELECT DISTINCT tenant FROM records").fetchall()
    shutil.copyfile(source, target)
    with closing(sqlite3.connect(target)) as new, new:
        for table in ("records", "refs"):
            new.execute(f"UPDATE {table} SET tenant = ?", (name,))


def edit_tenant(folder: Path, environment: str, file: str, old: str, new: str) -> None:
    """Change a tenant but not the files, as people do in the Rhythm console."""
    before = (folder / file).read_text(encoding="utf-8")
    edit_file(folder / file, old, new)
    run_ok(folder, "plan", "--env", environment, "--no-base", "-o", "console.plan")
    run_ok(folder, "apply", "console.plan")
    (folder / "console.plan").unlink()
    (folder / file).write_text(before, encoding="utf-8")
