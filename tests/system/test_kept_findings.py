"""Findings that are kept in the cache folder: they save time, are never trusted, and are never out of date."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rhythmconf.flows.judged import FEW
from rhythmconf.insight import lint
from rhythmconf.insight.lint.bodies import Survey
from tests.support.process import Completed, edit_file, make_project, run_in_process, write_files

SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments:
  local: {tenant: hisp-local, embedded: .rhythmconf/local.db}
  other: {tenant: hisp-other, embedded: .rhythmconf/other.db}
"""
TEMPLATE = """\
kind: billingTemplate
key: drops
spec:
  name: Drops
  is_active: true
  perform_drops: true
  drop_options:
    program_restriction: include
    program_ids: [p-1]
    expiration_date_range_start: {position: before, number: 36, unit_of_time: days, relative_to: the reference date}
    expiration_date_range_end: {position: before, number: 30, unit_of_time: days, relative_to: the reference date}
---
kind: recurringBillingRun
key: weekly
spec:
  name: Weekly
  template_id: drops
  schedule: every week on Monday at 06:00
  pre_processing_lead_time: 0
  is_active: true
"""
PROGRAMS = "---\n".join(f"kind: program\nkey: p-{n}\nspec: {{name: Program {n}}}\n" for n in range(FEW))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = make_project(tmp_path / "project", settings=SETTINGS)
    write_files(folder, {"config/runs.yaml": TEMPLATE, "config/programs.yaml": PROGRAMS})
    return folder


def validate(folder: Path, *arguments: str, cache: str = "kept") -> Completed:
    env = {"XDG_CACHE_HOME": str(folder.parent / cache)}
    return run_in_process(folder, "validate", "--format", "json", "--from", "2026-12-01", *arguments, env=env)


def afresh(folder: Path, *arguments: str) -> Completed:
    shutil.rmtree(folder.parent / "fresh", ignore_errors=True)
    return validate(folder, *arguments, cache="fresh")


def codes(result: Completed) -> list[str]:
    return [one["code"] for one in result.json()["diagnostics"]]


EDITS: Mapping[str, tuple[str, str, str]] = {
    "a window": ("config/runs.yaml", "number: 36", "number: 33"),
    "a switch": ("config/runs.yaml", "perform_drops: true", "perform_drops: false"),
    "a schedule": ("config/runs.yaml", "on Monday at 06:00", "on Monday in the morning"),
    "the calendar": ("rhythmconf.yaml", "version: 1", "version: 1\ncalendar: {bounds: end-open}"),
    "a meaning": ("rhythmconf.yaml", "version: 1", "version: 1\ncalendar: {schedules: {weekly: every day at 06:00}}"),
    "a name": ("config/programs.yaml", "name: Program 7}", "name: https://hisp-other.example.org/}"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_findings_are_those_of_the_files_as_they_are(project: Path, edit: tuple[str, str, str]) -> None:
    validate(project)
    file, old, new = edit
    edit_file(project / file, old, new)
    edited = validate(project)
    assert edited.stdout == afresh(project).stdout
    assert validate(project).stdout == edited.stdout, "the second time, they are kept"
    edit_file(project / file, new, old)
    assert validate(project).stdout == afresh(project).stdout


DATED = """\
kind: expirationRuleSet
key: dated
spec:
  name: Dated
  default_expiration_options:
    expiration_type: anniversary
    anniversary_expiration_options:
      enable_fixed_expiration_dates: true
      fixed_expiration_dates: [{range_start: '2026-01-01', range_end: '2026-12-31', expiration_date: '2027-06-30'}]
"""


def test_an_overlay_and_the_day_count_too(project: Path) -> None:
    write_files(project, {"config/dated.yaml": DATED})
    validate(project)
    overlay = "kind: billingTemplate\nkey: drops\nspec: {is_active: false}\n"
    write_files(project, {"overlays/other/drops.yaml": overlay})
    for arguments in ((), ("--env", "local"), ("--env", "other"), ("--from", "2031-03-01")):
        shown = validate(project, *arguments)
        assert shown.stdout == afresh(project, *arguments).stdout
        assert ("RC727" in codes(shown), "RC721" in codes(shown)) == ("--from" in arguments, "local" not in arguments)


def test_an_unchanged_project_is_not_judged_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_file(project / "config/runs.yaml", "number: 36", "number: 33")
    before = validate(project)
    assert "RC702" in codes(before)
    with monkeypatch.context() as patch:
        patch.setattr(lint, "JUDGEMENTS", ())
        assert validate(project).stdout == before.stdout
        assert "RC702" not in codes(afresh(project))


def test_environments_that_are_alike_are_judged_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[lint.Bodies] = []

    def record(found: Survey) -> Iterator[lint.Finding]:
        judged.append(found.subject)
        return iter(())

    monkeypatch.setattr(lint, "JUDGEMENTS", (*lint.JUDGEMENTS, record))
    alone = [one["message"] for one in afresh(project, "--env", "other").json()["diagnostics"]]
    del judged[:]
    both = [one["message"] for one in afresh(project).json()["diagnostics"]]
    assert (both, len(judged)) == (alone, 1)
    overlay = "kind: billingTemplate\nkey: drops\nspec: {drop_options: {program_ids: [p-2]}}\n"
    write_files(project, {"overlays/other/drops.yaml": overlay})
    del judged[:]
    afresh(project)
    assert len(judged) == 2, "an overlay makes them differ"


@pytest.mark.parametrize("damage", ["byte", "mode", "empty", "gone"])
def test_what_is_damaged_is_ignored(project: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    edit_file(project / "config/runs.yaml", "number: 36", "number: 33")
    validate(project)
    for path in (project.parent / "kept" / "rhythmconf" / "findings").iterdir():
        content = path.read_bytes()
        match damage:
            case "byte":
                path.write_bytes(content.replace(b"RC702", b"RC703"))
            case "mode":
                path.chmod(0o622)
            case "empty":
                path.write_bytes(b"")
            case _:
                path.unlink()
    monkeypatch.setattr(lint, "JUDGEMENTS", ())
    judged = validate(project)
    assert "RC702" not in codes(judged)
    assert judged.stdout == afresh(project).stdout, "nothing of the damaged file is taken"
