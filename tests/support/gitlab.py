"""Run jobs of the GitLab template without GitLab, each job in a new clone and a new home folder."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import yaml

from tests.support.actions import runner_environ
from tests.support.git import git

HOST = "https://gitlab.test/us/config.git"


class Loader(yaml.SafeLoader):
    """Loads YAML in which GitLab's `!reference [job, member]` becomes a tuple."""


Loader.add_constructor("!reference", lambda loader, node: tuple(loader.construct_sequence(node)))  # type: ignore[arg-type]


class JobResult(NamedTuple):
    """The result of a job: clone, exit code, log, and whether its failure is allowed."""

    clone: Path
    code: int
    log: str
    allowed: bool


@dataclass(frozen=True)
class Pipeline:
    """Runs the jobs of a project. Artifacts are below `home`; pushes to the host go to `origin`."""

    home: Path
    origin: Path
    environ: Mapping[str, str]

    def run(self, name: str, revision: str = "main") -> JobResult:
        """Run a job of the template at a revision, with the artifacts of the jobs that it needs."""
        number = sum(1 for _ in self.home.glob("job-*"))
        clone = self.home / f"job-{number}-{name}" / "clone"
        git(self.home, "clone", "-q", "--no-local", "--single-branch", "-b", revision, str(self.origin), str(clone))
        template = yaml.load((clone / ".gitlab-ci.yml").read_text(), Loader)
        job = _extend_job(template, name)
        for needed in job.get("needs", []):
            shutil.copytree(self.home / "artifacts" / needed, clone / "rhythmconf-reports")
        lines = [
            line for line in _script_lines(template, [*job["before_script"], *job["script"]]) if _is_runnable(line)
        ]
        code, log = self._shell(clone, lines, job["variables"])
        kept = self.home / "artifacts" / name
        shutil.rmtree(kept, ignore_errors=True)
        for path in job["artifacts"]["paths"]:
            if (clone / path).is_dir():
                shutil.copytree(clone / path, kept)
            elif (clone / path).is_file():
                kept.mkdir(parents=True)
                shutil.copy(clone / path, kept)
        return JobResult(clone, code, log, code in job.get("allow_failure", {}).get("exit_codes", []))

    def _shell(self, clone: Path, lines: list[str], variables: Mapping[str, str]) -> tuple[int, str]:
        given = {
            "CI_SERVER_HOST": "gitlab.test",
            "CI_PROJECT_PATH": "us/config",
            "CI_PROJECT_URL": "https://gitlab.test/us/config",
            "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.test/us/config",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_JOB_URL": "https://gitlab.test/us/config/-/jobs/42",
            "CI_COMMIT_SHA": git(clone, "rev-parse", "HEAD"),
            "CI_COMMIT_SHORT_SHA": git(clone, "rev-parse", "--short=8", "HEAD"),
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.origin}.insteadOf",
            "GIT_CONFIG_VALUE_0": HOST,
        }
        expanded = {name: Template(value).safe_substitute(given) for name, value in variables.items()}
        done = subprocess.run(
            ["bash", "-c", "\n".join(["set -eo pipefail", *lines])],
            cwd=clone,
            env={**runner_environ(self.home, clone.parent), **given, **self.environ, **expanded},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout


def _extend_job(template: Mapping[str, Any], name: str) -> dict[str, Any]:
    job = template[name]
    extended = _extend_job(template, job["extends"]) if "extends" in job else {}
    return {**extended, **job, "variables": {**extended.get("variables", {}), **job.get("variables", {})}}


def _script_lines(template: Mapping[str, Any], script: list[Any]) -> Iterator[str]:
    for each in script:
        if isinstance(each, tuple):
            yield from _script_lines(template, template[each[0]][each[1]])
        else:
            yield each


def _is_runnable(line: str) -> bool:
    return not line.startswith("apt-get") and "install.sh" not in line
