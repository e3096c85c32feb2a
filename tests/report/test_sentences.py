"""Each risk of a plan is said in a sentence that somebody who knows no field understands."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from rhythmconf.catalog import load_shipped
from rhythmconf.model import MISSING, Change, FieldChange, Plan
from rhythmconf.model.effects import Effects
from rhythmconf.report.display import for_people
from rhythmconf.report.facts import risky_fields
from rhythmconf.report.sentences import risk_sentences
from tests.support import reports
from tests.support.reports import change, field, key

CATALOG = load_shipped()
NAMES = CATALOG.names_with_titles(CATALOG.kinds)._replace(module="certifications", shared=frozenset())
NEXT = Effects(date(2026, 11, 28), "UTC", (), (), {}, {key("recurringBillingRun/drops"): date(2026, 11, 30)})
WEEKLY = {"schedule": "every week on Monday at 08:00", "is_active": True}


def said(made: Change, effects: Effects | None = None) -> list[str]:
    return [each.text for each in risk_sentences(reports.plan(made, names=NAMES, effects=effects), made)]


def update(name: str, *fields: FieldChange, **facts: object) -> list[str]:
    return said(change(name, "update", *fields, **facts))


OFF = field("/is_active", True, False, "money")
ON = field("/is_active", False, True, "money")


@pytest.mark.parametrize(
    ("name", "fields", "sentences"),
    [
        ("recurringBillingRun/a", [ON], ["This run happens from now on."]),
        ("recurringBillingRun/a", [OFF], ["This run no longer happens."]),
        ("billingTemplate/a", [OFF], ["Runs of this template do nothing any more."]),
        ("statusReason/a", [OFF], ["This status reason is no longer active."]),
        (
            "recurringBillingRun/a",
            [field("/pre_processing_lead_time", 3, 5, "money"), field("/template_id", "1", "2", "money")],
            ['This changes what members are billed: Lead time 3 → 5; Billing template "1" → "2".'],
        ),
        (
            "recurringBillingRun/a",
            [field("/schedule", "every day at 08:00", "every day at 09:00", "inbox")],
            ['This run happens at other times: Schedule "every day at 08:00" → "every day at 09:00".'],
        ),
        (
            "notice/a",
            [field("/email/body", "a\nb", "a\nc", "inbox"), field("/email/subject", "Hi", "Ho", "inbox")],
            ["This mail changes: Email › Text; Email › Subject."],
        ),
        (
            "billingTemplate/a",
            [field("/perform_drops", True, False, "access"), field("/send_renewal_reminders", False, True, "inbox")],
            [
                "The runs do this from now on: Remind holders to renew.",
                "The runs no longer do this: Drop expired certifications.",
            ],
        ),
        (
            "billingTemplate/a",
            [field("/drop_options/expiration_date_range_end/number", 61, 60, "access")],
            ["The runs take other expiration dates: Drops › Last expiration date › Number 61 → 60."],
        ),
        (
            "billingTemplate/a",
            [field("/drop_options/drop_notice_id", "1", "2", "inbox")._replace(names=(("2", key("notice/b")),))],
            ['Members get another mail: Drops › Notice "1" → certifications/notice/b.'],
        ),
        (
            "billingTemplate/a",
            [field("/drop_options/program_ids", ["1"], ["2", "3"], "access")._replace(names=(("2", "Diver"),))],
            ["The runs drop, expire or activate by other rules: Drops › Programs: also Diver, 3, no longer 1."],
        ),
        (
            "billingTemplate/a",
            [
                field("/renewal_reminder_options/reminders/1", MISSING, {"name": "60 days"}, "inbox")._replace(
                    items=("60 days",)
                )
            ],
            ["The runs send mail by other rules: Renewal reminders › Reminder › 60 days is added."],
        ),
        ("program/a", [field("/customer_type", MISSING, None, "access"), field("/name", "a", "b")],
         ["The standing or the access of members changes: Held by people or organizations (none) → (none)."]),
    ],
)  # fmt: skip
def test_a_risk_is_a_sentence(name: str, fields: list[FieldChange], sentences: list[str]) -> None:
    assert update(name, *fields) == sentences


def test_a_run_that_is_switched_off_says_when_it_was_due() -> None:
    off = change("recurringBillingRun/drops", "update", OFF, before=WEEKLY)
    due = "It was due every week on Monday at 08:00, next on Mon 30 Nov 2026."
    assert said(off, NEXT) == [f"This run no longer happens. {due}"]
    plan = for_people(reports.plan(off, names=NAMES, effects=NEXT))
    assert risk_sentences(plan, plan.changes[0])[0].text.endswith(due)
    cron = off._replace(before={"schedule": "0 8 * * 1"})
    assert said(cron) == ["This run no longer happens. It was due by its schedule, '0 8 * * 1'."]
    deleted = change("recurringBillingRun/drops", "delete", before=WEEKLY)
    assert said(deleted, NEXT) == [f"This run is deleted and no longer happens. {due}"]


def test_a_deletion_says_whether_the_record_was_in_use() -> None:
    reason = change("statusReason/a", "delete", before={"is_active": True})
    assert said(reason) == ["This status reason is deleted; it is active now."]
    off = "This status reason is deleted; it was switched off already."
    assert said(reason._replace(before={"is_active": False})) == [off]
    assert said(reason._replace(before={})) == ["This status reason is deleted."]


def test_a_new_record_says_what_it_can_do() -> None:
    fields = [field("/is_active", MISSING, True, "money"), field("/email", MISSING, {}, "inbox")]
    assert said(change("fee/a", "create", *fields)) == [
        "This fee is new: members can be billed by it and members can get mail by it."
    ]
    assert said(change("fee/a", "create", field("/name", MISSING, "a"))) == []


@given(reports.hostile_plans())
def test_every_field_with_a_risk_is_in_one_sentence(hostile: tuple[Plan, object]) -> None:
    plan = hostile[0]
    for each in plan.changes:
        if each.action != "delete":
            covered = [one for sentence in risk_sentences(plan, each) for one in sentence.fields]
            assert sorted(map(id, covered)) == sorted(map(id, risky_fields(each)))
