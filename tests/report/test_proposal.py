"""The text of the pull request with drift goes in the direction of its branch: what merging keeps."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from rhythmconf.model import (
    MISSING,
    Change,
    Diagnostic,
    FieldChange,
    FieldTitles,
    Key,
    KindNames,
    LastChange,
    Location,
    Plan,
)
from rhythmconf.report.comment import LIMIT
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import proposal, text
from rhythmconf.report.terminal import render
from tests.support import reports
from tests.support.reports import PLACE

LAST = LastChange("2026-11-25T14:02:11Z", "5f1c9a77")
AT = Location("config/drops.yaml", 9)
OFF = FieldChange("/is_active", False, True, "money", AT, side="drift")
ON = OFF._replace(old=True, new=False)
DAYS = FieldChange("/days", 5, 3, None, Location("config/drops.yaml", 12), side="drift")
TITLES_OF_KINDS = {"certifications/billingTemplate": FieldTitles(fields={"is_active": FieldTitles(role="active")})}
NAMES = KindNames("certifications", titles=TITLES_OF_KINDS)


def plan(*changes: Change) -> Plan:
    return reports.plan(*changes, names=NAMES)


def record(*fields: FieldChange, name: str = "Drops, weekly", key: str = "drops", action: str = "update") -> Change:
    change = reports.change(f"billingTemplate/{key}", action, *fields)  # type: ignore[arg-type]
    return change._replace(name=name, last_change=LAST if action == "update" else None)


DELETED = record(FieldChange("/name", MISSING, "Retired", None, AT, side="drift"), name="Retired", action="create")
TITLES = [
    ((record(OFF),), "'Drops, weekly' was switched off"),
    ((record(ON),), "'Drops, weekly' was switched on"),
    ((record(OFF, DAYS),), "'Drops, weekly' was switched off, and 1 other field changed"),
    ((record(DAYS),), "'Drops, weekly': Days changed from 3 to 5"),
    ((record(DAYS._replace(old="x" * 60)),), "'Drops, weekly': Days changed"),
    ((record(DAYS, DAYS._replace(path="/x")),), "'Drops, weekly' has 2 changed fields"),
    ((record(DAYS, name=""),), "billingTemplate/drops: Days changed from 3 to 5"),
    ((record(DAYS._replace(new=MISSING)),), "'Drops, weekly': Days added"),
    ((record(DAYS._replace(old=MISSING)),), "'Drops, weekly': Days removed"),
    ((record(OFF._replace(side=None)),), "'Drops, weekly' is off in the tenant, but not in the files"),
    ((record(DAYS._replace(side=None)),), "'Drops, weekly': Days differs"),
    ((DELETED,), "'Retired' was deleted"),
    ((record(OFF), record(DAYS, key="b"), DELETED), "2 records changed, 1 of them switched off; 1 record deleted"),
    ((DELETED, DELETED._replace(key=Key("a/b", "c"))), "2 records deleted"),
]


@pytest.mark.parametrize(("changes", "expected"), TITLES, ids=[title for _, title in TITLES])
def test_the_title_says_what_happened_in_the_tenant(changes: tuple[Change, ...], expected: str) -> None:
    assert proposal.title(plan(*changes)) == f"Drift of production: {expected}"


def test_a_drop_that_was_switched_off_stays_off_when_it_is_merged() -> None:
    written = proposal.markdown(plan(record(OFF)))
    lines = written.splitlines()
    assert lines[:2] == [
        "<!-- rhythmconf:drift:production -->",
        "### Drift of `production`: `Drops, weekly` was switched off",
    ]
    assert (
        "- **`Drops, weekly`** (`billingTemplate/drops`) was switched off. "
        "Last changed in the tenant: Wed 25 Nov 2026, 14:02 UTC, by user `5f1c9a77`."
    ) in lines
    assert (
        "  - `Is active` (`is_active`): `true` in the files, `false` in the tenant now **money** "
        "`config/drops.yaml:9`. Merge: it stays off. Close: the next apply switches it on."
    ) in lines
    # Nothing in it goes the other way: an arrow, or a patch.
    assert not re.search(r"→|->|put back|\"op\"|to change", written.replace("-->", ""))


def test_money_comes_first_and_all_shapes_of_drift_are_told() -> None:
    mail = FieldChange("/email/body", "<p>Hi</p>\nnew\n", "<p>Hi</p>\nold\n", "inbox", AT, side="drift")
    added = FieldChange("/steps/1", {"name": "b"}, MISSING, None, AT, "steps[b]", "drift", items=("b",))
    removed = FieldChange("/steps/0", MISSING, {"name": "a"}, None, AT, "steps[a]", "drift", items=("a",))
    reference = FieldChange("/program_id", "id1", "id2", None, AT, side="drift")._replace(
        names=(("id1", Key("certifications/program", "cmsi")), ("id2", "Old one"))
    )
    conflict = FieldChange("/days", 5, 3, None, AT, side="conflict", base=4)
    removed_document = record(conflict._replace(new=MISSING), key="gone", action="delete")
    note = Diagnostic("RC553", "program: 1 record without a document in production: x (Diver)", "note")
    value = plan(
        record(added, removed, reference, key="list"),
        record(mail, key="mail"),
        record(OFF, key="off"),
        record(conflict, key="both"),
        DELETED,
        removed_document,
    )
    written = proposal.markdown(value._replace(diagnostics=(note,)))
    headings = re.findall(r"^#### (.*)", written, re.MULTILINE)
    assert headings == [
        "Money: what members are billed",
        "Inbox: what members are sent",
        "Without a risk for members",
        "Not on this branch: somebody has to decide",
    ]
    lines = [line.strip().removesuffix(" `config/drops.yaml:9`") for line in written.splitlines()]
    for line in (
        '- `Steps › b` (`steps[b]`): not in the files, `{"name": "b"}` in the tenant now',
        '- `Steps › a` (`steps[a]`): `{"name": "a"}` in the files, removed in the tenant',
        '- `Program` (`program_id`): `"id2" (Old one)` in the files, `program/cmsi` in the tenant now',
    ):
        assert line in lines
    text_line = lines.index("- `Email › Body` (`email.body`): the text was changed **inbox**")
    assert lines[text_line + 1 : text_line + 7] == ["```diff", "@@ -1,2 +1,2 @@", "<p>Hi</p>", "-old", "+new", "```"]
    told = re.sub("[`*]", "", written)
    assert "Retired (billingTemplate/drops) was deleted in the tenant. The next apply creates it again." in told
    assert "To accept the deletion, delete its document in config/drops.yaml." in told
    assert "add the line --ours billingTemplate/both to overrides/production.txt" in told
    assert "3 in the files, 5 in the tenant now" in told
    assert "To delete the record, add the line --ours billingTemplate/gone" in told
    assert "1 record without a document in production" in told


def test_a_conflict_alone_is_not_on_the_branch() -> None:
    conflict = FieldChange("/days", 5, 3, None, AT, side="conflict", base=4)
    written = proposal.markdown(plan(record(conflict)))
    assert "Nothing of this drift can be written into the files." in written
    assert "Merge" not in written


def test_the_message_of_the_commit_has_the_title_first() -> None:
    lines = proposal.commit(plan(record(OFF), record(DAYS, key="b"))).splitlines()
    assert lines[:2] == ["Drift of production: 2 records changed, 1 of them switched off", ""]
    assert "billingTemplate/drops: 'Drops, weekly' was switched off" in lines
    assert "  last changed in the tenant: Wed 25 Nov 2026, 14:02 UTC, by user 5f1c9a77" in lines


@pytest.mark.parametrize("count", [60, 5_000])
def test_the_text_always_fits(count: int) -> None:
    changes = [record(OFF, DAYS._replace(old="y" * 300, new="z" * 300), key=f"k{number}") for number in range(count)]
    written = proposal.markdown(plan(*changes))
    assert len(written) <= LIMIT
    assert f"{count:,} records" in written


@given(reports.hostile_plans())
@reports.FEW
def test_no_data_of_the_tenant_gets_out_of_its_place(case: tuple[Plan, list[Diagnostic]]) -> None:
    value = case[0]
    drifted = value._replace(fingerprint=PLACE, changes=tuple(one._replace(side="drift") for one in value.changes))
    assert "\n" not in proposal.title(drifted)
    written = proposal.commit(drifted)
    assert all(line.isprintable() for line in written.split("\n"))
    # Hosts notify people and close issues that the message of a commit names.
    assert not re.search(r"@\w|#\w|GH-\d", written)


def test_the_text_of_drift_names_both_sides() -> None:
    written = render(text.plan(plan(record(OFF)), DRIFT), color=False)
    assert "is_active: in the tenant now false, in the files true  ! money  the next apply puts it back" in written
    assert "->" not in written
