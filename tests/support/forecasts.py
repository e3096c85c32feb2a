"""Forecasts for tests: configurations as documents, and people as records without names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rhythmconf.insight.forecast import (
    APPLICATION,
    CERTIFICATION,
    Change,
    People,
    make_forecast,
    read_people,
    read_side,
)
from rhythmconf.model import Body, Key
from rhythmconf.model.forecast import Forecast
from rhythmconf.settings.calendar import CalendarSettings
from tests.support.calendars import FIRST, NEW_YORK
from tests.support.members import CATALOG, Case, make_bodies

POPULATIONS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "insight/data/people.json").read_text(encoding="utf-8")
)
"""Some hundred people for each case of `members.json` that has any, and the numbers that the case must have."""

ELSEWHERE = (
    ("certifications/trainingProvider", "prov-1"),
    ("certifications/trainingProvider", "prov-2"),
    ("certifications/program", "cmsi"),
    ("certifications/program", "rds"),
)
"""Records that the documents of a test may refer to without declaring them."""


def read_table(table: Mapping[str, Any]) -> list[Body]:
    """Return the records of a table: `fields`, and `rows` with a value for each; null where a record has none."""
    return [
        {"id": f"r-{number}"}
        | {name: value for name, value in zip(table["fields"], row, strict=True) if value is not None}
        for number, row in enumerate(table["rows"])
    ]


def people(
    certifications: Iterable[Body] = (), applications: Iterable[Body] = (), zone: str = NEW_YORK.zone
) -> dict[Any, People]:
    """Return the people of some records."""
    return {
        "certifications": read_people(certifications, CERTIFICATION, zone),
        "applications": read_people(applications, APPLICATION, zone),
    }


def forecast(
    after: Sequence[Case],
    before: Sequence[Case],
    found: Mapping[Any, People],
    *,
    first: date = FIRST,
    days: int = 60,
    settings: CalendarSettings = NEW_YORK,
    keys: Sequence[Key] = (),
    unborn: Sequence[str] = (),
) -> Forecast:
    """Return the forecast of a change. The ids of records are their keys, except that `unborn` ones have none."""
    bodies = [make_bodies(before), make_bodies(after)]
    keys_of_all = {key for side in bodies for key in side} | {Key(*each) for each in ELSEWHERE}
    ids = {key: key.name for key in keys_of_all if key.name not in unborn}
    old, new = (read_side(body, ids, CATALOG, settings) for body in bodies)
    return make_forecast(Change(old, new, found), first=first, days=days, settings=settings, keys=keys)


def certification(expires: str | None, **fields: Any) -> Body:
    """Return an active certification."""
    record: Body = {"program_id": "cmsi", "status": "active", "do_not_drop": False, "forecasted_renewal_amount": 100.0}
    return record | ({"expiration_date": expires} if expires else {}) | fields


def application(expires: str, status: str, **fields: Any) -> Body:
    """Return an application."""
    record = {"program_id": "cmsi", "status": status, "type": "certification", "expiration_date": expires}
    return record | {"training_provider_billing_status": "not yet billed"} | fields


def numbered(records: Iterable[Body]) -> list[Body]:
    """Return records with ids."""
    return [{"id": f"id-{number}", **record} for number, record in enumerate(records)]
