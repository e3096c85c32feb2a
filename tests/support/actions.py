"""Run jobs of the GitHub workflow template without GitHub, each job in a new clone and a new home folder.

Pull requests, comments and labels are those of a stand-in (`tests/support/host.py`) that the real `gh` talks to.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.support.expressions import evaluate, expand
from tests.support.git import git
from tests.support.host import REPOSITORY, Host
from tests.support.process import ROOT, STEERING

with_gh = pytest.mark.skipif(shutil.which("gh") is None, reason="no gh here (Debian: apt install gh)")
EVENTS = {"review": "pull_request", "plan": "push", "apply": "push", "prove": "push", "drift": "schedule"}
SERVER = "https://github.test"
SHIM = """\
#!/bin/sh
export http_proxy=http://127.0.0.1:{port} GH_HOST=github.localhost GH_NO_UPDATE_NOTIFIER=1
exec {gh} "$@"
"""


@dataclass
class Job:
    """The result of a job: exit code, log, outputs, summary and clone."""

    clone: Path
    code: int = 0
    log: str = ""
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    cancelled: bool = False


class Cancel(NamedTuple):
    """Cancels a job: in the step whose command contains `step`, as soon as `when` returns true."""

    step: str
    when: Callable[[], bool]


@dataclass(frozen=True)
class Runner:
    """Runs the jobs of a repository. Artifacts are below `home`."""

    home: Path
    origin: Path
    secrets: Mapping[str, str]
    host: Host
    branch: str = "main"
    workflow: str = "rhythmconf.yml"

    def run(
        self,
        name: str,
        revision: str = "",
        *,
        before: Mapping[str, str] | None = None,
        fork: bool = False,
        queue: bool = False,
        cancel: Cancel | None = None,
    ) -> Job:
        """Run a job of the workflow at a revision; `before` has the outputs of the job that it needs.

        A review runs for the pull request of a branch, or with `queue` for its place in a merge queue, and on its
        merge with main, as at the host.
        """
        revision = revision or self.branch
        number = sum(1 for _ in self.home.glob("job-*"))
        job = Job(self.home / f"job-{number}-{name}" / "clone")
        git(self.home, "clone", "-q", str(self.origin), str(job.clone))
        event = "merge_group" if queue else EVENTS[name.partition("-")[0]]
        details: dict[str, Any] = {}
        if event == "merge_group":
            git(job.clone, "merge", "-q", "--no-ff", "-m", "Merge", f"origin/{revision}")
        elif event == "pull_request":
            git(job.clone, "fetch", "-q", "origin", revision)
            pull = self.host.number_of(revision)
            head = {
                "sha": git(job.clone, "rev-parse", "FETCH_HEAD"),
                "ref": revision,
                "repo": {"full_name": "stranger/config" if fork else REPOSITORY},
            }
            details["pull_request"] = {"number": pull, "head": head, "user": {"login": "ana"}}
            git(job.clone, "merge", "-q", "--no-ff", "-m", "Merge", "FETCH_HEAD")
        else:
            git(job.clone, "checkout", "-q", revision)
        (job.clone.parent / "event.json").write_text(json.dumps(details))
        workflow = yaml.safe_load((job.clone / ".github/workflows" / self.workflow).read_text())
        folder = job.clone / workflow.get("defaults", {"run": {"working-directory": ""}})["run"]["working-directory"]
        one = workflow["jobs"][name]
        contexts = self._contexts(job, event, details, one, before)
        if evaluate(one.get("if", "success()"), contexts):
            for step in one["steps"]:
                self._step(job, step, {**workflow["env"], **one.get("env", {})}, contexts, cancel, folder)
        return job

    def _contexts(
        self, job: Job, event: str, details: dict[str, Any], one: Mapping[str, Any], before: Mapping[str, str] | None
    ) -> dict[str, Any]:
        needed = [one["needs"]] if isinstance(one.get("needs"), str) else one.get("needs", [])
        return {
            "github": {
                "event": details,
                "event_name": event,
                "ref": f"refs/heads/{self.branch}",
                "repository": REPOSITORY,
                "token": "the-gh-token",
            },
            "secrets": self.secrets,
            "steps": {},
            "needs": {need: {"outputs": before or {}, "result": "success"} for need in needed},
            "always": lambda: True,
            "success": lambda: not job.code and not job.cancelled,
            "failure": lambda: bool(job.code) and not job.cancelled,
            "cancelled": lambda: job.cancelled,
        }

    def _step(
        self,
        job: Job,
        step: dict[str, Any],
        variables: Mapping[str, str],
        contexts: dict[str, Any],
        cancel: Cancel | None,
        folder: Path,
    ) -> None:
        condition = step.get("if", "success()")
        if not any(f"{check}()" in condition for check in ("always", "success", "failure", "cancelled")):
            condition = f"success() && ({condition})"
        if not evaluate(condition, contexts):
            return
        outputs: dict[str, str] = {}
        if "uses" in step:
            with_ = {key: expand(str(value), contexts) for key, value in step.get("with", {}).items()}
            outputs = self._artifact(job, step["uses"], with_)
        elif "install.sh" not in step["run"]:
            given = {key: expand(value, contexts) for key, value in step.get("env", {}).items()}
            outputs = self._shell(job, step["run"], {**variables, **given}, cancel, folder)
        if "id" in step:
            job.outputs[step["id"]] = outputs
            contexts["steps"][step["id"]] = {"outputs": outputs}

    def _artifact(self, job: Job, action: str, given: Mapping[str, str]) -> dict[str, str]:
        if "upload-artifact" in action:
            kept = self.artifact(given["name"])
            shutil.rmtree(kept, ignore_errors=True)
            if (job.clone / given["path"]).is_dir():
                shutil.copytree(job.clone / given["path"], kept)
                return {"artifact-url": f"{SERVER}/{REPOSITORY}/actions/runs/42/artifacts/{given['name']}"}
        elif "download-artifact" in action:
            shutil.copytree(self.artifact(given["name"]), job.clone / given["path"])
        return {}

    def artifact(self, name: str) -> Path:
        """Return the folder of an artifact."""
        return self.home / "artifacts" / name

    def _shell(
        self, job: Job, command: str, variables: Mapping[str, str], cancel: Cancel | None, folder: Path
    ) -> dict[str, str]:
        home = job.clone.parent
        output, summary = home / "output", home / "summary"
        output.write_text("")
        process = subprocess.Popen(
            ["bash", "-e", "-c", f"{command}\n"],
            cwd=folder,
            env={
                **runner_environ(self.home, home, self.host.port),
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_PATH": str(home / "event.json"),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_RUN_ID": "42",
                "GITHUB_RUN_NUMBER": "3",
                "GITHUB_SERVER_URL": SERVER,
                "GITHUB_SHA": git(job.clone, "rev-parse", "HEAD"),
                "GITHUB_STEP_SUMMARY": str(summary),
                **variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        log = _wait(process, partial(_cancel, job, process, cancel) if cancel and cancel.step in command else None)
        job.code = job.code or process.returncode
        job.log += log
        job.summary = summary.read_text() if summary.exists() else ""
        return dict(line.split("=", 1) for line in output.read_text().splitlines())


def _wait(process: subprocess.Popen[str], meanwhile: Callable[[], None] | None) -> str:
    if meanwhile:
        meanwhile()
    return process.communicate(timeout=120)[0]


def _cancel(job: Job, process: subprocess.Popen[str], cancel: Cancel) -> None:
    """End a step as the host does: SIGINT to its shell, later SIGTERM, and at last no more patience."""
    while process.poll() is None and not cancel.when():
        pass
    job.cancelled = True
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        process.send_signal(number)
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            continue
        return


def runner_environ(folder: Path, home: Path, port: int | None = None) -> dict[str, str]:
    """Return the variables of a new computer: its own home, this rhythmconf, and `gh` at the port of a stand-in."""
    programs = folder / "bin"
    if not programs.exists():
        programs.mkdir()
        (programs / "rhythmconf").write_text(f'#!/bin/sh\nexec {sys.executable} -m rhythmconf "$@"\n')
        if port is not None:
            (programs / "gh").write_text(SHIM.format(port=port, gh=shutil.which("gh")))
        for each in programs.iterdir():
            each.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*STEERING, "XDG_", "GIT", "GH_"))}
    return {
        **kept,
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
