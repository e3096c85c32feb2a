"""A forecast agrees with a computation that changes each person's record from day to day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.model import Body
from tests.support.calendars import FIRST, schedule, template, window
from tests.support.forecasts import application, certification, forecast, numbered, people
from tests.support.members import Case

DAYS = 22
OPTIONS = {
    "drop_options": "perform_drops",
    "renewal_forecasting_options": "forecast_renewals",
    "training_provider_billing_options": "bill_training_providers",
    "application_expiration_options": "expire_applications",
    "application_activation_options": "activate_applications",
}
CHANGES: dict[str, Body] = {
    "drop_options": {"status": "inactive"},
    "application_activation_options": {"status": "activated"},
    "application_expiration_options": {"status": "rejected"},
    "training_provider_billing_options": {"training_provider_billing_status": "billed"},
}
"""What an option does to the record of whom it takes."""
STATUSES = ("draft", "missing requirements", "approved", "activated", "rejected")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday")
PROGRAMS = ("cmsi", "rds")
dates = st.integers(-20, 40).map(lambda days: (FIRST + timedelta(days)).isoformat())
spans = st.tuples(st.integers(-15, 10), st.integers(0, 15)).map(lambda span: (span[0], span[0] + span[1]))
restrictions = st.sampled_from(
    [("none", []), ("include", ["cmsi"]), ("exclude", ["cmsi"]), ("include", ["rds", "cmsi"])]
)


@st.composite
def templates(draw: st.DrawFn, key: str) -> Case:
    spec: dict[str, Any] = {}
    for option in draw(st.lists(st.sampled_from(list(OPTIONS)), min_size=1, max_size=3, unique=True)):
        mode, ids = draw(restrictions)
        bounds = {} if option == "application_activation_options" else window(*draw(spans))
        spec |= {OPTIONS[option]: True, option: {**bounds, "program_restriction": mode, "program_ids": ids}}
    return template(key, **spec)


@st.composite
def setups(draw: st.DrawFn) -> list[Case]:
    made: list[Case] = []
    for key in ("t", "u"):
        made += [draw(templates(key)), schedule(key, f"every week on {draw(st.sampled_from(WEEKDAYS))} at 06:00")]
    return made


certifications = st.builds(
    lambda expires, program, spared, status: certification(
        expires, program_id=program, do_not_drop=spared, status=status
    ),
    dates,
    st.sampled_from(PROGRAMS),
    st.booleans(),
    st.sampled_from(["active", "active", "inactive"]),
)
applications = st.builds(
    lambda expires, status, program: application(expires, status, program_id=program),
    dates,
    st.sampled_from(STATUSES),
    st.sampled_from(PROGRAMS),
)


def happen(documents: list[Case], records: list[Body]) -> Counter[tuple[str, str, str]]:
    """Let the days come: take people by what their records say, and change the records in the evening."""
    people = [dict(record) for record in records]
    counts: Counter[tuple[str, str, str]] = Counter()
    for day in (FIRST + timedelta(number) for number in range(DAYS)):
        evening: list[tuple[Body, str]] = []
        for made, runs in zip(documents[::2], documents[1::2], strict=True):
            if f"{day:%A}" not in runs["spec"]["schedule"]:
                continue
            for option, switch in OPTIONS.items():
                if made["spec"].get(switch):
                    taken = [
                        person for person in people if takes(option, made["spec"][option], person, day.toordinal())
                    ]
                    counts[day.isoformat(), made["key"], option] += len(taken)
                    evening += [(person, option) for person in taken]
        for person, option in evening:
            person.update(CHANGES.get(option, {}))
    return +counts


def takes(option: str, options: dict[str, Any], person: Body, day: int) -> bool:
    is_application = "training_provider_billing_status" in person
    if is_application != (option not in ("drop_options", "renewal_forecasting_options")):
        return False
    listed = person["program_id"] in options["program_ids"]
    if {"none": False, "include": not listed, "exclude": listed}[options["program_restriction"]]:
        return False
    if option == "application_activation_options":
        return person["status"] == "approved"
    start, end = (options[f"expiration_date_range_{edge}"] for edge in ("start", "end"))
    first, last = (day + (-each["number"] if each["position"] == "before" else each["number"]) for each in (start, end))
    if not first <= date.fromisoformat(str(person["expiration_date"])).toordinal() <= last:
        return False
    if option == "training_provider_billing_options":
        return person["training_provider_billing_status"] == "not yet billed"
    if option == "application_expiration_options":
        return person["status"] not in ("activated", "rejected")
    return person["status"] == "active" and not (option == "drop_options" and person["do_not_drop"])


@settings(max_examples=40)
@given(setups(), setups(), st.lists(certifications, max_size=12), st.lists(applications, max_size=12))
def test_a_forecast_is_what_happens(
    before: list[Case], after: list[Case], some: list[Body], others: list[Body]
) -> None:
    some = numbered(some)
    others = numbered(others)
    found = forecast(after, before, people(some, others), days=DAYS)
    for side, documents in (("before", before), ("after", after)):
        told = Counter(
            {(row.day.isoformat(), row.template, row.option): getattr(row.people, side) or 0 for row in found.rows}
        )
        assert +told == happen(documents, [*some, *others])
    for total in found.totals:
        own = [row.people for row in found.rows if row.option == total.option]
        assert total.people == (sum(one.before or 0 for one in own), sum(one.after or 0 for one in own))
