"""Run the command line as a process, serve a tenant for it, and make small projects."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from textwrap import dedent
from typing import Any, NamedTuple, cast

import httpx

from rhythmconf.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
TENANT = "hisp-system"
COMMAND = (sys.executable, "-m", "rhythmconf")
STEERING = ("RHYTHMCONF_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE")

PROJECT = f"""\
version: 1
project: hisp
sources: [config]
environments:
  local: {{tenant: {TENANT}, embedded: .rhythmconf/local.db, dialect: {{list_lag_s: 0}}}}
  remote: {{tenant: {TENANT}-remote, dialect: {{list_lag_s: 0}}}}
  guarded: {{tenant: {TENANT}-guarded, embedded: .rhythmconf/guarded.db, protected: true}}
"""
SETTINGS = f"{PROJECT}default_environment: local\n"
PROGRAMS = {
    "config/lapsed.yaml": """\
        kind: program
        key: lapsed
        spec:
          name: Lapsed
          description: Did not renew in time
          is_active: true
        """,
    "config/moved.yaml": """\
        kind: program
        key: moved
        spec:
          name: Moved away
          is_active: true
        """,
}
"""Two documents in two files."""
REASON = """\
kind: statusReason
key: lapsed
spec:
  name: Lapsed
  is_active: true
"""


class Completed(NamedTuple):
    """The result of a command."""

    code: int
    stdout: str
    stderr: str

    @property
    def last(self) -> str:
        """Return the last line of stdout."""
        return self.stdout.splitlines()[-1]

    def json(self) -> Any:
        """Return the one JSON value that stdout must be."""
        return json.loads(self.stdout)


def make_environ(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's variables without those that configure rhythmconf; run records are below `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
    own = {"PYTHONPATH": str(ROOT), "RHYTHMCONF_STATE_DIR": str(folder / ".rhythmconf" / "state")}
    return {**kept, **own, **(more or {})}


def run(folder: Path, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 120) -> Completed:
    """Run `rhythmconf ARGUMENTS` as a process in a folder, without a terminal."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=make_environ(folder, env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Completed(done.returncode, done.stdout, done.stderr)


def run_in_process(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Completed:
    """Run a command in this process, which is ten times as fast as a new process."""
    out, err = io.StringIO(), io.StringIO()
    with set_environ(make_environ(folder, env)), chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = main.run(arguments)
    return Completed(code, out.getvalue(), err.getvalue())


def run_ok(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Completed:
    """Run a command in this process; it must succeed."""
    result = run_in_process(folder, *arguments, env=env)
    assert result.code == 0, (arguments, result)
    return result


@contextmanager
def set_environ(variables: Mapping[str, str]) -> Iterator[None]:
    """Set exactly these environment variables for the block."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run_process_ok(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Completed:
    """Run a command as a process; it must succeed."""
    result = run(folder, *arguments, env=env)
    assert result.code == 0, (arguments, result)
    return result


def run_at_terminal(
    folder: Path,
    *arguments: str,
    answer: str,
    env: Mapping[str, str] | None = None,
    meanwhile: Callable[[], object] = lambda: None,
    closed_stdout: bool = False,
) -> Completed:
    """Run a command at a terminal and type `answer`. stdin and stderr are the terminal, stdout is a file.

    `meanwhile` is called after the question was printed and before the answer is typed.
    """
    ours, theirs = pty.openpty()
    command = [*(("sh", "-c", 'exec "$@" >&-', "sh") if closed_stdout else ()), *COMMAND, *arguments]
    # A pipe would stop a plan of more than 64 KiB before its question: nobody reads it until then.
    with TemporaryFile() as stdout:
        process = subprocess.Popen(
            command, cwd=folder, env=make_environ(folder, env), stdin=theirs, stdout=stdout, stderr=theirs
        )
        os.close(theirs)
        seen = read_terminal(ours, b"> ")
        meanwhile()
        with suppress(OSError):
            os.write(ours, answer.encode())
        process.wait(120)
        seen += read_terminal(ours)
        os.close(ours)
        stdout.seek(0)
        printed = stdout.read()
    return Completed(process.returncode, printed.decode(), seen.decode(errors="replace").replace("\r\n", "\n"))


def read_terminal(terminal: int, until: bytes | None = None) -> bytes:
    """Read a terminal until its output ends with `until` or until it is closed."""
    seen = b""
    with suppress(OSError):
        while not (until and seen.endswith(until)) and (more := os.read(terminal, 65536)):
            seen += more
    return seen


def make_project(folder: Path, files: Mapping[str, str] | None = None, settings: str = PROJECT) -> Path:
    """Write a project with these files, by default one status reason, and return its folder."""
    write_files(folder, {"rhythmconf.yaml": settings, **({"config/reasons.yaml": REASON} if files is None else files)})
    return folder


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text), encoding="utf-8")


def edit_file(path: Path, old: str, new: str) -> None:
    """Replace a text that must occur exactly once in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


@dataclass(frozen=True)
class ServedTenant:
    """A tenant served over HTTP. `url` has no module; `env` selects the tenant; the log starts at line `begin`."""

    url: str
    tenant: str
    token: str
    path: Path
    begin: int = 0

    @property
    def env(self) -> dict[str, str]:
        """Return variables that make every environment use this tenant."""
        return {"RHYTHMCONF_BASE_URL": f"{self.url}/{{module}}", "RHYTHMCONF_TOKEN": self.token}

    def log(self) -> list[dict[str, Any]]:
        """Return every request since `begin`, as the emulator logged it."""
        text = self.path.read_text() if self.path.exists() else ""
        return [json.loads(line) for line in text.rpartition("\n")[0].splitlines()[self.begin :]]

    def without_records(self, *segments: str) -> ServedTenant:
        """Delete all records of these kinds; return the tenant with a log that starts now."""
        for segment in segments:
            for one in self.records(segment):
                self.call("DELETE", segment, f"/{one['id']}")
        return replace(self, begin=self.begin + len(self.log()))

    def since(self, count: int) -> list[tuple[str, str, int]]:
        """Return method, end of the path, and number of writes of each request after the first `count`."""
        return [(one["method"], _path_suffix(one["path"]), one["operations"]) for one in self.log()[count:]]

    def address(self, segment: str, rest: str = "") -> str:
        """Return the address of a collection of the certifications module, or of a path below it."""
        return f"{self.url}/certifications/{segment}/{self.tenant}{rest}"

    def call(self, method: str, segment: str, rest: str = "", body: object = None) -> Any:
        """Send a request that must succeed."""
        with httpx.Client(trust_env=False, headers={"authorization": f"Bearer {self.token}"}) as http:
            answer = http.request(method, self.address(segment, rest), json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def records(self, segment: str) -> list[dict[str, Any]]:
        """Return all records of a kind; arrays and envelopes are understood."""
        page = self.call("GET", segment)
        records = page if isinstance(page, list) else page["Items"]
        while isinstance(page, dict) and "LastEvaluatedKey" in page:
            page = self.call("GET", segment, f"?exclusiveStartKey={page['LastEvaluatedKey']}")
            records += page["Items"]
        return cast("list[dict[str, Any]]", records)


def _path_suffix(path: str) -> str:
    return path.partition("?")[0].split("/", 2)[2].replace(f"/{TENANT}", "")


@contextmanager
def serve_emulator(
    folder: Path, *options: str, tenant: str = TENANT, token: str = "the-token"
) -> Iterator[ServedTenant]:
    """Run `rhythmconf emulator` on a free port for the block; its log is a file in `folder`."""
    path = folder / "requests.jsonl"
    arguments = ("emulator", "--port", "0", "--tenant", tenant, "--token", token, "--log", str(path), *options)
    with start_command(folder, arguments) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("rhythmconf emulator ready on http://127.0.0.1:"), line
        yield ServedTenant(line.split()[-1], tenant, token, path)


@contextmanager
def start_command(
    folder: Path, arguments: Sequence[str], env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a command; send it SIGTERM at the end of the block."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env=make_environ(folder, env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
