"""A day of work with what Windows has: with an embedded tenant, then with one over HTTP.

tests/support/windows.py hides what Windows' Python lacks. On Windows, where CI runs this file too, it hides nothing.
"""

from __future__ import annotations

import errno
import getpass
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rhythmconf.platform import disk, processes, terminal
from tests.support.windows import Session, serve_emulator, session

NAME = b"name: Certified Safety Inspector"
REMOTE = """
  remote:
    tenant: practice-remote
    base_url: "{address}/{{module}}"
    dialect: {{list_lag_s: 0}}
    auth: {{domain: "{address}", client_id: ann, client_secret: "${{SECRET}}"}}
"""


def git(folder: Path, *arguments: str) -> None:
    """Run git, without the conversion of line ends that it does on Windows."""
    settings = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "core.autocrlf=false")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


def rename(project: Path, name: bytes) -> None:
    """Give the program of the example another name, in a file with the line ends of Windows."""
    file = project / "config" / "program.yaml"
    text = file.read_bytes().replace(b"\r\n", b"\n")
    file.write_bytes(text.replace(NAME, b"name: " + name).replace(b"\n", b"\r\n"))


def work_a_day(windows: Session, project: Path, env: str) -> None:
    """Plan, apply, change, take back and pull."""
    at = ("-C", project.name, "--env", env)
    windows.run_ok("plan", *at, "-o", f"{env}.plan")
    shown = windows.run_ok("show", "plan", f"{env}.plan", *at).stdout
    assert "3 to add, 0 to change, 0 to destroy." in shown
    assert "Apply complete! Resources: 3 added" in windows.run_ok("apply", *at, f"{env}.plan").stdout
    assert windows.run_ok("plan", *at).stdout.endswith("No changes.\n")
    rename(project, b"Safety Inspector")
    plan = windows.run_ok("plan", *at).stdout
    assert "0 to add, 1 to change, 0 to destroy." in plan
    assert "config/program.yaml" in plan
    git(project, "commit", "-q", "-a", "-m", "Rename the program")
    assert "1 changed" in windows.run_ok("apply", *at, "--auto-approve").stdout
    run = windows.run_ok("history", *at).stdout.split()[0]
    assert "1 changed" in windows.run_ok("rollback", run, *at, "--auto-approve").stdout
    assert windows.run("drift", *at).code == 2
    windows.run_ok("pull", *at)
    assert NAME + b"\r\n" in (project / "config" / "program.yaml").read_bytes()
    git(project, "commit", "-q", "-a", "-m", "Take the name of the tenant")
    windows.run_ok("pull", *at, "--snapshot", "live.json")
    assert windows.run_ok("plan", *at, "--live", "live.json").stdout.endswith("No changes.\n")
    assert "nothing to resume" in windows.run_ok("resume", *at).stderr
    windows.run_ok("unlock", *at)
    windows.run_ok("doctor", *at)


def test_every_command_of_a_day_works_with_what_windows_has(tmp_path: Path) -> None:
    project, home = tmp_path / "demo", tmp_path / "home"
    with serve_emulator(tmp_path, home, "practice-remote") as address, session(tmp_path, home) as windows:
        assert b"  demo/config/program.yaml\n" in windows.run_ok("init", "demo").raw
        for host in ("--github", "--vscode"):
            windows.run_ok("init", host, "-C", "demo")
        git(project, "init", "-q", "-b", "main")
        git(project, "add", ".")
        git(project, "commit", "-q", "-m", "Begin")
        assert "0 problems" in windows.run_ok("validate", "-C", "demo").stdout
        windows.run_ok("format", "--check", "-C", "demo")
        assert json.loads(windows.run_ok("validate", "-C", "demo", "--format", "sarif").raw)
        assert b"\r" not in windows.run_ok("completion", "bash").raw
        assert "RC210" in windows.run_ok("explain", "RC210").stdout
        work_a_day(windows, project, "local")
        assert "\x1b[" in windows.run_ok("list", "-C", "demo", "--color", "always").stdout
        # What cp1252 lacks is printed as an escape.
        (project / "config" / "odd.yaml").write_text("kind: program\nkey: \u0142\u00f3d\u017a\n", encoding="utf-8")
        odd = windows.run("validate", "-C", "demo")
        assert (odd.code, "\\u0142\u00f3d" in odd.stdout + odd.stderr) == (1, True)
        (project / "config" / "odd.yaml").unlink()
        with (project / "rhythmconf.yaml").open("a", encoding="utf-8") as settings:
            settings.write(REMOTE.format(address=address))
        work_a_day(windows, project, "remote")
        windows.run_ok("logout", "-C", "demo")
    local = home / "AppData" / "Local" / "rhythmconf"
    assert {path.name for path in local.iterdir()} >= {"runs", "locks", "Cache"}
    assert [*local.glob("Cache/tokens/*.json")]


def on_windows(monkeypatch: pytest.MonkeyPatch, *modules: object) -> None:
    for module in modules:
        monkeypatch.setattr(module, "sys", SimpleNamespace(platform="win32"))


def test_a_file_that_somebody_reads_is_replaced_a_little_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_windows(monkeypatch, disk)
    pauses: list[float] = []
    draft, file = tmp_path / "draft", tmp_path / "file"
    replace = Path.replace

    def replace_if_closed(source: Path, target: Path) -> Path:
        if len(pauses) < 2:
            raise PermissionError(errno.EACCES, "Access is denied")
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", replace_if_closed)
    monkeypatch.setattr(disk, "sleep", pauses.append)
    draft.write_text("new")
    file.write_text("old")
    disk.replace(draft, file)
    assert (file.read_text(), len(pauses)) == ("new", 2)
    monkeypatch.setattr(disk, "sleep", lambda pause: None)
    pauses.clear()
    with pytest.raises(PermissionError):
        disk.replace(file, draft)


def test_git_is_taken_from_path_and_never_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_windows(monkeypatch, processes)
    for folder in ("project", "programs"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "git.exe").write_text("")
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("PATH", ".")
    with pytest.raises(FileNotFoundError):
        processes.find_program("git")
    monkeypatch.setenv("PATH", f".{os.pathsep}{tmp_path / 'programs'}")
    assert processes.find_program("git") == str(tmp_path / "programs" / "git.exe")


@pytest.mark.parametrize("stdin", [subprocess.PIPE, subprocess.DEVNULL])
def test_a_pipe_is_read_without_select(monkeypatch: pytest.MonkeyPatch, stdin: int) -> None:
    on_windows(monkeypatch, processes)
    command = [sys.executable, "-c", "import os, time; os.write(1, b'ready'); time.sleep(600)"]
    with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        assert processes.read_pipe(process.stdout, 60) == b"ready"
        assert processes.read_pipe(process.stdout, 0.01) is None
        processes.end_with_children(process)
        assert process.wait(60) is not None


def test_a_user_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", fail)
    monkeypatch.setattr(os, "getuid", lambda: 4711, raising=False)
    assert processes.user_name() == ("unknown" if sys.platform == "win32" else "4711")
    on_windows(monkeypatch, processes)
    assert processes.user_name() == "unknown"


def test_windows_has_another_word_for_a_closed_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    invalid = OSError(errno.EINVAL, "Invalid argument")
    assert terminal.is_closed_pipe(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert terminal.is_closed_pipe(invalid) == (sys.platform == "win32")
    on_windows(monkeypatch, terminal)
    assert terminal.is_closed_pipe(invalid)
