"""The five minutes of the README, word for word: each command, each edit, and each line that it promises."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.actions import runner_environ
from tests.support.process import ROOT, edit

TOKEN = re.compile(
    r"```console\n(?P<block>.*?)```|in\s+`(?P<file>[^`]+)`,\s+write\s+`(?P<new>[^`]+)`\s+for\s+`(?P<old>[^`]+)`",
    re.DOTALL,
)
IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
}


def chapter() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition("## Five minutes, no account\n")[2].partition("\n## ")[0]


def test_the_tutorial_runs_word_for_word(tmp_path: Path) -> None:
    here = tmp_path / "clone"
    here.mkdir()
    environ = {**runner_environ(tmp_path, tmp_path), **IDENTITY}
    commands = 0
    for step in TOKEN.finditer(chapter()):
        if step["file"]:
            edit(here / step["file"], step["old"], step["new"])
            continue
        for command, promised in blocks(step["block"]):
            commands += 1
            if command.startswith("cd "):
                here /= command.removeprefix("cd ")
            elif command != "pip install .":  # it is installed where the tests run
                kept(command, promised, typed(command, here, environ))
    assert commands > 10


def blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines that stand below it."""
    for part in text.split("$ ")[1:]:
        command, *promised = part.splitlines()
        yield command, promised


def typed(command: str, folder: Path, environ: Mapping[str, str]) -> str:
    """What a command shows on a terminal, where somebody answers `yes`."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(["bash", "-c", command], cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        os.write(ours, b"yes\n")
        shown = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return re.sub("\x1b\\[[0-9;?]*[A-Za-z]|\r", "", shown.decode())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # what Linux says when the last process of a terminal has ended
        return b""


def kept(command: str, promised: list[str], shown: str) -> None:
    """Every promised line is there, in its order; lines between them may be left out of the README."""
    lines = iter(line.strip() for line in shown.splitlines())
    for line in promised:
        assert line.strip() in lines, f"$ {command}\n{shown}\nhas not, in this order: {line}"
