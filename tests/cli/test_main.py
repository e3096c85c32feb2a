"""The end of a command: errors become exit codes, and a reader that is gone changes none."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import click
import pytest

from rhythmconf.cli.commands import history
from rhythmconf.cli.main import App, app, run
from tests.support.process import COMMAND, make_environ, make_project


@pytest.mark.parametrize(
    "error", [BrokenPipeError(errno.EPIPE, "Broken pipe"), OSError(errno.EPIPE, "Broken pipe"), BrokenPipeError()]
)
def test_a_pipe_that_breaks_inside_a_command_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError
) -> None:
    """No command is known to let this error through, so a callback stands for one."""

    def work(**_: object) -> int:
        raise error

    monkeypatch.setattr(history.command, "callback", work)
    assert run(["history"]) == 1
    assert "error[" in capsys.readouterr().err


def test_an_apply_cannot_be_approved_with_closed_stdin(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    command = ["sh", "-c", '"$@" apply --env local <&-', "sh", *COMMAND]
    done = subprocess.run(
        command, cwd=folder, env=make_environ(folder), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[RC002]: nobody can approve this" in done.stderr


def test_a_process_may_run_a_command_thousands_of_times(capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(app, App)
    for _ in range(2000):
        app.get_command(click.Context(app), "explain")
    assert run(["explain", "RC210"]) == 0
    assert capsys.readouterr().err == ""
