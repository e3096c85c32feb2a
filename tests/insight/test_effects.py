"""What a change of a configuration does to members, in dates."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

import pytest

from rhythmconf.catalog import Catalog, load_shipped
from rhythmconf.insight.windows import make_calendar, read_setup
from rhythmconf.insight.windows.effects import NO_SCHEDULE, Change, find_effects
from rhythmconf.model import Key
from rhythmconf.model.effects import Effect
from rhythmconf.settings.calendar import CalendarSettings
from tests.support.members import CASES, CATALOG, Case, make_bodies

FIRST = date(2026, 12, 1)
TEMPLATE = Key("certifications/billingTemplate", "t")


def bound(number: int, position: str = "after") -> Case:
    return {"position": position, "number": number, "unit_of_time": "days", "relative_to": "the reference date"}


def window(start: int, end: int, position: str = "after") -> Case:
    return {"expiration_date_range_start": bound(start, position), "expiration_date_range_end": bound(end, position)}


def template(*reminders: Case, drop: Case | None = None) -> Case:
    spec: Case = {"name": "T", "is_active": True}
    if reminders:
        spec |= {
            "send_renewal_reminders": True,
            "renewal_reminder_options": {
                "program_restriction": "none",
                "reminders": [{"reminder_notice_id": "n", **each} for each in reminders],
            },
        }
    if drop:
        spec |= {"perform_drops": True, "drop_options": {"program_restriction": "none", **drop}}
    return {"kind": "billingTemplate", "key": "t", "spec": spec}


def schedule(text: str = "every week on Monday at 06:00", key: str = "s", **fields: Any) -> Case:
    spec = {"name": "S", "template_id": "t", "schedule": text, "pre_processing_lead_time": 0, **fields}
    return {"kind": "recurringBillingRun", "key": key, "spec": spec}


def effects(
    before: list[Case],
    after: list[Case],
    settings: CalendarSettings = CalendarSettings(),  # noqa: B008
    catalog: Catalog = CATALOG,
) -> list[Effect]:
    old, new = (read_setup(make_bodies(documents, catalog), catalog, settings) for documents in (before, after))
    calendars = (
        make_calendar(old, None, first=FIRST, days=90, settings=settings),
        make_calendar(new, old, first=FIRST, days=90, settings=settings),
    )
    return list(find_effects(Change(old, new, *calendars, settings)))


def named(found: list[Effect]) -> dict[str, Effect]:
    return {effect.name: effect for effect in found}


SIXTY = {"name": "60 days", **window(60, 66)}


def test_a_window_narrower_by_a_day_loses_one_weekday_from_the_first_new_run_on() -> None:
    found = named(effects([template(SIXTY), schedule()], [template({**SIXTY, **window(61, 66)}), schedule()]))
    assert list(found) == ["gap", "window"]
    gap = found["gap"]
    # The first new run is on Monday 7 December; its old window began 60 days later, on Friday 5 February.
    assert gap.dates[0] == (date(2027, 2, 5), date(2027, 2, 5))
    assert {(first.weekday(), last - first) for first, last in gap.dates} == {(4, timedelta(0))}
    assert (gap.of, gap.number, gap.step, gap.does) == (800, len(gap.dates), "60 days", "remind")
    assert found["window"].run == date(2026, 12, 7)
    assert found["window"].before == (date(2027, 2, 5), date(2027, 2, 11))
    assert found["window"].after == (date(2027, 2, 6), date(2027, 2, 11))


def test_a_wider_window_repeats() -> None:
    found = named(effects([template(SIXTY), schedule()], [template({**SIXTY, **window(60, 67)}), schedule()]))
    assert set(found) == {"repeat", "window", "twice"} or set(found) == {"repeat", "window"}
    assert found["repeat"].most == 2


def test_a_reminder_that_moves_ahead_misses_the_dates_between() -> None:
    case = CASES["30-reminder-moves-later"]
    found = named(effects(case["before"], case["documents"]))
    assert list(found) == ["missed", "window"]
    assert found["missed"].dates == ((date(2027, 1, 21), date(2027, 2, 4)),)
    assert found["missed"].number == 15


def test_a_reminder_that_moves_back_is_sent_twice() -> None:
    case = CASES["30-reminder-moves-later"]
    found = named(effects(case["documents"], case["before"]))
    assert list(found) == ["twice", "window"]
    assert found["twice"].number == 15


def test_the_first_drop_takes_a_backlog() -> None:
    case = CASES["28-first-drop"]
    found = named(effects(case["before"], case["documents"]))
    assert set(found) == {"backlog", "starts"}
    assert found["backlog"].number == 21
    assert found["starts"].run == found["backlog"].run == date(2026, 12, 7)


def test_a_shorter_grace_has_a_backlog() -> None:
    before = [template(drop=window(88, 61, "before")), schedule()]
    found = named(effects(before, [template(drop=window(88, 31, "before")), schedule()]))
    assert found["backlog"].run == date(2026, 12, 7)
    assert found["backlog"].dates == ((date(2026, 10, 1), date(2026, 10, 30)),)


@pytest.mark.parametrize(
    "change",
    [
        {"schedule": "every week on Tuesday at 06:00"},
        {"schedule": "every week on Monday at 07:30"},
    ],
)
def test_another_day_or_time_of_the_runs_is_told(change: Case) -> None:
    after = schedule()
    after["spec"] |= change
    found = named(effects([template(SIXTY), schedule()], [template(SIXTY), after]))
    assert "runs" in found
    runs = found["runs"]
    assert runs.template == Key("certifications/recurringBillingRun", "s")
    assert runs.before == (date(2026, 12, 7), date(2026, 12, 7))
    assert (runs.run, runs.other) in {(date(2026, 12, 1), ""), (date(2026, 12, 7), "07:30 instead of 06:00")}


def test_one_run_more_at_the_end_of_the_days_is_no_other_run() -> None:
    daily = [template(SIXTY), schedule("every day at 06:00")]
    assert effects(daily, copy.deepcopy(daily)) == []


@pytest.mark.parametrize(
    "after",
    [
        [template(SIXTY), schedule(is_active=False)],
        [template(SIXTY)],
        [schedule()],
        [template(), schedule()],
    ],
)
def test_a_step_without_runs_stops(after: list[Case]) -> None:
    found = effects([template(SIXTY), schedule()], after)
    assert [(effect.name, effect.step, effect.run) for effect in found] == [("stops", "60 days", date(2026, 12, 7))]
    again = effects(after, [template(SIXTY), schedule()])
    assert [(effect.name, effect.step, effect.run) for effect in again] == [("starts", "60 days", date(2026, 12, 7))]


def test_a_renamed_reminder_is_the_same_by_its_id() -> None:
    before = [template({**SIXTY, "id": 1}), schedule()]
    assert effects(before, [template({**SIXTY, "id": 1, "name": "two months"}), schedule()]) == []


@pytest.mark.parametrize("text", ["whenever the moon is full", "each fortnight"])
def test_a_schedule_that_is_not_understood_is_unknown(text: str) -> None:
    found = effects([template(SIXTY), schedule()], [template(SIXTY), schedule(text)])
    assert [effect.name for effect in found] == ["unknown"]
    assert text in found[0].other


def test_half_a_month_is_unknown() -> None:
    half = {"expiration_date_range_start": {**bound(1), "number": 1.5, "unit_of_time": "months"}}
    found = effects([template(SIXTY), schedule()], [template({**SIXTY, **half}), schedule()])
    assert [effect.name for effect in found] == ["unknown"]


def test_two_reminders_of_one_run_to_the_same_people_overlap() -> None:
    thirty = {"name": "30 days", **window(30, 36)}
    before = [template(SIXTY, thirty), schedule()]
    found = named(effects(before, [template(SIXTY, {**thirty, **window(30, 60)}), schedule()]))
    overlap = found["overlap"]
    assert (overlap.step, overlap.other, overlap.run) == ("30 days", "60 days", date(2026, 12, 7))
    assert overlap.dates == ((date(2027, 2, 5), date(2027, 2, 5)),)
    assert "overlap" not in named(effects([template(SIXTY, {**thirty, **window(30, 60)}), schedule()], before))


@pytest.mark.parametrize("start", [-6, 0, 1, 30])
def test_a_drop_of_what_is_still_valid_comes_first(start: int) -> None:
    expired = [template(drop=window(1, 7, "before")), schedule()]
    ahead = window(start, start + 6) if start >= 0 else {**window(6, 0, "before")}
    for before in (expired, [schedule()], [template(SIXTY), schedule()]):
        found = effects(before, [template(drop=ahead), schedule()])
        assert found[0].name == "unexpired"
        # The first run is on Monday 7 December.
        first = date(2026, 12, 7) + timedelta(max(start, 0))
        assert found[0].dates == ((first, date(2026, 12, 7) + timedelta(start + 6)),)
        assert (found[0].run, found[0].does, found[0].other) == (date(2026, 12, 7), "drop", "certifications")
        assert Effect.from_json(found[0].to_json()) == found[0]


def test_a_drop_that_reached_as_far_ahead_before_is_no_effect_of_the_change() -> None:
    ahead = [template(drop=window(30, 36)), schedule()]
    assert "unexpired" not in named(effects(ahead, [template(drop=window(29, 35)), schedule()]))
    assert "unexpired" in named(effects(ahead, [template(drop=window(31, 37)), schedule()]))
    assert "unexpired" not in named(effects(ahead, [template(drop=window(1, 7, "before")), schedule()]))
    assert "unexpired" not in named(effects([template(SIXTY), schedule()], [template(SIXTY), schedule()]))


def renewals(start: int = 0, **members: Any) -> list[Case]:
    """Return a template of membership: no kind has its schedules."""
    options = {"auto_renewal_success_notice_id": "n", **window(start, 0, "before")}
    spec = {"name": "T", "is_active": True, "perform_auto_renewals": True, "auto_renewal_options": options, **members}
    return [{"kind": "membership/billingTemplate", "key": "t", "spec": spec}]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], renewals(), ["starts", "unknown"]),
        (renewals(), renewals(3), ["unknown"]),
        (renewals(), renewals(is_active=False), ["stops"]),
        (renewals(), [], ["stops"]),
        (renewals(), renewals(name="U"), []),
    ],
)
def test_a_step_without_known_schedules_is_not_passed_over(
    before: list[Case], after: list[Case], expected: list[str]
) -> None:
    found = effects(before, after, catalog=load_shipped())
    assert [effect.name for effect in found] == expected
    assert {effect.does for effect in found} <= {"renew"}
    assert {effect.other for effect in found if effect.name == "unknown"} <= {NO_SCHEDULE}
