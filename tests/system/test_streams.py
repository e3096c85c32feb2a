"""What becomes of a command whose output goes nowhere: a full disk, a closed stream, a reader that has left."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.system.support import COMMAND, Ran, environ, project, started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project(tmp_path)


def shell(folder: Path, script: str) -> Ran:
    """Run a line of sh in which "$@" is rhythmconf."""
    done = subprocess.run(
        ["sh", "-c", script, "sh", *COMMAND],
        cwd=folder,
        env=environ(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("words", ["validate", "plan --env local", "--help"])
def test_a_full_disk_is_told(folder: Path, words: str) -> None:
    ran = shell(folder, f'"$@" {words} >/dev/full')
    assert (ran.code, ran.stderr.splitlines()[-2]) == (
        1,
        "error[RC001]: the output can't be written: No space left on device",
    )


def test_a_plan_that_can_not_be_shown_is_not_applied(folder: Path) -> None:
    assert shell(folder, '"$@" apply --env local --auto-approve >/dev/full').code == 1
    assert shell(folder, '"$@" plan --env local').last == "Plan: 1 to add, 0 to change, 0 to destroy."


@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_like_one_that_nobody_reads(folder: Path, closing: str) -> None:
    assert shell(folder, f'"$@" validate {closing}').code == 0
    assert shell(folder, f'"$@" vlidate {closing}').code == 1


def test_a_reader_that_has_left_hears_no_complaint(folder: Path) -> None:
    assert shell(folder, '"$@" schema | head -c 1') == Ran(0, "{", "")


@pytest.mark.parametrize("words", ["plan --env local -o", "plan --env local --format json --output-file", "schema -o"])
def test_a_file_that_is_a_pipe_is_written_into(folder: Path, words: str) -> None:
    os.mkfifo(folder / "pipe")
    ran = shell(folder, f'cat pipe & "$@" {words} pipe >/dev/null && wait')
    assert (ran.code, ran.stdout[:1]) == (0, "{"), ran
    assert (folder / "pipe").is_fifo()


def test_the_name_of_a_stream_is_that_stream(folder: Path) -> None:
    ran = shell(folder, '"$@" validate --format json --output-file /dev/stdout')
    assert (ran.code, ran.stdout[:1]) == (0, "{"), ran


def test_an_emulator_says_in_a_file_where_it_is(tmp_path: Path) -> None:
    words = ("emulator", "-C", str(tmp_path), "--db", "tenant.db", "--format", "text", "--output-file", "ready.txt")
    with started(tmp_path.parent, words):
        ready = waited(tmp_path / "ready.txt")
        answer = httpx.get(f"{ready.split()[-1]}/certifications/programs/local", headers={"Authorization": "Bearer x"})
    assert (answer.json(), (tmp_path / "tenant.db").is_file()) == ([], True)


def waited(file: Path) -> str:
    """The content of a file that another process is about to write."""
    for _ in range(600):
        if file.exists():
            return file.read_text()
        time.sleep(0.05)
    raise TimeoutError(file)
