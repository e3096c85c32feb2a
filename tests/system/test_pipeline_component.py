"""The component for GitLab is valid, and its jobs need no scripts in the project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from tests.support.gitlab import Pipeline
from tests.support.pipelines import SECRETS, SETTINGS, list_refs, push_all, start_clone
from tests.support.process import ROOT, run_process_ok, serve_emulator

COMPONENT = ROOT / "templates/rhythmconf.yml"
INPUTS = {"environment": "production", "stage": "deploy", "source": "https://git.test/tool.git", "commit": "0a" * 20}


def body() -> str:
    """Return the jobs of the component, with their inputs."""
    text = COMPONENT.read_text(encoding="utf-8").partition("\n---\n")[2]
    for name, value in INPUTS.items():
        text = text.replace(f"$[[ inputs.{name} ]]", value)
    return text


def test_the_component_is_valid_and_has_the_inputs_that_it_uses(tmp_path: Path) -> None:
    (tmp_path / "body.yml").write_text(body(), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", "vendor.gitlab-ci"]
    done = subprocess.run(
        [*command, "--data-transform", "gitlab-ci", str(tmp_path / "body.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[[" not in body()
    head = yaml.safe_load(COMPONENT.read_text(encoding="utf-8").partition("\n---\n")[0])
    assert head["spec"]["inputs"].keys() == INPUTS.keys()
    assert {name for name, each in head["spec"]["inputs"].items() if "default" not in each} == {"source", "commit"}


def test_the_jobs_bring_a_push_to_the_tenant(tmp_path: Path) -> None:
    home, origin = tmp_path / "runner", tmp_path / "origin.git"
    home.mkdir()
    with serve_emulator(tmp_path, tenant="demo-live", token="the-tenant-token") as tenant:
        run_process_ok(tmp_path, "init", "work", "--project", "demo")
        folder = start_clone(tmp_path / "work", SETTINGS.format(url=tenant.url))
        (folder / ".gitlab-ci.yml").write_text(body())
        pushed = push_all(folder, "main")
        pipeline = Pipeline(home, origin, {**SECRETS, "RHYTHMCONF_TOOL": str(ROOT)})
        for job in ("plan-production", "apply-production"):
            done = pipeline.run(job)
            assert done.code == 0, done.log
        assert list_refs(pipeline)["refs/rhythmconf/applied/production"] == pushed
        assert len(tenant.records("programs")) == 1
