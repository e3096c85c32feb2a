"""The members of an emulated tenant and its billing runs, compared with the forecast and with simpler computations."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from rhythmconf.insight.windows import Bound
from rhythmconf.model import Body
from rhythmconf.settings.calendar import CalendarSettings
from rhythmconf.tenant.emulator.members.names import ACTION, RUN
from tests.support.calendars import FIRST, NEW_YORK, drops, reminders, schedule, window
from tests.support.forecasts import POPULATIONS, forecast, people, read_table
from tests.support.members import CASES, Case
from tests.support.naive_calendar import CADENCES, find_runs, find_window
from tests.support.simulations import PROGRAMS, World, options, settle

MONDAYS = "every week on Monday at 06:00"
DROPS = (drops("d", -88, -61), schedule("d", MONDAYS, pre_processing_lead_time=3))
EVERYTHING: tuple[Case, ...] = (
    *PROGRAMS,
    {"kind": "statusReason", "key": "overdue", "spec": {"name": "Overdue"}},
    {"kind": "statusReason", "key": "good", "spec": {"name": "Good"}},
    {"kind": "appStatusReason", "key": "waiting", "spec": {"name": "Waiting"}},
    *DROPS,
    reminders("r", ("60 days", 60, 66), ("30 days", 30, 40)),
    schedule("r", "every day at 02:30"),
    options(
        "f",
        "forecast_renewals",
        "renewal_forecasting_options",
        restrict_status_reasons=True,
        status_reason_ids=["good"],
        **window(0, 30),
    ),
    schedule("f", "every month on the 15th at 08:00", pre_processing_lead_time=5),
    options(
        "i",
        "bill_training_providers",
        "training_provider_billing_options",
        training_provider_restriction="exclude",
        training_provider_ids=["prov-2"],
        **window(-60, 0),
    ),
    schedule("i", "every week on Friday at 08:00"),
    options(
        "x",
        "expire_applications",
        "application_expiration_options",
        program_restriction="include",
        program_ids=["cmsi"],
        **window(-20, -1),
    ),
    schedule("x", MONDAYS),
    options(
        "a",
        "activate_applications",
        "application_activation_options",
        restrict_application_types=True,
        application_types=["renewal"],
    ),
    schedule("a", "every day at 05:00"),
)


@pytest.mark.parametrize(
    "settings",
    [
        NEW_YORK,
        NEW_YORK._replace(bounds="end-open", reference="prepared"),
        NEW_YORK._replace(order="offset-first", week="sunday", clock="utc", months="roll"),
    ],
    ids=["usual", "prepared", "other"],
)
def test_what_happens_is_what_was_forecast(settings: CalendarSettings) -> None:
    changed = (
        drops("d", -88, -10),
        reminders("r", ("60 days", 50, 70)),
        options("a", "activate_applications", "application_activation_options"),
    )
    world = World(*EVERYTHING, settings=settings, people=600).populate()
    world.declare(*changed)  # after the members were settled: the first run has a backlog
    latest = list({(each["kind"], each["key"]): each for each in (*EVERYTHING, *changed)}.values())
    found = people(world.certifications, world.applications)
    told = Counter[tuple[str, str, str]]()
    for row in forecast(latest, latest, found, days=35, settings=settings).rows:
        assert row.people.after is not None
        takes = "certifications" if row.option.startswith(("drop", "renewal")) else "applications"
        told[row.day.isoformat(), row.schedule.rpartition("/")[2], f"{row.does} {takes}"] += row.people.after
    happened = world.run_days(35)
    assert happened == +told
    assert {type for _, _, type in happened} == {
        "drop certifications",
        "remind certifications",
        "forecast certifications",
        "invoice applications",
        "expire applications",
        "activate applications",
    }


@pytest.mark.parametrize("name", POPULATIONS)
def test_runs_do_what_the_cases_say(name: str) -> None:
    case = CASES[name]
    world = World(*case["documents"], settings=CalendarSettings(zone=case["zone"]))
    table = POPULATIONS[name]
    settle(world, {each: read_table(table["population"][each]) for each in ("certifications", "applications")})
    first = date.fromisoformat(case["as_of"])
    expected = Counter[tuple[str, str]]()
    for row in table["expect"]["after"]:
        expected[row["date"], row["does"]] += row["people"]
    happened = Counter[tuple[str, str]]()
    for (day, _, type), number in world.run_days(case["days"], first).items():
        happened[day, type.split()[0]] += number
    assert happened == +expected


def test_members_are_the_same_for_the_same_seed_and_day() -> None:
    one = World(*EVERYTHING, people=200, seed=5).populate()
    again = World(*EVERYTHING[::-1], people=200, seed=5).populate()
    other = World(*EVERYTHING, people=200, seed=6).populate()
    assert one.certifications == again.certifications
    assert one.applications == again.applications
    assert one.certifications != other.certifications
    assert (len(one.certifications), len(one.applications)) == (200, 40)


def test_members_are_spread_as_the_documentation_says() -> None:
    world = World(*PROGRAMS, people=4000).populate()
    found = world.certifications
    expires = sorted(date.fromisoformat(str(one["expiration_date"])) for one in found)
    assert (expires[0] - FIRST).days == -365
    assert (expires[-1] - FIRST).days == 364
    shares = {
        "do_not_drop": (0.06, sum(one["do_not_drop"] is True for one in found)),
        "no amount": (0.15, sum("forecasted_renewal_amount" not in one for one in found)),
        "other states": (0.08, sum(one["status"] != "active" for one in found)),
    }
    assert {name: (share, abs(number / 4000 - share) < 0.015) for name, (share, number) in shares.items()} == {
        name: (share, True) for name, (share, _) in shares.items()
    }
    assert {str(one["email_address"]).partition("@")[2] for one in found} == {"example.org"}


def test_a_tenant_without_programs_has_no_members() -> None:
    world = World(*DROPS, people=50).populate()
    assert world.certifications == []
    world.declare(*PROGRAMS)
    assert len(world.populate().certifications) == 50


def test_whoever_would_have_been_dropped_is_inactive_already() -> None:
    world = World(*PROGRAMS, *DROPS, people=1500).populate()
    cadence = next(each for each in CADENCES if each.text == MONDAYS)
    start = Bound("before", "the reference date", 88, "days")
    end = Bound("before", "the reference date", 61, "days")
    before = list(find_runs(cadence, FIRST - timedelta(800), FIRST - timedelta(1), NEW_YORK))
    spans = [(run, *find_window(start, end, run, 3, NEW_YORK)) for run in before]
    dropped = 0
    for one in world.certifications:
        expires = date.fromisoformat(str(one["expiration_date"]))
        runs = [run for run, first, last in spans if first <= expires <= last]
        if runs and one["status"] == "active":
            assert one["do_not_drop"] is True
        if one.get("termination_date"):
            assert (one["termination_date"], one["status"]) == (runs[0].isoformat(), "inactive")
            dropped += 1
    assert dropped > 400


def certification(id: str, expires: str, **fields: Any) -> Body:
    return {"id": id, "number": 1, "program_id": "cmsi", "status": "active", "expiration_date": expires, **fields}


def test_a_prepared_run_keeps_the_options_that_it_was_prepared_with() -> None:
    world = World(*PROGRAMS, *DROPS)
    due, fresh = certification("due", "2026-10-01"), certification("fresh", "2026-11-20")
    settle(world, {"certifications": [due, fresh], "applications": []})
    [prepared] = world.run(date(2026, 12, 2))  # three business days before Monday the 7th
    assert (prepared["scheduled_run_date"], prepared["scheduled_preprocessing_date"]) == ("2026-12-07", "2026-12-02")
    assert (prepared["status"], "run_date" in prepared) == ("prepared", False)
    assert [(one["certification_id"], one["expiration_date"]) for one in world.live(ACTION)] == [("due", "2026-10-01")]
    assert all(one["status"] == "active" for one in world.certifications)

    world.declare(drops("d", -88, -1))
    assert world.run(date(2026, 12, 3)) == []
    [done] = world.run(date(2026, 12, 7))
    assert (done["id"], done["status"], done["run_date"]) == (prepared["id"], "complete", "2026-12-07")
    assert {one["id"]: one["status"] for one in world.certifications} == {"due": "inactive", "fresh": "active"}
    assert world.run(date(2026, 12, 7)) == []

    [later] = world.run(date(2026, 12, 9))
    assert later["statistics"] == {"drop certifications": 1}


def test_a_prepared_run_leaves_out_who_has_left_since() -> None:
    world = World(*PROGRAMS, *DROPS)
    settle(world, {"certifications": [certification(f"c{n}", "2026-10-01") for n in range(3)], "applications": []})
    world.run(date(2026, 12, 1), ahead=20)
    assert [run["scheduled_run_date"] for run in world.live(RUN)] == ["2026-12-07", "2026-12-14", "2026-12-21"]
    assert Counter(one["date"] for one in world.live(ACTION)) == {"2026-12-07": 3, "2026-12-14": 3, "2026-12-21": 3}
    world.run(date(2026, 12, 7))
    [second] = world.run(date(2026, 12, 14))
    assert second["statistics"] == {}
    assert Counter(one["date"] for one in world.live(ACTION)) == {"2026-12-07": 3, "2026-12-21": 3}


def test_types_of_applications_restrict_no_certification() -> None:
    restricted = reminders("r", ("late", -88, -61))
    restricted["spec"]["renewal_reminder_options"] |= {
        "restrict_application_types": True,
        "application_types": ["renewal"],
    }
    world = World(*PROGRAMS, restricted, schedule("r", MONDAYS))
    settle(world, {"certifications": [certification("c", "2026-10-01")], "applications": []})
    assert world.run_days(8) == {("2026-12-07", "r", "remind certifications"): 1}


def test_within_a_day_nobody_leaves() -> None:
    both = (reminders("r", ("late", -88, -61)), schedule("r", MONDAYS))
    world = World(*PROGRAMS, *DROPS, *both)
    settle(world, {"certifications": [certification("c", "2026-10-01")], "applications": []})
    assert world.run_days(14) == {
        ("2026-12-07", "d", "drop certifications"): 1,
        ("2026-12-07", "r", "remind certifications"): 1,
    }
    [one] = world.certifications
    assert (one["status"], one["termination_date"], one["last_reminder_date"]) == (
        "inactive",
        "2026-12-07",
        "2026-12-07",
    )
    assert one["notices"] == [{"date": "2026-12-07T00:00:00Z", "notice_id": "n"}]


@pytest.mark.parametrize(
    ("text", "meanings", "runs"),
    [("whenever it suits", {}, []), ("whenever it suits", {"d": MONDAYS}, ["2026-12-07"])],
)
def test_a_schedule_that_is_not_understood_has_no_runs_unless_the_calendar_says_what_it_means(
    text: str, meanings: dict[str, str], runs: list[str]
) -> None:
    marked = schedule("id-of-record", text, runs="d", sys_external_id="rhythmconf/p/d#protected")
    world = World(*PROGRAMS, drops("d", -88, -61), marked, settings=NEW_YORK._replace(schedules=meanings))
    world.run_days(8)
    assert [run["run_date"] for run in world.live(RUN)] == runs
