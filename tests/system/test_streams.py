"""Commands whose output fails: a full disk, a closed stream, a broken pipe."""

from __future__ import annotations

import json
import os
import re
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
    run_at_terminal,
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


CLOSING = ">&- 2>err", "2>err | true", "2>err | head -c 1"
"""Ways for the reader of stdout to be gone: before, while or after the command prints."""


def piped(folder: Path, words: str, rest: str) -> Completed:
    """Run a command whose stdout goes to `rest`; return its own exit code and its stderr."""
    reader = rest.partition("|")[2].strip()
    script = f'{{ "$@" {words} {rest.partition("|")[0]}; echo $? >code; }}'
    waiting = f'{{ "$@" {words} 2>err; echo $? >code; }} | {reader}' if reader else script
    stdout = shell(folder, waiting).stdout
    return Completed(int((folder / "code").read_text()), stdout, (folder / "err").read_text())


READING = (
    ("validate", 0), ("plan --env local --detailed-exitcode", 2), ("drift --env local", 2), ("schema", 0),
    ("graph --env local", 0),
    ("plan --env local --format json", 0), ("explain RC210", 0), ("show statusReason/lapsed --env local", 0),
    ("history", 0), ("doctor --env local", 0), ("completion bash", 0), ("--help", 0), ("plan --help", 0),
    ("format --check", 0), ("pull --env local --dry-run", 0), ("validate --format sarif", 0), ("--version", 0),
)  # fmt: skip


@pytest.mark.parametrize("rest", CLOSING)
def test_a_reader_that_has_seen_enough_changes_no_exit_code(folder: Path, rest: str) -> None:
    for words, code in READING if rest == "2>err | true" else READING[:4]:
        result = piped(folder, words, rest)
        assert (result.code, "error" in result.stderr, "warning" in result.stderr) == (code, False, False), (
            words,
            result,
        )


@pytest.mark.parametrize("rest", [*CLOSING, ">/dev/full 2>err"])
def test_an_apply_that_cannot_print_its_report_keeps_its_exit_code(folder: Path, rest: str) -> None:
    """The plan is shown in another format here, so nothing keeps it from being applied."""
    for number, words in enumerate(("apply --format json", "apply", "apply --format json --only statusReason/new")):
        write_files(
            folder, {"config/more.yaml": f"kind: program\nkey: p{number}\nspec: {{name: P{number}, is_active: true}}"}
        )
        if "--only" in words:
            write_files(
                folder, {"config/more.yaml": "kind: statusReason\nkey: new\nspec: {name: New, is_active: true}"}
            )
        full = rest.startswith(">/dev/full")
        result = piped(folder, f"{words} --env local --auto-approve", rest)
        if full and "json" not in words:  # the plan itself can't be shown: nothing is applied
            assert (result.code, "error[RC001]" in result.stderr) == (1, True), result
            run_process_ok(folder, "apply", "--env", "local", "--auto-approve")
            continue
        assert result.code == 0, result
        if "head" in rest and result.stdout:
            continue  # the pipe took the report before its reader was gone
        why = "No space left on device" if full else "(Broken pipe|stdout is closed)"
        assert re.search(
            rf"warning: the output can't be written: {why}; `rhythmconf show run \S+` shows it", result.stderr
        )
        assert shell(folder, '"$@" plan --env local').last == "No changes."


def test_an_apply_with_a_long_report_and_a_reader_that_is_gone(folder: Path) -> None:
    names = [
        f"kind: program\nkey: p{number}\nspec: {{name: {'P' * 200}{number}, is_active: true}}\n"
        for number in range(400)
    ]
    write_files(folder, {"config/more.yaml": "---\n".join(names)})
    result = piped(folder, "apply --env local --auto-approve", "| head -n 1")
    assert result.code == 0, result
    assert "warning: the output can't be written: " in result.stderr
    assert shell(folder, '"$@" plan --env local').last == "No changes."


def test_a_failed_apply_keeps_its_exit_code_without_a_reader(folder: Path) -> None:
    run_process_ok(folder, "plan", "--env", "local", "-o", "saved.plan")
    run_process_ok(folder, "apply", "--env", "local", "--auto-approve")
    for words in ("apply saved.plan", "apply saved.plan --format json", "plan --env nowhere", "nonsense"):
        expected = 3 if "saved" in words else 1
        for rest in ("| true", ">/dev/full 2>err", ">&- 2>err"):
            result = piped(folder, words, rest)
            assert (result.code, "error[" in result.stderr) == (expected, True), (words, rest, result)


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full", "2>&1 >/dev/null | true"])
def test_a_closed_stderr_changes_nothing(folder: Path, where: str) -> None:
    for words, code in (
        ("apply -v --env local --auto-approve", 0),
        ("plan -v --env local", 0),
        ("plan --evn local", 1),
    ):
        script = f'{{ "$@" {words} {where.partition("|")[0]}; echo $? >code; }}{where[len(where.partition("|")[0]) :]}'
        shell(folder, script)
        assert int((folder / "code").read_text()) == code, words
    assert shell(folder, '"$@" plan --env local').last == "No changes."


def test_one_full_disk_does_not_stop_the_other_reports(folder: Path) -> None:
    reports = "--format json --output-file /dev/full --format {} --output-file other --format text"
    for words, other in (("validate", "sarif"), ("plan --env local", "markdown"), ("drift --env local", "html")):
        result = shell(folder, f'"$@" {words} {reports.format(other)}')
        assert result.code == 1
        assert "can't be written: No space left on device" in result.stderr
        assert "free some space" in result.stderr
        assert result.stdout
        assert (folder / "other").stat().st_size > 0
        (folder / "other").unlink()
    applied = shell(folder, '"$@" apply --env local --auto-approve --format json --output-file /dev/full --format text')
    assert (applied.code, applied.last[:15]) == (0, "Apply complete!")
    assert "warning: /dev/full: can't be written: No space left on device; `rhythmconf show run " in applied.stderr


@pytest.mark.parametrize("words", ["pull --env local", "format", "init demo", "logout", "unlock --env local"])
def test_a_command_that_has_done_its_work_keeps_its_exit_code(folder: Path, words: str) -> None:
    run_process_ok(folder, "apply", "--env", "local", "--auto-approve")
    for rest in (">/dev/full 2>err", "| true", ">&- 2>err"):
        result = piped(
            folder, words.replace("demo", f"demo{rest[1:3].strip()}".replace("/", "").replace("&", "c")), rest
        )
        assert result.code == 0, (rest, result)
        assert "warning: the output can't be written" in result.stderr


def test_a_plan_that_nobody_sees_cannot_be_approved(folder: Path) -> None:
    answered = run_at_terminal(folder, "apply", "--env", "local", answer="", closed_stdout=True)
    assert answered.code == 1, answered
    assert "nobody can approve a plan that is not shown" in answered.stderr
    assert shell(folder, '"$@" plan --env local').last == "Plan: 1 to add, 0 to change, 0 to destroy."


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


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("ascii", r'"\xe9\u201c\U0001f600"'), ("latin-1", r'"é\u201c\U0001f600"'), ("utf-8", '"é\u201c\U0001f600"')],
)
def test_text_is_encoded_for_the_terminal_and_a_report_as_utf_8(folder: Path, encoding: str, shown: str) -> None:
    write_files(folder, {"config/reasons.yaml": REASON.replace("Lapsed", '"é\u201c\U0001f600"')})
    printed = {name: print_plan(folder, encoding, name) for name in ("text", "json", "markdown", "html")}
    assert shown in printed["text"].decode(encoding)
    assert json.loads(printed["json"])["changes"][0]["body"]["name"] == "é\u201c\U0001f600"
    assert all("é\u201c\U0001f600" in printed[name].decode("utf-8") for name in ("markdown", "html"))


def print_plan(folder: Path, encoding: str, format: str) -> bytes:
    """Return the bytes that `plan` writes to a stdout with an encoding."""
    environ = make_environ(folder) | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    words = [*COMMAND, "plan", "--env", "local", "--format", format]
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, check=True, timeout=60).stdout


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
