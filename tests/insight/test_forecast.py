"""People and money of runs, before and after a change."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from rhythmconf.insight.forecast import Change, People, read_side, sample
from rhythmconf.model import Key
from rhythmconf.model.forecast import Forecast, Prepared, Row, Unknown
from tests.support.calendars import FIRST, NEW_YORK, drops, reminders, schedule, template, window
from tests.support.forecasts import (
    POPULATIONS,
    application,
    certification,
    forecast,
    numbered,
    people,
    read_table,
)
from tests.support.members import CASES, CATALOG, Case, make_bodies

SEEN = ("id", "program_id", "status", "expiration_date")
"""The fields of a certification that a tenant shows which hides the others."""
DROPS = [drops("d", -30, -1), schedule("d")]
MONDAYS = [
    "2026-12-07",
    "2026-12-14",
    "2026-12-21",
    "2026-12-28",
    "2027-01-04",
    "2027-01-11",
    "2027-01-18",
    "2027-01-25",
]


def rows_of(found: Forecast, side: str) -> list[dict[str, Any]]:
    """Return the rows with people of one side as cases have them. There, invoices have no amounts at all."""
    return [
        {
            "date": row.day.isoformat(),
            "step": "/".join(filter(None, (row.template, row.option, row.step))),
            "does": row.does,
            "people": number,
            "money": (getattr(row.money, side) or 0.0) if row.money else 0.0,
            "amount_unknown": getattr(row.money.unknown, side) if row.money and row.does != "invoice" else 0,
        }
        for row in found.rows
        if (number := getattr(row.people, side))
    ]


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["date"], row["step"]))


def count(found: Forecast, step: str | None = None) -> list[tuple[int | None, int | None]]:
    """Return the numbers of people of all rows, or of the rows of one step or option."""
    return [tuple(row.people) for row in found.rows if step is None or step in (row.step, row.option)]  # type: ignore[misc]


def make_case(name: str, *, hides: bool) -> Forecast:
    case = CASES[name]
    certifications, applications = (
        read_table(POPULATIONS[name]["population"][each]) for each in ("certifications", "applications")
    )
    if hides:
        certifications = [{name: body[name] for name in SEEN if name in body} for body in certifications]
    return forecast(
        case["documents"],
        case["before"] if "before" in case else case["documents"],
        people(certifications, applications),
        first=date.fromisoformat(case["as_of"]),
        days=case["days"],
    )


@pytest.mark.parametrize("name", POPULATIONS)
def test_people_and_money_of_a_case(name: str) -> None:
    found = make_case(name, hides=False)
    expect = POPULATIONS[name]["expect"]
    for side in ("before", "after"):
        if side in expect:
            assert in_order(rows_of(found, side)) == in_order(expect[side])
    limit = "at_least" if name == "34-invoices" else "exact"
    assert {row.limit for row in found.rows} == {limit}


@pytest.mark.parametrize("name", POPULATIONS)
def test_people_of_a_case_whose_filters_are_hidden(name: str) -> None:
    found = make_case(name, hides=True)
    assert in_order(rows_of(found, "after")) == in_order(POPULATIONS[name]["expect"]["at_most"])
    filtered = {"28-first-drop": "at_most", "32-filters": "at_most", "34-invoices": "at_least"}
    assert {row.limit for row in found.rows} == {filtered.get(name, "exact")}


def test_whoever_is_dropped_is_not_in_runs_of_later_days() -> None:
    # The reminder goes to what has expired, too: on the day of the drop, and not any more a week later.
    after = [drops("d", -30, -1), schedule("d"), reminders("r", ("late", -30, -1)), schedule("r")]
    found = forecast(
        after, after, people(numbered([certification("2026-12-01"), certification("2026-12-12")])), days=21
    )
    assert count(found, "drop_options") == [(1, 1), (1, 1), (0, 0)]
    assert count(found, "late") == [(1, 1), (1, 1), (0, 0)]
    assert [total.people for total in found.totals] == [(2, 2), (2, 2)]


def test_a_drop_whose_filters_are_hidden_takes_nobody_out_of_other_steps() -> None:
    after = [*DROPS, reminders("r", ("late", -30, -1)), schedule("r")]
    hidden = [{key: value for key, value in certification("2026-12-01").items() if key != "do_not_drop"}]
    found = forecast(after, after, people(numbered(hidden)), days=21)
    assert count(found, "drop_options") == [(1, 1), (0, 0), (0, 0)]
    assert count(found, "late") == [(1, 1)] * 3
    limits = {(row.step or row.option, row.day.isoformat()): row.limit for row in found.rows}
    assert limits["drop_options", "2026-12-07"] == "at_most"
    assert [limits["late", day] for day in MONDAYS[:3]] == ["exact", "at_most", "at_most"]


def test_a_certification_without_the_mark_may_be_dropped_where_others_have_it() -> None:
    bare = {key: value for key, value in certification("2026-12-01").items() if key != "do_not_drop"}
    found = forecast(DROPS, DROPS, people(numbered([bare, certification("2026-12-01", do_not_drop=True)])), days=7)
    assert (count(found), found.rows[0].limit) == ([(1, 1)], "exact")


def test_an_application_is_activated_expired_and_invoiced_once() -> None:
    t = template(
        "t",
        activate_applications=True,
        application_activation_options={"program_restriction": "none"},
        expire_applications=True,
        application_expiration_options={"program_restriction": "none", **window(-60, -1)},
        bill_training_providers=True,
        training_provider_billing_options={"program_restriction": "none", **window(-60, -1)},
    )
    after = [t, schedule("t")]
    found = forecast(
        after,
        after,
        people(applications=numbered([application("2026-12-01", "approved"), application("2026-12-09", "draft")])),
        days=21,
    )
    assert count(found, "application_activation_options") == [(1, 1), (0, 0), (0, 0)]
    # Within a day nobody leaves: what is activated on the first Monday is expired by the same run.
    assert count(found, "application_expiration_options") == [(1, 1), (1, 1), (0, 0)]
    assert count(found, "training_provider_billing_options") == [(1, 1), (1, 1), (0, 0)]
    invoice = next(row for row in found.rows if row.does == "invoice")
    assert invoice.money
    assert (invoice.money.after, invoice.money.unknown.after) == (None, 1)
    assert {row.money for row in found.rows if row.does in ("activate", "expire")} == {None}


def test_a_step_that_one_side_has_is_0_on_the_other() -> None:
    found = forecast(
        [*DROPS],
        [reminders("d", ("mail", 1, 7)), schedule("d")],
        people(numbered([certification("2026-12-01")])),
        days=7,
    )
    assert {(row.option, tuple(row.people), row.limit, row.off) for row in found.rows} == {
        ("drop_options", (0, 1), "exact", ("before",)),
        ("renewal_reminder_options", (0, 0), "exact", ("after",)),
    }
    assert Forecast.from_json(found.to_json()) == found


def test_a_renamed_reminder_with_its_number_is_the_same_step() -> None:
    def ladder(name: str) -> list[Any]:
        one = reminders("r", (name, 1, 7))
        one["spec"]["renewal_reminder_options"]["reminders"][0]["id"] = 1
        return [one, schedule("r")]

    found = forecast(ladder("new"), ladder("old"), people(numbered([certification("2026-12-10")])), days=7)
    assert [(row.step, tuple(row.people)) for row in found.rows] == [("new", (1, 1))]


@pytest.mark.parametrize("why", ["budget", "permission"])
def test_what_was_not_read_is_unknown_and_never_0(why: Any) -> None:
    found = forecast(DROPS, DROPS, {"certifications": People(why=why, detail="403 Forbidden")}, days=14)
    assert {(tuple(row.people), row.money, row.why) for row in found.rows} == {((None, None), None, why)}
    assert found.unknown == (Unknown("billingTemplate/d drop_options", why, "403 Forbidden"),)
    assert [(total.people, total.money) for total in found.totals] == [((None, None), None)]


def test_no_dates_at_all_make_windows_unknown() -> None:
    found = forecast(DROPS, DROPS, people(numbered([certification(None), certification(None)])), days=7)
    assert [(tuple(row.people), row.why) for row in found.rows] == [((None, None), "fields")]


def test_dates_that_cannot_be_read_are_counted_apart() -> None:
    records = numbered([certification("2026-12-01"), certification("soon"), certification("31/12/2026")])
    found = forecast(DROPS, DROPS, people(records), days=7)
    assert [(tuple(row.people), row.limit) for row in found.rows] == [((1, 1), "at_least")]
    assert found.unknown == (Unknown("certifications", "fields", "2 expiration dates can't be read"),)


def test_no_date_that_can_be_read_is_unknown_and_never_0() -> None:
    """With one date that can't be read, a run that takes nobody else takes nobody knows how many."""
    found = forecast(DROPS, DROPS, people(numbered([certification("31.11.2026"), certification("2026-12-06")])))
    numbers = [(row.people.after, row.limit, row.why) for row in found.rows]
    assert numbers[0] == (1, "at_least", None)
    assert {row[0::2] for row in numbers[1:]} == {(None, "fields")}
    assert found.totals[0].people.after is None


@pytest.mark.parametrize("value", [None, "true", 1])
def test_a_mark_that_is_not_true_or_false_anywhere_is_not_visible(value: object) -> None:
    found = forecast(DROPS, DROPS, people(numbered([certification("2026-12-06", do_not_drop=value)] * 60)))
    assert (found.rows[0].people.after, found.rows[0].limit) == (60, "at_most")


@pytest.mark.parametrize("value", [None, ""])
def test_dates_that_nobody_has_are_hidden(value: object) -> None:
    found = forecast(DROPS, DROPS, people(numbered([certification(None, expiration_date=value)] * 60)))
    assert {(row.people.after, row.why) for row in found.rows} == {(None, "fields")}


def test_an_instant_is_its_date_in_the_zone_of_the_tenant() -> None:
    # 3 h UTC is 22 h of the day before in New York.
    records = numbered([certification("2026-12-07T03:00:00Z"), certification("2026-12-07T06:00:00Z")])
    after = [drops("d", -1, -1), schedule("d")]
    assert count(forecast(after, after, people(records), days=7)) == [(1, 1)]


def test_the_same_id_counts_once() -> None:
    one = {"id": "a", **certification("2026-12-01")}
    assert count(forecast(DROPS, DROPS, people([one, one]), days=7)) == [(1, 1)]


def test_a_missing_amount_is_counted_and_not_estimated() -> None:
    bare = certification("2026-12-01")
    del bare["forecasted_renewal_amount"]
    [row] = forecast(DROPS, DROPS, people(numbered([bare, certification("2026-12-01")])), days=7).rows
    assert row.money
    assert (row.money.after, row.money.unknown.after, row.people.after) == (100.0, 1, 2)


def test_a_schedule_that_is_not_understood_has_no_rows_and_no_total() -> None:
    strange = [drops("d", -30, -1), schedule("d", "whenever")]
    found = forecast(strange, strange, people(numbered([certification("2026-12-01")])))
    assert found.rows == ()
    assert {(one.subject, one.reason) for one in found.unknown} == {
        ("recurringBillingRun/d", "schedule"),
        ("billingTemplate/d drop_options", "schedule"),
    }
    assert [tuple(total.people) for total in found.totals] == [(None, None)]
    # If the change makes it so, its former runs are told, and what they become is unknown.
    found = forecast(strange, DROPS, people(numbered([certification("2026-12-01")])), days=7)
    assert [(tuple(row.people), row.why) for row in found.rows] == [((1, None), "schedule")]
    assert [tuple(total.people) for total in found.totals] == [(1, None)]


def test_a_window_that_is_not_clear_is_a_row_without_numbers() -> None:
    unclear = drops("d", -30, -1)
    unclear["spec"]["drop_options"]["expiration_date_range_end"]["number"] = 1.5
    found = forecast([unclear, schedule("d")], DROPS, people(numbered([certification("2026-12-01")])), days=7)
    assert [(tuple(row.people), row.why) for row in found.rows] == [((1, None), "window")]
    assert [one.reason for one in found.unknown] == ["window"]


def test_a_program_that_does_not_exist_yet_has_no_members() -> None:
    new = drops("d", -30, -1)
    new["spec"]["drop_options"] |= {"program_restriction": "include", "program_ids": ["cmsi"]}
    after = [new, schedule("d"), {"kind": "program", "key": "cmsi", "spec": {"name": "C"}}]
    found = forecast(after, DROPS, people(numbered([certification("2026-12-01")])), days=7, unborn=["cmsi"])
    assert [(tuple(row.people), row.limit) for row in found.rows] == [((1, 0), "exact")]


def test_a_reminder_of_certain_application_types_is_a_bound() -> None:
    one = reminders("r", ("mail", 1, 7))
    one["spec"]["renewal_reminder_options"] |= {"restrict_application_types": True, "application_types": ["renewal"]}
    after = [one, schedule("r")]
    [row] = forecast(after, after, people(numbered([certification("2026-12-10")])), days=7).rows
    assert (row.people.after, row.limit) == (1, "at_most")


def test_only_the_named_keys_are_shown_but_all_of_them_count() -> None:
    after = [*DROPS, reminders("r", ("late", -30, -1)), schedule("r")]
    found = forecast(
        after,
        after,
        people(numbered([certification("2026-12-01")])),
        days=14,
        keys=[Key("certifications/billingTemplate", "r")],
    )
    assert [(row.template, tuple(row.people)) for row in found.rows] == [("r", (1, 1)), ("r", (0, 0))]
    assert [total.option for total in found.totals] == ["renewal_reminder_options"]


def test_json_can_be_read_back() -> None:
    run = Prepared("d", "r-1", date(2026, 12, 7), "ready", 38)
    found = make_case("28-first-drop", hides=True)._replace(read_at="2026-12-01T12:00:00Z", prepared=(run,))
    body = json.loads(json.dumps(found.to_json()))
    assert Forecast.from_json(body) == found
    assert list(body) == [
        "as_of",
        "read_at",
        "zone",
        "days",
        "guesses",
        "requests",
        "rows",
        "totals",
        "unknown",
        "prepared",
    ]
    assert list(body["rows"][0]) == [
        "date",
        "schedule",
        "template",
        "option",
        "step",
        "does",
        "before",
        "after",
        "bound",
        "money",
        "why",
        "off",
    ]
    assert "G6" in {guess["id"] for guess in body["guesses"]}


@pytest.mark.parametrize("member", ["as_of", "rows", "totals", "requests"])
def test_damaged_json_is_refused(member: str) -> None:
    body: dict[str, Any] = dict(make_case("28-first-drop", hides=False).to_json())
    damages: list[Any] = [None, [{}], {"made": -1}]
    for damage in damages:
        with pytest.raises(ValueError, match=r"forecast|date|isoformat|unknown"):
            Forecast.from_json(body | {member: damage})


def test_rows_are_in_the_order_of_days() -> None:
    found = make_case("32-filters", hides=False)
    assert [row.day for row in found.rows] == sorted(row.day for row in found.rows)
    assert isinstance(found.rows[0], Row)


def test_a_sample_begins_with_those_whom_only_the_change_takes() -> None:
    earlier, later = [drops("d", -30, -20), schedule("d")], DROPS
    found = people(numbered([certification("2026-11-15"), certification("2026-12-01"), certification("2026-12-02")]))

    def ids(before: list[Case], after: list[Case], number: int) -> list[str]:
        old, new = (read_side(make_bodies(each), {}, CATALOG, NEW_YORK) for each in (before, after))
        some = sample(Change(old, new, found), number, first=FIRST, days=7, settings=NEW_YORK)
        return [one.id for one in some]

    assert ids(earlier, later, 9) == ["id-1", "id-2"]
    assert ids(earlier, later, 1) == ["id-1"]
    # Where nothing changes, it has those whom the runs take.
    assert ids(later, later, 9) == ["id-0", "id-1", "id-2"]
