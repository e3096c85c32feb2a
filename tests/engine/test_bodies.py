"""All templates and schedules of a tenant before and after a plan, also those that no document stands for."""

from __future__ import annotations

from typing import Any

from rhythmconf.engine import diff
from rhythmconf.engine.diff import Difference
from rhythmconf.model import Change, Identity, Key, LiveState, Pair, Record
from tests.support.emulated import shipped_catalog

TEMPLATE, SCHEDULE = "certifications/billingTemplate", "certifications/recurringBillingRun"
KINDS = [shipped_catalog().kinds[name] for name in (TEMPLATE, SCHEDULE)]


def record(kind: str, id: str, **body: str) -> Record:
    return Record(kind, id, {"id": id, **body})


def both(
    differences: list[Difference], keys: dict[Key, str], *records: Record, new: tuple[Key, ...] = ()
) -> list[dict[str, Any]]:
    live = LiveState({kind.name: tuple(one for one in records if one.kind == kind.name) for kind in KINDS})
    identity = Identity(tuple(Pair(key, None, None, "mark") for key in (*keys, *new)), keys)
    found = diff.all_before_and_after(identity, differences, live, KINDS)
    return [{str(key).partition("/")[2]: body for key, body in side.items()} for side in found]


def test_a_record_without_a_document_has_its_name_and_stays() -> None:
    known, strange = record(TEMPLATE, "t-1", name="Known"), record(TEMPLATE, "t-2", name="Strange one")
    runs = record(SCHEDULE, "s-1", name="Runs", template_id="t-2")
    before, after = both([], {Key(TEMPLATE, "known"): "t-1"}, known, strange, runs)
    assert set(before) == {"billingTemplate/known", "billingTemplate/Strange one", "recurringBillingRun/Runs"}
    assert before == after
    # Its schedule refers to it by that name.
    assert before["recurringBillingRun/Runs"]["template_id"] == {"$ref": f"{TEMPLATE}/Strange one"}


def test_a_name_that_is_taken_gives_way_to_the_id() -> None:
    records = [
        record(TEMPLATE, "t-1", name="drops"),
        record(TEMPLATE, "t-2", name="Same"),
        record(TEMPLATE, "t-3", name="Same"),
    ]
    key = Key(TEMPLATE, "drops")
    created = Difference(Change(key, "create"), None, {"name": "New"})
    before, after = both([created], {}, *records, new=(key,))
    assert set(before) == {"billingTemplate/t-1", "billingTemplate/Same", "billingTemplate/t-3"}
    assert after == {**before, "billingTemplate/drops": {"name": "New"}}


def test_what_a_plan_changes_is_changed_and_what_it_deletes_is_gone() -> None:
    keys = {Key(TEMPLATE, "a"): "t-1", Key(TEMPLATE, "b"): "t-2"}
    live = [record(TEMPLATE, "t-1", name="A"), record(TEMPLATE, "t-2", name="B")]
    update = Difference(Change(Key(TEMPLATE, "a"), "update", id="t-1"), live[0].body, {"name": "AA"})
    delete = Difference(Change(Key(TEMPLATE, "b"), "delete", id="t-2"), live[1].body, None)
    before, after = both([update, delete], keys, *live)
    assert {name: body["name"] for name, body in before.items()} == {"billingTemplate/a": "A", "billingTemplate/b": "B"}
    assert after == {"billingTemplate/a": {"name": "AA"}}
