"""A plan that asked no tenant says so in every format: as of when its snapshot is, or that no records were assumed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rhythmconf.model.moments import write_moment
from tests.support.git import git
from tests.support.process import Completed, run_in_process, run_ok, write_files

PROJECT = """\
version: 1
project: p
module: certifications
sources: [config]
calendar: {zone: America/New_York}
environments:
  production: {tenant: t, base_url: 'https://{module}.example.org', protected: true, auth: {token_command: 'false'}}
"""
REASON = "kind: statusReason\nkey: lapsed\nspec: {name: Lapsed, applicable_statuses: [inactive], is_active: true}\n"
FORMATS = ("text", "json", "markdown", "html", "sarif", "junit", "github")
AS_OF = "made from a snapshot of the tenant as of 24 Nov 2026, 23:17 America/New_York"
TAKEN = "2026-11-25T04:17:00Z"
EMPTY = "made as if the tenant were empty"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_files(tmp_path, {"rhythmconf.yaml": PROJECT, "config/reasons.yaml": REASON})
    return tmp_path


def save_snapshot(folder: Path, taken_at: object) -> None:
    fingerprint = {"environment": "production", "tenant": "t", "base_url": "https://{module}.example.org"}
    records: dict[str, list[object]] = {"certifications/statusReason": [], "certifications/program": []}
    body = {"format": "rhythmconf snapshot", "format_version": 1, "fingerprint": fingerprint, "records": records}
    more = {} if taken_at is None else {"taken_at": taken_at}
    (folder / "s.json").write_text(json.dumps({**body, **more}), encoding="utf-8")


def plan_in_all_formats(folder: Path, *arguments: str) -> tuple[Completed, dict[str, str]]:
    """Plan once, and return the result and each format as text."""
    files = {name: f"plan.{name}" for name in FORMATS}
    outputs = [argument for name, file in files.items() for argument in ("--format", name, "--output-file", file)]
    result = run_in_process(folder, "plan", *arguments, *outputs, "-o", "saved.plan")
    return result, {name: (folder / file).read_text(encoding="utf-8") for name, file in files.items()}


def plainly(text: str) -> str:
    """Return a text without the code spans of Markdown."""
    return text.replace("`", "")


def test_every_format_says_as_of_when_the_snapshot_is_and_an_old_one_is_loud(folder: Path) -> None:
    save_snapshot(folder, TAKEN)
    result, written = plan_in_all_formats(folder, "--live", "s.json")
    assert result.code == 0, result
    said = {name: AS_OF in plainly(text) for name, text in written.items() if name != "json"}
    assert all(said.values()), said
    assert json.loads(written["json"])["state"] == {"origin": "snapshot", "taken_at": TAKEN}
    loud = {name: "RC550" in text for name, text in written.items() if name != "text"}
    assert all(loud.values()), loud
    assert "warning[RC550]: the plan was made from a snapshot of the tenant as of 24 Nov 2026" in result.stderr
    assert AS_OF in run_ok(folder, "show", "plan", "saved.plan").stdout


@pytest.mark.parametrize(
    ("taken_at", "says"),
    [
        (timedelta(hours=-23), None),
        (timedelta(hours=-25), "1 day old"),
        (timedelta(hours=2), "later than the time on this computer"),
        (None, "of unknown age"),
        ("yesterday", "of unknown age"),
        (7, "of unknown age"),
    ],
)
def test_a_snapshot_that_is_old_or_of_unknown_age_is_warned_of(
    folder: Path, taken_at: object, says: str | None
) -> None:
    moment = write_moment(datetime.now(UTC) + taken_at) if isinstance(taken_at, timedelta) else taken_at
    save_snapshot(folder, moment)
    result = run_in_process(folder, "plan", "--live", "s.json")
    assert ("RC550" in result.stderr) == (says is not None)
    assert says is None or says in result.stderr
    assert "made from a snapshot of the tenant" in result.stdout


def test_an_empty_tenant_is_named_in_every_format_and_never_applied(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "all")
    # A base of earlier applies must not make all of it drift.
    git(folder, "update-ref", "refs/rhythmconf/applied/production", "HEAD")
    result, written = plan_in_all_formats(folder, "--empty-tenant", "--detailed-exitcode")
    assert (result.code, "RC551" in result.stderr) == (2, True), result
    said = {name: EMPTY in plainly(text) for name, text in written.items()}
    assert all(said.values()), said
    body = json.loads(written["json"])
    assert [(change["key"], change["action"], change["class"]) for change in body["changes"]] == [
        ("lapsed", "create", None)
    ]
    assert body["commit"] == git(folder, "rev-parse", "HEAD")
    refused = run_in_process(folder, "apply", "saved.plan", env={"RHYTHMCONF_TRUST": "1"})
    assert (refused.code, refused.stderr.count("error[")) == (3, 1)
    assert "error[RC552]: the plan was made as if the tenant were empty" in refused.stderr
    assert EMPTY in run_ok(folder, "show", "plan", "saved.plan").stdout


@pytest.mark.parametrize("option", [("--live", "s.json"), ("--forecast",), ("--base", "HEAD")])
def test_an_empty_tenant_can_be_combined_with_no_other_source(folder: Path, option: tuple[str, ...]) -> None:
    refused = run_in_process(folder, "plan", "--empty-tenant", *option)
    assert (refused.code, "changes nothing with" in refused.stderr) == (1, True), refused
