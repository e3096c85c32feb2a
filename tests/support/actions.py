"""Run jobs of the GitHub workflow template without GitHub, each job in a new clone and a new home folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support.git import git
from tests.support.process import ROOT, STEERING

GH = '''\
#!{python}
"""Replace gh: keep comments and pull requests as JSON in one file, and log every call in another."""
import json, os, subprocess, sys
from pathlib import Path

def there(head):
    """Return whether the host has a branch; a pull request needs one."""
    return bool(subprocess.run(["git", "ls-remote", "origin", "refs/heads/" + head], capture_output=True).stdout)

args, store, log = sys.argv[1:], Path(os.environ["FAKE_GH"]), Path(os.environ["FAKE_GH"] + ".log")
state = json.loads(store.read_text()) if store.exists() else {{"comments": [], "pulls": []}}
with log.open("a") as file:
    file.write(json.dumps([os.environ.get("GH_TOKEN"), args]) + "\\n")
body = next((Path(each.removeprefix("body=@")).read_text() for each in args if each.startswith("body=@")), None)
if args[:2] == ["auth", "setup-git"]:
    pass
elif args[:1] == ["api"] and body is None:
    print(json.dumps([state["comments"][:1], state["comments"][1:]]))
elif args[:1] == ["api"] and "PATCH" in args and "/pulls/" in args[4]:
    state["pulls"][int(args[4].rpartition("/")[2]) - 1]["body"] = body
elif args[:1] == ["api"] and "PATCH" in args:
    id = int(next(each for each in args if "/comments/" in each).rpartition("/")[2])
    next(each for each in state["comments"] if each["id"] == id)["body"] = body
elif args[:1] == ["api"]:
    user = {{"login": "github-actions[bot]"}}
    state["comments"].append({{"id": 100 + len(state["comments"]), "user": user, "body": body}})
elif args[:2] == ["pr", "list"]:
    opened = [number for number, each in enumerate(state["pulls"], 1) if each["head"] == args[3] and there(args[3])]
    print(*opened)
elif args[:2] == ["pr", "create"]:
    if not there(args[3]):
        sys.exit("pull request create failed: Head sha can't be blank")
    state["pulls"].append({{"head": args[3], "title": args[5], "body": Path(args[7]).read_text()}})
else:
    sys.exit(f"unknown call: {{args}}")
store.write_text(json.dumps(state))
'''
EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")


@dataclass
class Job:
    """The result of a job: exit code, log, outputs, summary and clone."""

    clone: Path
    code: int = 0
    log: str = ""
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True)
class Runner:
    """Runs the jobs of a repository. Artifacts and the state of gh are below `home`."""

    home: Path
    origin: Path
    secrets: Mapping[str, str]
    environ: Mapping[str, str]

    def run(
        self, name: str, revision: str = "main", *, before: Mapping[str, str] | None = None, fork: bool = False
    ) -> Job:
        """Run a job of the workflow at a revision; `before` has the outputs of the jobs that it needs."""
        number = sum(1 for _ in self.home.glob("job-*"))
        job = Job(self.home / f"job-{number}-{name}" / "clone")
        git(self.home, "clone", "-q", str(self.origin), str(job.clone))
        git(job.clone, "checkout", "-q", revision)
        workflow = yaml.safe_load((job.clone / ".github/workflows/rhythmconf.yml").read_text())
        one = workflow["jobs"][name]
        contexts = {f"needs.plan.outputs.{key}": value for key, value in (before or {}).items()}
        contexts["head"] = "stranger/config" if fork else "us/config"
        if _condition_holds(one.get("if", "").partition("github.event_name")[0], contexts):
            for step in one["steps"]:
                self._step(job, step, {**workflow["env"], **one.get("env", {})}, contexts)
        return job

    def _step(self, job: Job, step: dict[str, Any], variables: Mapping[str, str], contexts: dict[str, str]) -> None:
        condition = step.get("if", "")
        if (job.code and "always()" not in condition) or not _condition_holds(condition, contexts):
            return
        if "uses" in step:
            self._artifact(job, step)
        elif "install.sh" not in step["run"]:
            given = {key: self._expand(value, contexts) for key, value in step.get("env", {}).items()}
            self._shell(job, step, {**variables, **given})
            for id, outputs in job.outputs.items():
                contexts.update({f"steps.{id}.outputs.{key}": value for key, value in outputs.items()})

    def _artifact(self, job: Job, step: dict[str, Any]) -> None:
        if "upload-artifact" in step["uses"]:
            kept = self.artifact(step["with"]["name"])
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(job.clone / step["with"]["path"], kept)
        elif "download-artifact" in step["uses"]:
            shutil.copytree(self.artifact(step["with"]["name"]), job.clone / step["with"]["path"])

    def artifact(self, name: str) -> Path:
        """Return the folder of an artifact."""
        return self.home / "artifacts" / name

    def _expand(self, value: str, contexts: Mapping[str, str]) -> str:
        values = {
            **contexts,
            **{f"secrets.{name}": secret for name, secret in self.secrets.items()},
            "github.token": "the-gh-token",
            "github.event.pull_request.number": "7",
            "github.repository": "us/config",
        }
        return EXPRESSION.sub(lambda match: values.get(match[1], ""), value)

    def _shell(self, job: Job, step: dict[str, Any], variables: Mapping[str, str]) -> None:
        home = job.clone.parent
        output, summary = home / "output", home / "summary"
        output.write_text("")
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=job.clone,
            env={
                **runner_environ(self.home, home),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_REPOSITORY": "us/config",
                **self.environ,
                **variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        job.code = job.code or done.returncode
        job.log += done.stdout
        job.summary = summary.read_text() if summary.exists() else ""
        if "id" in step:
            job.outputs[step["id"]] = dict(line.split("=", 1) for line in output.read_text().splitlines())


def runner_environ(folder: Path, home: Path) -> dict[str, str]:
    """Return the variables of a new computer: its own home, this rhythmconf, and a `gh` that logs its calls."""
    programs = folder / "bin"
    if not programs.exists():
        programs.mkdir()
        (programs / "gh").write_text(GH.format(python=sys.executable))
        (programs / "rhythmconf").write_text(f'#!/bin/sh\nexec {sys.executable} -m rhythmconf "$@"\n')
        for each in programs.iterdir():
            each.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*STEERING, "XDG_", "GIT"))}
    return {
        **kept,
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "FAKE_GH": str(folder / "gh.json"),
    }


def _condition_holds(condition: str, contexts: Mapping[str, str]) -> bool:
    """Return whether a condition of the workflow is true; an unknown condition raises an error."""
    rest = condition.replace("always()", "").replace("&&", "").strip()
    if rest == "github.event.pull_request.head.repo.full_name == github.repository":
        return contexts["head"] == "us/config"
    if rest:
        name, value = rest.split(" == ")
        return contexts.get(name) == value.strip("'")
    return True
