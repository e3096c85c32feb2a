"""The subjects that exist as text and JSON: their lines, and the members that programs rely on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from rhythmconf.engine.journal import Header, Intent, Log, StepOutcome, Write, summarise
from rhythmconf.engine.pull import Pulled
from rhythmconf.model import (
    MISSING,
    Binding,
    Body,
    Diagnostic,
    FieldChange,
    Key,
    KeyStatus,
    Origin,
    Pair,
    Record,
    Resource,
    Result,
    Run,
)
from rhythmconf.report.subjects import (
    adoption,
    comparison,
    dialect,
    doctor,
    formatting,
    history,
    pull,
    resource,
    run_record,
)
from rhythmconf.report.subjects import run as run_report
from rhythmconf.report.subjects.comparison import ComparisonReport, Row
from rhythmconf.report.terminal import Line, render
from rhythmconf.tenant.doctor.values import Check, Setting
from tests.support import reports

A, B, C = (Key("certifications/program", name) for name in "abc")
HEADER = Header("run-1", "apply", "2026-01-31T23:59:59.123Z", "sandbox", "hisp", "https://x", (), "kim", "c" * 40, "d")


def shown(lines: Iterable[Line]) -> list[str]:
    """Return the lines as a terminal without colours shows them."""
    return render(lines, color=False).splitlines()


def log(**members: object) -> Log:
    """Return a record of a run that updates A, B and C."""
    changes: list[Body] = [
        {"kind": key.kind, "key": key.name, "id": f"id-{key.name}", "action": "update"} for key in (A, B, C)
    ]
    return Log(Path("run.jsonl"), HEADER, {"changes": [*changes]}, **members)  # type: ignore[arg-type]


INTENTS = (
    Intent(1, "patch", A.kind, (Write(A, "patch", "id-a"), Write(B, "patch", "id-b"))),
    Intent(2, "patch", A.kind, (Write(A, "patch", "id-a"),)),
)
OUTCOMES = (
    StepOutcome(A, "patch", "repeated", "id-a", "time-out"),
    StepOutcome(B, "patch", "rejected", "id-b", "no such field"),
    StepOutcome(A, "patch", "applied", "id-a"),
)


def test_a_run_that_stopped_counts_what_was_not_attempted() -> None:
    lines = shown(
        run_report.text(
            Run("r", (Result(A, "update", "applied"), Result(B, "update", "not_attempted")), 3, names=reports.NAMES)
        )
    )
    assert lines == [
        "  ~ program/a  done",
        "  ~ program/b  not attempted",
        "run r, 3 requests",
        "0 failed, 1 not attempted.",
        "Apply incomplete! Resources: 0 added, 1 changed, 0 destroyed.",
    ]


def test_a_recorded_run_shows_each_request_with_its_own_answer() -> None:
    lines = shown(run_record.text(log(intents=INTENTS, outcomes=OUTCOMES)))
    assert lines[4:] == [
        "",
        "  ~ certifications/program/a  id id-a  applied",
        "      request 1: patch by patch with 1 other: repeated (time-out)",
        "      request 2: patch by patch: applied",
        "  ~ certifications/program/b  id id-b  rejected  no such field",
        "      request 1: patch by patch with 1 other: rejected (no such field)",
        "  ~ certifications/program/c  id id-c  not attempted",
        "1 of 3 changes applied.",
        "  help: finish it with `rhythmconf resume run-1`",
    ]


def test_a_request_without_an_answer_leaves_its_change_unknown() -> None:
    record = log(intents=INTENTS, outcomes=OUTCOMES[:2], unanswered=INTENTS[1:])
    (first, second, _) = json.loads(run_record.json(record))["changes"]
    assert (first["outcome"], first["message"]) == ("unknown", "")
    assert [(each["seq"], each["together"], each["outcome"]) for each in first["requests"]] == [
        (1, 2, "repeated"),
        (2, 1, "no answer"),
    ]
    assert second["outcome"] == "rejected"


def test_the_history_has_a_line_for_each_run() -> None:
    done = log(results=(Result(A, "update", "applied", "id-a"),), ending="complete")
    runs = [summarise(log()), summarise(done)]
    assert shown(history.text(runs)) == [
        "run-1  sandbox  apply  unfinished  0 of 3 applied  by kim  commit cccccccccccc",
        "run-1  sandbox  apply  complete  1 of 3 applied  by kim  commit cccccccccccc",
    ]
    assert shown(history.text([])) == ["No runs."]
    colours = [{text: style for style, text in line} for line in history.text(runs)]
    assert (colours[0]["unfinished"], colours[1]["complete"]) == ("alarm", "green")
    assert [each["applied"] for each in json.loads(history.json(runs))["runs"]] == [0, 1]


def test_a_resource_shows_its_status_in_each_environment() -> None:
    value = Resource(A, {"name": "a"}, (Origin("config/a.yaml"),), protect=True)
    statuses = [
        KeyStatus("production", "bound", "id-a", exists=True),
        KeyStatus("test", "no document", help="write one"),
    ]
    assert shown(resource.text(A, value, Binding(A, "id-a"), statuses)) == [
        "certifications/program/a  bound to id-a",
        "  from config/a.yaml",
        "  protected",
        "  production  bound  id id-a",
        "  test        no document",
        "              help: write one",
        "  {",
        '    "name": "a"',
        "  }",
    ]
    assert [status.exists for status in statuses] == [True, False]
    assert json.loads(resource.json(A, None, None, statuses[1:])) == {
        "kind": A.kind,
        "key": "a",
        "id": None,
        "files": [],
        "protect": None,
        "environments": [{"environment": "test", "is": "no document", "id": None, "files": [], "live": None}],
        "spec": None,
    }


def test_a_comparison_shows_what_each_side_has() -> None:
    fields = [FieldChange("/fee", 1, 2, "money"), FieldChange("/name", MISSING, "a")]
    rows = [Row(A, fields, frozenset(["name"]), None), Row(B, (), frozenset(), "one"), Row(C, (), frozenset(), "two")]
    value = ComparisonReport(("one", 0), ("two", 3), rows, 7, names=reports.NAMES)
    assert shown(comparison.text(value)) == [
        "one -> two",
        "  ~ program/a",
        "      fee: 1 -> 2  ! money",
        '      name: (none) -> "a"  overlay',
        "  - program/b  only in one",
        "  + program/c  only in two",
        "1 difference, 1 only in one, 1 only in two, 7 identical; without a key: 3 in two.",
    ]
    first = json.loads(comparison.json(value))["differences"][0]
    assert first["fields"] == [
        {"path": "/fee", "label": "fee", "risk": "money", "overlay": False, "from": 1, "to": 2},
        {"path": "/name", "label": "name", "risk": None, "overlay": True, "to": "a"},
    ]


def test_a_pull_names_the_projects_whose_records_it_skipped() -> None:
    assert shown(pull.text(Pulled(left_out={"other": 2}), "sandbox")) == [
        "  skipped: 2 records of project other; name a record to pull it",
        "",
        "No changes.",
    ]
    assert shown(pull.text(Pulled(), "sandbox")) == ["No changes."]
    assert shown(pull.text(Pulled(), "sandbox", command="Promote")) == ["Promote: no file changes."]
    bound = Pulled(binds=(Binding(A, "id-a"),), names=reports.NAMES)
    assert shown(pull.text(bound, "sandbox")) == [
        "  bound program/a to id-a  bindings/sandbox.yaml",
        "",
        "Pull: 0 documents added, 0 changed, 1 binding.",
    ]


def test_doctor_shows_the_help_of_failed_checks_and_what_git_can_fetch() -> None:
    checks = [
        Check("git", True, "the base is commit 1234567", "to fetch the bases of others too: git config"),
        Check("token", True, "valid"),
        Check("lists", False, "403", "ask for the right"),
    ]
    settings = [Setting("tenant", "hisp", "rhythmconf.yaml"), Setting("lag", "5", "default")]
    assert shown(doctor.text(settings, checks)) == [
        "Settings",
        "  tenant  hisp  (rhythmconf.yaml)",
        "  lag     5  (default)",
        "",
        "Checks",
        "  ok    git: the base is commit 1234567",
        "          help: to fetch the bases of others too: git config",
        "  ok    token: valid",
        "  wrong lists: 403",
        "          help: ask for the right",
        "",
        "1 of 3 checks failed.",
    ]
    assert shown(doctor.text(settings, checks[1:2]))[-1] == "All 1 checks passed."


def test_doctor_says_once_what_is_wrong_with_several_kinds() -> None:
    refused = ("The tenant does not permit this call (403 Forbidden).", "check the tenant")
    checks = [
        Check("token", True, "valid"),
        Check("notice", False, *refused),
        Check("program", False, *refused),
        Check("programGroup", True, "2 records"),
        Check("statusReason", True, "2 records"),
        Check("exam", False, *refused),
        Check("center", False, "not found (404)", "check the tenant"),
    ]
    assert shown(doctor.text([], checks))[3:] == [
        "  ok    token: valid",
        f"  wrong notice, program: {refused[0]}",
        "          help: check the tenant",
        "  ok    programGroup: 2 records",
        "  ok    statusReason: 2 records",
        f"  wrong exam: {refused[0]}",
        "  wrong center: not found (404)",
        "          help: check the tenant",
        "",
        "4 of 7 checks failed.",
    ]
    assert [one["name"] for one in json.loads(doctor.json("sandbox", [], checks))["checks"]] == [
        check.name for check in checks
    ]


def test_a_dialect_is_printed_as_yaml() -> None:
    assert shown(dialect.text("sandbox", "notice", {"list": "null", "guard": "values"}, {"lag": "no answer"})) == [
        "# Observed with a temporary record of notice, now deleted. Copy this into rhythmconf.yaml:",
        "environments:",
        "  sandbox:",
        "    dialect:",
        "      guard: values",
        '      list: "null"',
        "      # lag: undecided: no answer",
    ]


def test_format_counts_the_other_files() -> None:
    assert shown(formatting.text(["a.yaml"], 3, check=True)) == [
        "  ~ a.yaml",
        "1 file would be reformatted, 2 already formatted.",
    ]
    assert shown(formatting.text([], 3, check=False)) == ["3 files unchanged."]
    assert json.loads(formatting.json(["a.yaml"], 3, ["b.yaml"])) == {
        "files": 3,
        "changed": ["a.yaml"],
        "failed": ["b.yaml"],
    }


def test_a_review_lists_the_pairs_and_what_is_undecided() -> None:
    pair = Pair(A, None, Record(A.kind, "id-a", {"name": "A | B"}), "adoption", "natural key name = 'A'")
    problem = Diagnostic("RC303", "two records fit", help="Bind one.")
    page = adoption.markdown(reports.plan(), [pair, pair._replace(mark="rhythmconf/hisp/a")], [problem])
    assert page.splitlines()[2:] == [
        "2 records. No field changes, and nothing has been written yet.",
        "",
        "| document | record | name | reason | written |",
        "|---|---|---|---|---|",
        "| `program/a` | `id-a` | `A \\u007c B` | `natural key name = 'A'` | `a line of the bindings file` |",
        "| `program/a` | `id-a` | `A \\u007c B` | `natural key name = 'A'` | `mark rhythmconf/hisp/a` |",
        "",
        "## Undecided",
        "",
        "- two records fit",
        "  Bind one.",
    ]
    assert "Undecided" not in adoption.markdown(reports.plan(), [pair], [])
    assert shown(adoption.text([pair], [problem], "review.md")) == ["1 record to adopt, 1 undecided.  see review.md"]
