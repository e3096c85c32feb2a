"""A plan says who changed a drifted record last, and when, as far as the tenant says it."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.support.git import commit_all, git
from tests.support.process import edit_file, make_project, run_in_process, run_ok

SETTINGS = """\
version: 1
project: hisp
module: certifications
sources: [config]
environments: {local: {tenant: t, embedded: .rhythmconf/local.db}}
"""
SPEC = "applicable_statuses: [inactive], is_active: true}\n"
FILES = {
    "config/a.yaml": f"kind: statusReason\nkey: a\nspec: {{name: Lapsed, {SPEC}",
    "config/b.yaml": f"kind: statusReason\nkey: b\nspec: {{name: Moved, {SPEC}",
    ".gitignore": ".rhythmconf/\n",
}
FORMATS = ("text", "json", "markdown", "html", "sarif", "junit", "github")
SAID = "last changed in the tenant: Wed 25 Nov 2026, 14:02 UTC, by user 5f1c9a77"
BY = {"sys_last_modified_at": "2026-11-25T15:02:11.5+01:00", "sys_last_modified_by_id": "5f1c9a77"}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a project whose tenant agrees with its files."""
    make_project(tmp_path, FILES, SETTINGS)
    git(tmp_path, "init", "-q")
    commit_all(tmp_path)
    run_ok(tmp_path, "apply", "--auto-approve")
    return tmp_path


def edit_record(work: Path, name: str, **values: object) -> None:
    """Change a record of the embedded tenant, as somebody does in its console."""
    with sqlite3.connect(work / ".rhythmconf/local.db") as store:
        for position, text in store.execute("SELECT seq, body FROM records").fetchall():
            body = json.loads(text)
            if body.get("name") == name:
                store.execute("UPDATE records SET body = ? WHERE seq = ?", (json.dumps({**body, **values}), position))


def reports(work: Path, command: str) -> dict[str, str]:
    files = {name: f"{command}.{name}" for name in FORMATS}
    outputs = [argument for name, file in files.items() for argument in ("--format", name, "--output-file", file)]
    run_in_process(work, command, *outputs)
    return {name: (work / file).read_text(encoding="utf-8") for name, file in files.items()}


def the_change(work: Path, *command: str) -> Any:
    return run_in_process(work, *(command or ("plan",)), "--format", "json").json()["changes"][0]


@pytest.mark.parametrize("command", ["plan", "drift"])
@pytest.mark.parametrize("side", ["drift", "conflict"])
def test_every_format_says_who_and_when(work: Path, command: str, side: str) -> None:
    edit_record(work, "Lapsed", applicable_statuses=["retired"], **BY)
    if side == "conflict":
        edit_file(work / "config/a.yaml", "[inactive]", "[active]")
    written = reports(work, command)
    change = json.loads(written["json"])["changes"][0]
    assert (change["class"], change["name"]) == (side, "Lapsed")
    assert change["last_change"] == {"at": "2026-11-25T14:02:11Z", "by": "5f1c9a77", "run": ""}
    said = {name: SAID.lower() in text.replace("`", "").lower() for name, text in written.items() if name != "json"}
    assert all(said.values()), said


def test_what_the_files_changed_alone_has_nobody(work: Path) -> None:
    edit_record(work, "Lapsed", **BY)
    edit_file(work / "config/a.yaml", "is_active: true", "is_active: false")
    assert "last_change" not in the_change(work)


def test_what_an_apply_wrote_last_is_named_as_its_work(work: Path) -> None:
    # Somebody changed a field; then an apply wrote another one, and so it is the last change of the record.
    edit_record(work, "Lapsed", is_active=False, **BY)
    edit_file(work / "config/a.yaml", "[inactive]", "[retired]")
    commit_all(work)
    run_ok(work, "pull", "--only-drift")
    run_ok(work, "apply", "--auto-approve")
    git(work, "checkout", "-q", ".")
    change = the_change(work, "plan", "--base", "HEAD~1")
    run = run_ok(work, "history", "--format", "json").json()["runs"][0]["run"]
    assert change["last_change"]["run"] == run
    assert f"while run {run} of rhythmconf was writing" in run_in_process(work, "plan", "--base", "HEAD~1").stdout


def test_a_run_is_not_named_for_what_came_long_after_its_last_write(work: Path) -> None:
    for key, day in (("a", "2026-01-01"), ("b", "2026-03-01")):
        edit_file(work / f"config/{key}.yaml", "[inactive]", "[retired]")
        commit_all(work)
        run_ok(work, "apply", "--auto-approve")
        record = max((work / ".rhythmconf/state").rglob("runs/*.jsonl"))
        dated = re.sub(r'("(?:at|started_at)":")[^"]*', rf"\g<1>{day}T00:00:00.000Z", record.read_text())
        lines = dated.splitlines(keepends=True)
        record.write_text("".join(lines[:-2] if key == "a" else lines))
    for name, day in (("Lapsed", "2026-06-01"), ("Moved", "2026-02-01")):
        edit_record(work, name, is_active=False, sys_last_modified_at=f"{day}T00:00:00Z")
    changes = run_in_process(work, "plan", "--format", "json").json()["changes"]
    assert [change["last_change"]["run"] for change in changes] == ["", ""]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"sys_last_modified_at": None, "sys_last_modified_by_id": None}, None),
        ({"sys_last_modified_at": "soon", "sys_last_modified_by_id": ["x"]}, None),
        ({"sys_last_modified_at": "2026-11-25T14:02:11", "sys_last_modified_by_id": 7}, None),
        ({"sys_last_modified_at": "0001-01-01T00:00:00+14:00", "sys_last_modified_by_id": ""}, None),
        ({"sys_last_modified_at": "9999-12-31T23:59:59-14:00"}, ("", "emulator")),
        (
            {"sys_last_modified_at": "2026-11-25T14:02:11Z", "sys_last_modified_by_id": None},
            ("2026-11-25T14:02:11Z", ""),
        ),
        ({"sys_last_modified_at": 1764079331, "sys_last_modified_by_id": "\x1b[31m`@x"}, ("", "\x1b[31m`@x")),
    ],
)
def test_what_the_tenant_does_not_say_is_left_out(
    work: Path, values: dict[str, object], expected: tuple[str, str] | None
) -> None:
    edit_record(work, "Lapsed", is_active=False, **values)
    result = run_in_process(work, "plan", "-o", "saved.plan")
    assert result.code == 0, result
    assert "\x1b" not in result.stdout
    last_change = the_change(work).get("last_change")
    assert (last_change and (last_change["at"], last_change["by"])) == expected
    assert run_ok(work, "show", "plan", "saved.plan").stdout.count("last changed") == (expected is not None)


def test_a_branch_with_drift_says_in_its_review_what_it_takes_over(work: Path) -> None:
    edit_record(work, "Lapsed", is_active=False, **BY)
    drift = run_in_process(work, "drift", "--format", "commit")
    assert (drift.code, drift.stdout.splitlines()[0]) == (2, "Drift of local: 'Lapsed' was switched off")
    run_ok(work, "pull", "--only-drift")
    commit_all(work)
    written = reports(work, "plan")
    says = "No changes. The tenant matches the files. The files take over 1 value that somebody changed there."
    for name in ("markdown", "html", "github"):
        assert says in written[name]
    assert SAID in written["markdown"].replace("`", "")
    assert "<details>" not in written["markdown"]


def test_a_record_without_a_document_is_named_in_every_format_of_drift(work: Path) -> None:
    git(work, "rm", "-q", "config/b.yaml")
    edit_record(work, "Moved", sys_external_id=None)
    edit_record(work, "Lapsed", is_active=False)
    for name, text in reports(work, "drift").items():
        assert "1 record without a document in local" in text.replace("`", "") or name == "text", name
