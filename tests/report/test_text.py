"""Text reports: no text of a tenant controls the terminal, and deletions and risks are always shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.cli.console import wants_color
from rhythmconf.model import (
    MISSING,
    Action,
    Binding,
    Change,
    Diagnostic,
    FieldChange,
    Fingerprint,
    Guard,
    Key,
    KindNames,
    Location,
    Origin,
    Outcome,
    Plan,
    Resource,
    Result,
    Run,
    Summary,
)
from rhythmconf.report import text_diagnostics
from rhythmconf.report.formats import text
from rhythmconf.report.subjects import resource as resource_report
from rhythmconf.report.subjects import run as run_report
from rhythmconf.report.terminal import STYLES, Line, columns, render, safe

ESCAPE = re.compile(r"\x1b\[([\d;]*)m")
CODES = {code for code in STYLES.values() if code} | {"0"}
HOSTILE = {
    "an escape sequence": "\x1b[2J\x1b[31mred",
    "the clipboard (OSC 52)": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "a link (OSC 8)": "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "a C1 control": "\x9b31mred\x85next",
    "a carriage return": "safe\rgone",
    "a forged line": "fine\nPlan: 0 to add, 0 to change, 0 to destroy.",
    "a backspace": "rm\b\b\bls",
    "bidi overrides": "user\u202e\u2066// check admin\u2069\u2066",
    "zero width": "ad\u200bmin\ufeff",
    "line separators": "one\u2028two\u2029three",
    "half a surrogate pair": "\ud800",
    "private use and tags": "\ue000\U000e0041",
    "nul": "a\0b",
}
KEY = Key("certifications/program", "cmsi")
PLACE = Fingerprint("sandbox", "hisp", "https://{module}.api.rhythmsoftware.com")


def shown(lines: Iterable[Line]) -> str:
    return render(lines, color=False)


def plan(*changes: Change, summary: Summary | None = None, **more: object) -> Plan:
    counts: dict[Action, int] = {"create": 0, "update": 0, "delete": 0, "adopt": 0}
    for change in changes:
        counts[change.action] += 1
    return Plan(PLACE, changes, summary or Summary(**counts), names=KindNames("certifications"), **more)  # type: ignore[arg-type]


def update(*fields: FieldChange, **more: object) -> Change:
    return Change(KEY, "update", id="r1", fields=fields, **more)  # type: ignore[arg-type]


def everything(hostile: str) -> list[Iterable[Line]]:
    """Return every text report, with the same text wherever a tenant or a file could put one."""
    key = Key("certifications/program", hostile)
    location = Location(hostile, 3, 1)
    fields = (
        FieldChange(f"/{hostile}", hostile, f"{hostile}!", location=location),
        FieldChange("/a", [hostile], {hostile: hostile}, "money", location, label=f"a[{hostile}].b"),
        FieldChange("/text", f"{hostile}\none", f"{hostile}\ntwo"),
        FieldChange("/new", MISSING, hostile),
    )
    change = Change(
        key,
        "update",
        id=hostile,
        reason=hostile,
        name=hostile,
        fields=fields,
        patch=({"op": "add", "path": "/a", "value": hostile},),
    )
    whole = Plan(
        Fingerprint(hostile, hostile, hostile),
        (change, Change(key, "delete", id=hostile, reason=hostile)),
        Summary(update=1, delete=1),
        guards=(Guard("g", hostile, ok=False, message=hostile, overrides=(hostile,)),),
        allowed=(hostile,),
        commit=hostile,
    )
    finding = Diagnostic("RC1", hostile, location=location, help=hostile)
    run = Run(hostile, (Result(key, "update", "rejected", hostile, hostile),), 1, (Binding(key, hostile),))
    resource = Resource(key, {hostile: hostile}, (Origin(hostile),), protect=True)
    return [
        text.plan_with_patches(whole),
        text.summary(whole),
        text.plan_in_full(whole),
        run_report.text(run),
        text_diagnostics.validation(1, [finding], {finding: hostile}),
        resource_report.text(resource.key, resource, Binding(key, hostile)),
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_report_passes_control_characters_to_the_terminal(name: str) -> None:
    for report in everything(HOSTILE[name]):
        harmless(render(report, color=True))


@given(st.text(max_size=20))
def test_no_report_passes_generated_control_characters_to_the_terminal(hostile: str) -> None:
    for report in everything(hostile):
        harmless(render(report, color=True))


def harmless(output: str) -> None:
    """Check that there are only our own colours and no invisible characters."""
    assert set(ESCAPE.findall(output)) <= CODES
    for line in ESCAPE.sub("", output).split("\n"):
        assert safe(line) == line, ascii(line)
    output.encode("utf-8", "strict")


def test_no_text_can_forge_a_line() -> None:
    forged = "fine\nNo changes."
    lines = shown(text.plan(plan(update(FieldChange("/name", "a", forged))))).splitlines()
    assert lines[-1] == "Plan: 0 to add, 1 to change, 0 to destroy."
    assert "No changes." not in lines


def test_ordinary_text_is_unchanged() -> None:
    for ordinary in ("Zertifizierung für Prüfer", "日本語", "naïve café", "‘quoted’ – dash … €", "emoji 🚢"):
        assert safe(ordinary) == ordinary


def test_without_colour_there_is_no_escape() -> None:
    for report in everything("plain"):
        assert "\x1b" not in render(report, color=False)


LAST = {
    "Plan: 3 to add, 1 to change, 0 to destroy.": Summary(create=3, update=1),
    "Plan: 0 to add, 0 to change, 2 to destroy, 12 to adopt.": Summary(delete=2, adopt=12),
    "Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt.": Summary(adopt=1, unchanged=9),
    "No changes.": Summary(unchanged=57),
}


@pytest.mark.parametrize("line", LAST)
def test_the_last_line_of_a_plan_has_the_counts(line: str) -> None:
    summary = LAST[line]
    changes = [Change(KEY, "create")] if line != "No changes." else []
    lines = shown(text.plan(plan(*changes, summary=summary))).splitlines()
    assert lines[-1] == line
    assert shown(text.summary(plan(*changes, summary=summary))).splitlines()[-1] == line
    if changes:
        assert lines[1].startswith(line.removeprefix("Plan: "))


RESULTS: dict[str, list[tuple[Action, Outcome]]] = {
    "Apply complete! Resources: 1 added, 1 changed, 1 destroyed.": [
        ("create", "applied"),
        ("update", "applied"),
        ("delete", "applied"),
    ],
    "Apply complete! Resources: 0 added, 0 changed, 0 destroyed, 2 adopted.": [("adopt", "applied")] * 2,
    "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.": [],
    "Apply incomplete! Resources: 1 added, 0 changed, 0 destroyed.": [
        ("create", "applied"),
        ("update", "conflict"),
        ("update", "not_attempted"),
    ],
}


@pytest.mark.parametrize("line", RESULTS)
def test_the_last_line_of_a_run_has_the_counts(line: str) -> None:
    results = tuple(Result(KEY, action, outcome) for action, outcome in RESULTS[line])
    assert shown(run_report.text(Run("r", results, 3, names=KindNames("certifications")))).splitlines()[-1] == line


def test_failed_and_unattempted_changes_are_counted_and_named() -> None:
    results = (
        Result(KEY, "create", "rejected", message="name is taken"),
        Result(KEY, "update", "unknown"),
        Result(KEY, "update", "not_attempted"),
    )
    report = shown(run_report.text(Run("r", results, 3, names=KindNames("certifications"))))
    assert "2 failed, 1 not attempted." in report
    assert "program/cmsi  rejected  name is taken" in report
    assert "program/cmsi  not attempted" in report


def test_every_deletion_and_every_risk_of_a_thousand_changes_is_shown() -> None:
    deletes = [Change(Key("certifications/notice", f"n{n}"), "delete", id=f"d{n}") for n in range(300)]
    risky = FieldChange("/price", 10, 20, "money")
    updates = [Change(Key("certifications/program", f"p{n}"), "update", fields=(risky,)) for n in range(700)]
    report = shown(text.plan(plan(*updates, *deletes)))
    assert "price: 10 -> 20  ! money" in report
    assert "the same in 699 other programs: " in report
    for n in range(700):
        assert f" program/p{n}" in report
    for n in range(300):
        assert f"  - notice/n{n}  id d{n}\n" in report
    assert "Risk: 700 money" in report.splitlines()[1]


def test_the_summary_keeps_deletions_and_counts_risks() -> None:
    gone = Change(KEY, "delete", id="d", reason="no document")
    report = shown(text.summary(plan(gone, update(FieldChange("/price", 10, 20, "money")))))
    assert "  - program/cmsi  id d  (no document)\n" in report
    assert "Risk: 1 money" in report
    assert "price" not in report


def test_the_summary_marks_risks_conflicts_and_drift() -> None:
    fields = (
        FieldChange("/body", "a", "b", "inbox"),
        FieldChange("/price", 10, 20, "money", side="drift"),
        FieldChange("/name", "theirs", "ours", side="conflict", base="before"),
    )
    report = shown(text.summary(plan(update(*fields), update(FieldChange("/name", "a", "b", side="yours")))))
    lines = [line.split()[3:] for line in report.splitlines() if line.startswith("  ~")]
    assert lines == [["r1", "!", "money", "!", "inbox", "conflict", "drift"], ["r1"]]


def test_a_field_shows_old_and_new_value_and_location() -> None:
    field = FieldChange("/email/subject", "Old", "New", "inbox", Location("config/a.yaml", 7, 3))
    assert '      ~ email.subject: "Old" -> "New"  ! inbox  config/a.yaml:7\n' in shown(text.plan(plan(update(field))))


def test_a_change_has_the_name_of_its_record_and_says_what_it_does() -> None:
    field = FieldChange("/is_active", True, False, "inbox")
    first = update(field, name="Time to renew")
    others = [first._replace(key=Key(KEY.kind, other), name=other.upper()) for other in ("a", "b")]
    gone = Change(Key(KEY.kind, "c"), "delete", id="d", name="Old safety")
    lines = shown(text.plan(plan(first, *others, gone))).splitlines()
    assert lines[5:] == [
        "  - program/c (Old safety)  id d",
        "      ! This program is deleted.",
        "",
        "  ~ program/cmsi (Time to renew)  id r1",
        "      ! This changes what members are sent: Is active yes → no.",
        "      ~ is_active: true -> false  ! inbox",
        "      the same in 2 other programs: program/a, program/b",
        "",
        "Plan: 0 to add, 3 to change, 1 to destroy.",
    ]


WORDS = "Harbor Institute of Safety Professionals, 12 Pier Road, https://a.example/" + "long" * 30 + " 日本語 " * 30


@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_no_line_is_longer_than_the_terminal_but_for_a_word_that_is(width: int) -> None:
    field = FieldChange("/email/subject", WORDS, WORDS[::-1], "inbox", Location("config/a.yaml", 7, 3))
    value = plan(update(field, name=WORDS, reason=WORDS), update(field._replace(new="a\nb")), allowed=(WORDS,))
    whole = shown(text.plan(value))
    broken = render(text.plan(value), color=False, width=width)
    assert broken.split() == whole.split()  # no word is broken, none is lost
    for line in broken.splitlines():
        assert columns(line) <= width or len(line.split()) <= 1, line
    assert (broken == whole) is False
    colored = ESCAPE.sub("", render(text.plan(value), color=True, width=width))
    assert [line.rstrip() for line in colored.splitlines()] == broken.splitlines()


@given(st.text(alphabet=" ab日\u0301:#[\n", max_size=60), st.integers(1, 30))
def test_breaking_a_line_keeps_its_words(line: str, width: int) -> None:
    broken = render([[("plain", line[:9]), ("bold", line[9:])]], color=False, width=width)
    assert broken.split() == render([[("plain", line[:9]), ("bold", line[9:])]], color=False).split()


def test_a_list_item_is_named_by_its_key() -> None:
    field = FieldChange("/reminders/1/name", "a", "b", label="reminders[60 days].name")
    assert "~ reminders[60 days].name: " in shown(text.plan(plan(update(field))))


def test_signs_distinguish_changes_without_colour() -> None:
    fields = FieldChange("/a", MISSING, 1), FieldChange("/b", 1, MISSING), FieldChange("/c", 1, 2)
    report = shown(text.plan(plan(update(*fields))))
    for line in ("+ a: 1\n", "- b: 1 -> (none)\n", "~ c: 1 -> 2\n"):
        assert f"      {line}" in report


def test_each_action_has_a_symbol() -> None:
    actions: tuple[Action, ...] = ("create", "update", "delete", "adopt")
    report = shown(text.plan(plan(*(Change(Key("certifications/k", action), action) for action in actions))))
    assert [line[2] for line in report.splitlines() if line[4:6] == "k/"] == list("-~+=")


def test_an_id_that_is_not_known_yet_is_shown_by_its_key() -> None:
    field = FieldChange("/program_id", MISSING, {"$ref": "certifications/program/cmsi"})
    assert "program_id: program/cmsi\n" in shown(text.plan(plan(update(field))))
    other = FieldChange("/program_ids", ["1"], ["1", {"$ref": "other/program/cmsi"}])
    assert 'program_ids: ["1"] -> ["1", other/program/cmsi]\n' in shown(text.plan(plan(update(other))))


def test_a_long_text_is_a_diff_of_its_lines() -> None:
    old = "".join(f"line {n}\n" for n in range(50))
    report = shown(text.plan(plan(update(FieldChange("/email/body", old, old.replace("line 25", "another"))))))
    assert "-line 25\n" in report
    assert "+another\n" in report
    assert "line 40" not in report


def test_a_small_patch_is_shown_and_a_large_one_measured() -> None:
    small = update(FieldChange("/a", 1, 2), patch=({"op": "replace", "path": "/a", "value": 2},))
    assert f"patch of 1 operation, 40 bytes: {compact(small)}\n" in shown(text.plan_with_patches(plan(small)))
    assert "patch" not in shown(text.plan(plan(small)))
    large = update(patch=tuple({"op": "remove", "path": f"/{n}"} for n in range(50)))
    assert f"patch of 50 operations, {len(compact(large)):,} bytes\n" in shown(text.plan_with_patches(plan(large)))


def compact(change: Change) -> str:
    return json.dumps(list(change.patch), separators=(",", ":"))


def test_a_guard_names_its_override() -> None:
    guards = (
        Guard("share", "program", ok=False, message="60 % are updated", overrides=("--allow-updates program=60%",)),
        Guard("fine", "notice", ok=True, message="nothing to see"),
    )
    report = shown(text.plan(plan(Change(KEY, "update"), guards=guards)))
    assert "refused: 60 % are updated  (override: --allow-updates program=60%)\n" in report
    assert "nothing to see" not in report


def test_a_finding_has_location_source_line_and_help() -> None:
    diagnostic = Diagnostic("RC203", "no field 'nam'", location=Location("a.yaml", 12, 3), help="did you mean 'name'?")
    assert shown(text_diagnostics.validation(2, [diagnostic], {diagnostic: "  nam: x"})) == (
        "error[RC203]: no field 'nam'\n"
        " --> a.yaml:12:3\n"
        "  12 |   nam: x\n"
        "     |   ^\n"
        "  help: did you mean 'name'?\n"
        "\n"
        "Found 1 error in 2 documents.\n"
    )


def test_findings_that_follow_with_the_same_help_have_it_once() -> None:
    def one(line: int, code: str = "RC301", help: str = "run it") -> Diagnostic:
        return Diagnostic(code, f"twice {line}", location=Location("a.yaml", line, 1), help=help)

    values = [one(1), one(2), one(3, help="another"), one(4, "RC302", "another"), one(5), one(6, help=""), one(7)]
    report = shown(text_diagnostics.validation(1, values, dict.fromkeys(values, "x")))
    blocks = report.split("\n\n")
    assert [(block.count("error["), block.count("help:")) for block in blocks[:6]] == [
        (2, 1),
        (1, 1),
        (1, 1),
        (1, 1),
        (1, 0),
        (1, 1),
    ]
    # Each keeps its place and its line.
    assert (report.count(" --> a.yaml:"), report.count(" | x")) == (7, 7)


class Stream:
    def __init__(self, tty: bool) -> None:
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


@pytest.mark.parametrize(
    ("choice", "environ", "tty", "colours"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"CI": "true"}, False, False),
    ],
)
def test_colours_depend_on_terminal_and_variables(
    choice: str, environ: dict[str, str], tty: bool, colours: bool
) -> None:
    assert wants_color(choice, Stream(tty), environ) is colours  # type: ignore[arg-type]
