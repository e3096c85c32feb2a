"""Commands whose output fails: a full disk, a closed stream, a broken pipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.support.process import (
    COMMAND,
    REASON,
    Completed,
    make_environ,
    make_project,
    run_process_ok,
    start_command,
    write_files,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def shell(folder: Path, script: str) -> Completed:
    """Run a line of sh in which "$@" is rhythmconf."""
    done = subprocess.run(
        ["sh", "-c", script, "sh", *COMMAND],
        cwd=folder,
        env=make_environ(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Completed(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("words", ["validate", "plan --env local", "--help"])
def test_a_full_disk_is_reported(folder: Path, words: str) -> None:
    result = shell(folder, f'"$@" {words} >/dev/full')
    assert (result.code, result.stderr.splitlines()[-2]) == (
        1,
        "error[RC001]: the output can't be written: No space left on device",
    )


def test_a_plan_that_can_not_be_shown_is_not_applied(folder: Path) -> None:
    assert shell(folder, '"$@" apply --env local --auto-approve >/dev/full').code == 1
    assert shell(folder, '"$@" plan --env local').last == "Plan: 1 to add, 0 to change, 0 to destroy."


@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_treated_like_a_broken_pipe(folder: Path, closing: str) -> None:
    assert shell(folder, f'"$@" validate {closing}').code == 0
    assert shell(folder, f'"$@" vlidate {closing}').code == 1


def test_a_broken_pipe_causes_no_error_message(folder: Path) -> None:
    assert shell(folder, '"$@" schema | head -c 1') == Completed(0, "{", "")


@pytest.mark.parametrize("words", ["plan --env local -o", "plan --env local --format json --output-file", "schema -o"])
def test_output_can_be_written_to_a_named_pipe(folder: Path, words: str) -> None:
    os.mkfifo(folder / "pipe")
    result = shell(folder, f'cat pipe & "$@" {words} pipe >/dev/null && wait')
    assert (result.code, result.stdout[:1]) == (0, "{"), result
    assert (folder / "pipe").is_fifo()


def test_dev_stdout_writes_to_stdout(folder: Path) -> None:
    result = shell(folder, '"$@" validate --format json --output-file /dev/stdout')
    assert (result.code, result.stdout[:1]) == (0, "{"), result


def test_the_emulator_writes_its_address_to_a_file(tmp_path: Path) -> None:
    words = ("emulator", "-C", str(tmp_path), "--db", "tenant.db", "--format", "text", "--output-file", "ready.txt")
    with start_command(tmp_path.parent, words):
        ready = wait_for_file(tmp_path / "ready.txt")
        answer = httpx.get(f"{ready.split()[-1]}/certifications/programs/local", headers={"Authorization": "Bearer x"})
    assert (answer.json(), (tmp_path / "tenant.db").is_file()) == ([], True)


def wait_for_file(file: Path) -> str:
    """Wait for a file of another process and return its content."""
    for _ in range(600):
        if file.exists():
            return file.read_text()
        time.sleep(0.05)
    raise TimeoutError(file)


def test_an_apply_cannot_be_approved_with_closed_stdin(folder: Path) -> None:
    result = shell(folder, '"$@" apply --env local <&-')
    assert (result.code, result.stdout) == (1, "")
    assert "error[RC002]: nobody can approve this" in result.stderr


def test_output_is_encoded_for_a_terminal_without_utf_8(folder: Path) -> None:
    write_files(folder, {"config/reasons.yaml": REASON.replace("Lapsed", "é😀")})
    ascii_only = "LC_ALL=C PYTHONUTF8=0 PYTHONIOENCODING=ascii"
    assert r'"\xe9\U0001f600"' in shell(folder, f'{ascii_only} "$@" plan --env local').stdout
    report = shell(folder, f'{ascii_only} "$@" plan --env local --format json').json()
    assert report["changes"][0]["body"]["name"] == "é😀"


PRIVILEGED = os.geteuid() == 0 and "setpriv --bounding-set -dac_override,-dac_read_search"


limited = pytest.mark.skipif(
    bool(PRIVILEGED) and not shutil.which("setpriv"), reason="root may read and write anything"
)


@limited
@pytest.mark.parametrize(
    ("locked", "mode", "words", "message"),
    [
        ("rhythmconf.yaml", 0o000, "validate", "can't be read"),
        ("config", 0o000, "validate", "config:1:1"),
        ("config/reasons.yaml", 0o000, "validate", "config/reasons.yaml"),
        ("overlays", 0o000, "validate", "overlays"),
        ("overlays", 0o444, "validate", "overlays/local"),
        (".", 0o555, "plan --env local", "the folder can't be made"),
        (".", 0o000, "validate", "can't be read"),
        (".", 0o555, "init x/y", "the folder can't be made"),
    ],
)
def test_a_missing_permission_is_not_reported_as_a_bug(
    folder: Path, locked: str, mode: int, words: str, message: str
) -> None:
    (folder / "overlays/local").mkdir(parents=True)
    before = (folder / locked).stat().st_mode
    (folder / locked).chmod(mode)
    result = shell(folder, f'{PRIVILEGED or ""} "$@" {words}')
    (folder / locked).chmod(before)
    assert result.code == 1
    assert message in result.stdout + result.stderr
    assert "RC000" not in result.stderr


@limited
@pytest.mark.parametrize("words", ["plan", "apply --auto-approve"])
def test_a_read_only_embedded_tenant_is_reported_at_once(folder: Path, words: str) -> None:
    run_process_ok(folder, "plan", "--env", "local")
    (folder / ".rhythmconf/local.db").chmod(0o444)
    result = shell(folder, f'{PRIVILEGED or ""} "$@" {words} --env local')
    assert (result.code, "local.db can't be written" in result.stderr) == (1, True)
    assert "RC400" in result.stderr
