"""Completion in shells: the script loads, and the suggestions come from the files only."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from rhythmconf.cli.main import COMMANDS, app
from tests.support.actions import runner_environ
from tests.support.process import make_project, run_process_ok, write_files

LOADS = {
    "bash": "complete -p rhythmconf",
    "zsh": "whence -w _rhythmconf_completion",
    "fish": "complete -C 'rhythmconf val'",
}


@pytest.mark.parametrize("shell", LOADS)
def test_the_completion_script_loads(tmp_path: Path, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    script = tmp_path / "script"
    script.write_text(run_process_ok(tmp_path, "completion", shell).stdout)
    head = "autoload -Uz compinit; compinit -u -D; " if shell == "zsh" else ""
    flags = ["-f"] if shell == "zsh" else []
    done = subprocess.run(
        [program, *flags, "-c", f"{head}source {script}; {LOADS[shell]}"],
        cwd=tmp_path,
        env=runner_environ(tmp_path, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("validate" if shell == "fish" else "rhythmconf") in done.stdout
    assert "error" not in done.stderr.lower()


def complete(folder: Path, *words: str) -> list[str]:
    """Return the completions of the last word."""
    asked = {"_RHYTHMCONF_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    shown = run_process_ok(folder, env={**asked}).stdout
    return [line.partition(",")[2] for line in shown.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("rhythmconf", "val"), ["validate"]),
        (("rhythmconf", "plan", "--env", ""), ["guarded", "local", "remote"]),
        (("rhythmconf", "plan", "--env", "lo"), ["local"]),
        (("rhythmconf", "plan", "--only", ""), ["program", "program/", "statusReason", "statusReason/"]),
        (("rhythmconf", "plan", "--only", "pro"), ["program", "program/"]),
        (("rhythmconf", "plan", "--only", "program/"), ["program/cmsi"]),
        (("rhythmconf", "plan", "--prune", ""), ["program/", "statusReason/"]),
        (("rhythmconf", "plan", "--prune", "statusReason/"), ["statusReason/lapsed"]),
        (("rhythmconf", "apply", "--allow", "program/c"), ["program/cmsi"]),
        (("rhythmconf", "show", "st"), ["statusReason/"]),
    ],
)
def test_completion_offers_names_of_the_project(tmp_path: Path, words: tuple[str, ...], expected: list[str]) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {"config/programs.yaml": "kind: certifications/program\nkey: cmsi\nspec: {name: A}\n"})
    assert complete(folder, *words) == expected


def test_completion_is_silent_without_a_valid_project(tmp_path: Path) -> None:
    assert complete(tmp_path, "rhythmconf", "plan", "--env", "") == []
    write_files(tmp_path, {"rhythmconf.yaml": "version: ["})
    assert complete(tmp_path, "rhythmconf", "plan", "--only", "") == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_ends_with_examples(name: str) -> None:
    command = app.get_command(click.Context(app), name)
    assert command is not None
    examples = [
        line for line in (command.epilog or "").splitlines() if line.strip().startswith(("rhythmconf", "eval", "cd"))
    ]
    assert 2 <= len(examples) <= 5, command.epilog
    assert f"rhythmconf {name}" in (command.epilog or "")
