"""The counts of a plan and of an apply say how many adoptions change a field too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import (
    PROJECT,
    ServedTenant,
    make_project,
    run_ok,
    serve_emulator,
)

NAMES = ("a", "b", "c")


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[ServedTenant]:
    """Return a tenant with three programs that nobody manages."""
    with serve_emulator(tmp_path, tenant="hisp-system-remote") as one:
        for name in NAMES:
            one.call("POST", "programs", "", {"name": name, "description": "as it was"})
        yield one


def project(folder: Path, changed: int) -> Path:
    """Make a project of the three programs; the first `changed` of them have another description."""
    texts = [
        f"kind: program\nkey: {name}\nspec: {{name: {name}, description: {'edited' if n < changed else 'as it was'}}}\n"
        for n, name in enumerate(NAMES)
    ]
    return make_project(
        folder / "work", {"config/all.yaml": "---\n".join(texts)}, f"{PROJECT}default_environment: remote\n"
    )


ENDINGS = {0: "3 to adopt", 1: "3 to adopt (1 with changes)", 2: "3 to adopt (2 with changes)"}


@pytest.mark.parametrize("changed", ENDINGS)
def test_every_format_says_how_many_adoptions_change(tmp_path: Path, tenant: ServedTenant, changed: int) -> None:
    work = project(tmp_path, changed)
    counts = f"0 to add, 0 to change, 0 to destroy, {ENDINGS[changed]}"
    assert run_ok(work, "plan", env=tenant.env).last == f"Plan: {counts}."
    assert run_ok(work, "plan", "--summary", env=tenant.env).last == f"Plan: {counts}."
    for format in ("markdown", "html", "github"):
        assert f"{counts}." in run_ok(work, "plan", "--format", format, env=tenant.env).stdout, format
    page = run_ok(work, "plan", "--format", "html", env=tenant.env).stdout
    assert f'<p class="headline">{ENDINGS[changed].replace("to adopt", "to manage from now on")}.</p>' in page
    more = {"adopt_with_changes": changed} if changed else {}
    summary = run_ok(work, "plan", "--format", "json", env=tenant.env).json()["summary"]
    assert summary == {"create": 0, "update": 0, "delete": 0, "adopt": 3, "unchanged": 0, **more}
    run_ok(work, "plan", "-o", "the.plan", env=tenant.env)
    assert f"Plan: {counts}.\n" in run_ok(work, "show", "plan", "the.plan").stdout
    done = f"0 added, 0 changed, 0 destroyed, {ENDINGS[changed].replace('to adopt', 'adopted')}"
    assert run_ok(work, "apply", "the.plan", env=tenant.env).last == f"Apply complete! Resources: {done}."
    assert {one["description"] for one in tenant.records("programs")} <= {"edited", "as it was"}
    assert sum(one["description"] == "edited" for one in tenant.records("programs")) == changed
