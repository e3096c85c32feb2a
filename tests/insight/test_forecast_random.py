"""Whatever the configuration, the population and the plan: what happens in the emulator is what was forecast."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.model import Body
from rhythmconf.settings.calendar import CalendarSettings
from tests.support.calendars import NEW_YORK, bound, schedule, template
from tests.support.forecasts import forecast, people
from tests.support.members import Case
from tests.support.simulations import PROGRAMS, World

DAYS = 40
SWITCHES = {
    "renewal_reminder_options": "send_renewal_reminders",
    "application_reminder_options": "send_application_reminders",
    "drop_options": "perform_drops",
    "renewal_forecasting_options": "forecast_renewals",
    "training_provider_billing_options": "bill_training_providers",
    "application_expiration_options": "expire_applications",
    "application_activation_options": "activate_applications",
}
OF_CERTIFICATIONS = ("renewal_reminder_options", "drop_options", "renewal_forecasting_options")
OTHERS: tuple[Case, ...] = (
    *PROGRAMS,
    {"kind": "statusReason", "key": "overdue", "spec": {"name": "Overdue"}},
    {"kind": "statusReason", "key": "good", "spec": {"name": "Good"}},
    {"kind": "appStatusReason", "key": "waiting", "spec": {"name": "Waiting"}},
)
SCHEDULES = (
    "every day at 02:30",
    "every weekday at 23:30",
    "every week on Monday at 06:00",
    "every week on Tuesday and Friday at 06:00",
    "every month on the 1st, 15th at 06:00",
    "every month on the last day at 06:00",
    "0 6 * * 1",
    "cron(0 6 ? * 2 *)",
    "FREQ=WEEKLY;BYDAY=WE;BYHOUR=6",
)
ANCHORS = ("the reference date", "the beginning of the month", "the end of the quarter", "the end of the week")
READINGS: dict[str, tuple[str, str]] = {
    "order": ("anchor-first", "offset-first"),
    "week": ("monday", "sunday"),
    "bounds": ("closed", "end-open"),
    "reference": ("run", "prepared"),
    "clock": ("local", "utc"),
    "months": ("clip", "roll"),
}
bounds = st.builds(
    lambda days, unit, anchor: bound("before" if days < 0 else "after", abs(days), unit, anchor),
    st.integers(-9, 9),
    st.sampled_from(["days", "days", "weeks", "months"]),
    st.sampled_from(ANCHORS),
)
windows = st.tuples(bounds, bounds).map(
    lambda both: {"expiration_date_range_start": both[0], "expiration_date_range_end": both[1]}
)
readings = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in READINGS.items()})


def listed(mode: str, ids: str, values: tuple[str, ...]) -> Any:
    """Return restrictions to some records, or to none."""
    some = st.lists(st.sampled_from(values), min_size=1, unique=True)
    return st.one_of(
        st.just({mode: "none"}),
        st.builds(lambda word, keys: {mode: word, ids: keys}, st.sampled_from(["include", "exclude"]), some),
    )


@st.composite
def options_of(draw: st.DrawFn, option: str) -> Body:
    """Return an option with its windows and its restrictions."""
    made: Body = {}
    if option == "training_provider_billing_options":
        made |= draw(listed("training_provider_restriction", "training_provider_ids", ("prov-1", "prov-2")))
    else:
        made |= draw(listed("program_restriction", "program_ids", ("cmsi", "rds")))
    if option in OF_CERTIFICATIONS and draw(st.booleans()):
        made |= {"restrict_status_reasons": True, "status_reason_ids": [draw(st.sampled_from(["good", "overdue"]))]}
    if option.startswith("application") and draw(st.booleans()):
        types = draw(st.sampled_from([["certification"], ["renewal"], ["certification", "renewal"]]))
        made |= {"restrict_application_types": True, "application_types": [*types]}
    if option.endswith("reminder_options"):
        steps = draw(st.lists(windows, min_size=1, max_size=2))
        return made | {"reminders": [{"name": f"step {number}", **step} for number, step in enumerate(steps)]}
    return made if option == "application_activation_options" else made | draw(windows)


@st.composite
def configurations(draw: st.DrawFn) -> list[Case]:
    """Return templates that each have a schedule; a template may have a second one."""
    made: list[Case] = []
    for key in draw(st.lists(st.sampled_from("tuv"), min_size=1, max_size=3, unique=True)):
        chosen = draw(st.lists(st.sampled_from([*SWITCHES]), min_size=1, max_size=3, unique=True))
        spec: dict[str, Any] = {SWITCHES[option]: True for option in chosen}
        spec |= {option: draw(options_of(option)) for option in chosen}
        made.append(template(key, is_active=draw(st.sampled_from([True, True, True, False])), **spec))
        for number in range(draw(st.sampled_from([1, 1, 1, 2]))):
            lead = draw(st.integers(0, 6))
            text = draw(st.sampled_from(SCHEDULES))
            made.append(schedule(f"{key}-{number}", text, runs=key, pre_processing_lead_time=lead))
    return made


def run(documents: list[Case], members: list[Any], calendar: CalendarSettings) -> Counter[tuple[str, str, str]]:
    """Let the days come in a tenant with these members."""
    world = World(*OTHERS, *documents, settings=calendar)
    world.save(members)
    return world.run_days(DAYS)


@settings(max_examples=25)
@given(configurations(), configurations(), readings, st.integers(0, 1000))
def test_what_happens_is_what_was_forecast(
    before: list[Case], after: list[Case], readings: dict[str, Any], seed: int
) -> None:
    calendar = NEW_YORK._replace(**readings)
    world = World(*OTHERS, *before, settings=calendar, people=300, seed=seed)
    members = list(world.emulation.populate(world.live, world.now))
    world.save(members)
    found = forecast(
        [*OTHERS, *after],
        [*OTHERS, *before],
        people(world.certifications, world.applications),
        days=DAYS,
        settings=calendar,
    )
    for side, documents in (("before", before), ("after", after)):
        told = Counter[tuple[str, str, str]]()
        for row in found.rows:
            number = getattr(row.people, side)
            assert number is not None, row
            takes = "certifications" if row.option in OF_CERTIFICATIONS else "applications"
            told[row.day.isoformat(), row.schedule.rpartition("/")[2], f"{row.does} {takes}"] += number
        assert run(documents, members, calendar) == +told
