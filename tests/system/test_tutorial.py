"""The tutorials work as written: each command and edit is carried out, and each printed line must appear.

A tutorial has commands with their output in `console` blocks, files to write (`FILE`: and a block) and edits in its
sentences: in `FILE`, change `OLD` to `NEW`. A page may leave out lines of output, and end a line with ` ...`.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.actions import runner_environ
from tests.support.process import EXAMPLES, ROOT, edit_file, make_project, run_ok, serve_emulator
from tests.support.sessions import mask_changing_values

STEP = re.compile(
    r"```console\n(?P<block>.*?)```"
    r"|`(?P<written>[^`\s]+)`(?:, with [^`\n]*)?:\n\n```(?:yaml|text)\n(?P<content>.*?)```"
    r"|[Ii]n\s+`(?P<edited>[^`]+)`,\s+change\s+`(?P<old>[^`]+)`\s+to\s+`(?P<new>[^`]+)`",
    re.DOTALL,
)
IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
}
BY_HAND = "dialect: {external_id: read-only}"
"""Records that are created without marks look like records that people created."""


def test_the_commands_of_the_readme_work(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    chapter = text.partition("## Five minutes to a first apply\n")[2].partition("\n## ")[0]
    assert follow(chapter, tmp_path) > 10


def test_the_commands_of_the_start_page_work(tmp_path: Path) -> None:
    assert follow((ROOT / "docs/start.md").read_text(encoding="utf-8"), tmp_path) > 20


def test_the_commands_of_the_page_on_existing_tenants_work(tmp_path: Path) -> None:
    page = (ROOT / "docs/existing-tenant.md").read_text(encoding="utf-8")
    with serve_emulator(tmp_path, tenant="my-association-sandbox") as tenant:
        fill_by_hand(tmp_path / "console", tenant.env)
        assert follow(page, tmp_path, tenant.env) > 12


def test_the_commands_of_the_readme_for_an_existing_tenant_work(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    chapter = text.partition("## You have a tenant already\n")[2].partition("\n## ")[0]
    with serve_emulator(tmp_path, tenant="my-association-sandbox") as tenant:
        fill_by_hand(tmp_path / "console", tenant.env)
        assert follow(chapter, tmp_path, tenant.env) > 9


def fill_by_hand(folder: Path, env: Mapping[str, str]) -> None:
    """Create the programs and reminders of the minimal example in the tenant, as people would have done it."""
    files = {
        f"config/{file.name}": file.read_text(encoding="utf-8") for file in (EXAMPLES / "minimal/config").iterdir()
    }
    settings = f"version: 1\nproject: console\nsources: [config]\nenvironments:\n  hand:\n    {BY_HAND}\n"
    make_project(folder, files, f"{settings}    tenant: my-association-sandbox\n")
    run_ok(folder, "apply", "--env", "hand", "--auto-approve", env=env)


def follow(page: str, folder: Path, env: Mapping[str, str] | None = None) -> int:
    """Do what a page says, and return the number of its commands."""
    directory = folder / "home"
    directory.mkdir()
    # A terminal of usual width breaks lines that the page shows whole.
    variables = {**runner_environ(folder, directory), **IDENTITY, "COLUMNS": "500", **(env or {})}
    commands = 0
    for step in STEP.finditer(page):
        if step["edited"]:
            edit_file(directory / step["edited"], step["old"], step["new"])
        elif step["written"]:
            (directory / step["written"]).write_text(step["content"], encoding="utf-8")
        else:
            for command, promised in blocks(step["block"]):
                commands += 1
                if command.startswith("cd "):
                    directory /= command.removeprefix("cd ")
                else:
                    check_output(command, promised, typed(command, directory, variables))
    return commands


def blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command with the lines below it."""
    for part in text.split("$ ")[1:]:
        command, *promised = part.splitlines()
        yield command, promised


def typed(command: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Return what a command shows on a terminal where somebody answers `yes`."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(["bash", "-c", command], cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        os.write(ours, b"yes\n")
        shown = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    # The progress clears its line before anything else is written there.
    seen = re.sub("[^\n]*\r\x1b\\[K", "", shown.decode())
    return re.sub("\x1b\\[[0-9;?]*[A-Za-z]|\r", "", seen)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # what Linux says when the last process of a terminal has ended
        return b""


def check_output(command: str, promised: list[str], shown: str) -> None:
    """Check that every promised line is shown, in this order."""
    lines = iter(mask_changing_values(line).strip() for line in shown.splitlines())
    for promise in filter(None, map(str.strip, promised)):
        seen = any(line == promise or _is_cut(promise, line) for line in lines)
        assert seen, f"$ {command}\n{shown}\nlacks, in this order: {promise}"


def _is_cut(promise: str, line: str) -> bool:
    """Return whether a page shows only the beginning of a line and ends it with `...`."""
    return promise.endswith(" ...") and line.startswith(promise.removesuffix(" ..."))
