"""Outlooks for tests of the calendar: templates and schedules as documents, and the calendar made of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from rhythmconf.insight.windows.outlook import Outlook, make_outlook
from rhythmconf.model import Key
from rhythmconf.settings.calendar import CalendarSettings
from tests.support.members import CATALOG, Case, make_bodies

FIRST = date(2026, 12, 1)
"""A Tuesday."""
NEW_YORK = CalendarSettings(zone="America/New_York", given=frozenset({"zone"}))


def bound(position: str, number: int | None = None, unit: str = "days", anchor: str = "the reference date") -> Any:
    """Return a bound of a window as documents have it."""
    return {"position": position, "number": number, "unit_of_time": unit, "relative_to": anchor}


def days(number: int) -> Any:
    """Return the bound so many days after the run, or before it."""
    return bound("after" if number >= 0 else "before", abs(number))


def window(start: int, end: int) -> dict[str, Any]:
    """Return the members of a window from one day to another, counted from the run."""
    return {"expiration_date_range_start": days(start), "expiration_date_range_end": days(end)}


def reminders(key: str, *steps: tuple[str, int, int], **members: Any) -> Case:
    """Return a template with renewal reminders: name, first and last day of each."""
    options = {
        "program_restriction": "none",
        "reminders": [{"name": name, "reminder_notice_id": "n", **window(*span)} for name, *span in steps],
    }
    return template(key, send_renewal_reminders=True, renewal_reminder_options=options, **members)


def drops(key: str, start: int, end: int) -> Case:
    """Return a template that drops certifications."""
    return template(key, perform_drops=True, drop_options={"program_restriction": "none", **window(start, end)})


def template(key: str, **members: Any) -> Case:
    """Return a billing template."""
    return {"kind": "billingTemplate", "key": key, "spec": {"name": f"Template {key}", "is_active": True, **members}}


def schedule(key: str, text: str = "every week on Monday at 06:00", *, runs: str = "", **members: Any) -> Case:
    """Return a schedule of the template with its own key, or of `runs`."""
    spec = {
        "name": f"Runs of {key}",
        "template_id": runs or key,
        "schedule": text,
        "pre_processing_lead_time": 1,
        "is_active": True,
        **members,
    }
    return {"kind": "recurringBillingRun", "key": key, "spec": spec}


def outlook(
    *documents: Case,
    first: date = FIRST,
    days: int = 90,
    keys: Collection[Key] = (),
    settings: CalendarSettings = NEW_YORK,
) -> Outlook:
    """Return the outlook of documents for the environment `production`."""
    made = make_outlook(make_bodies(documents), CATALOG, settings, keys=keys, first=first, days=days)
    return made._replace(project="hisp", environment="production")


def weekly() -> Outlook:
    """Return an outlook with a sound reminder, one with a gap, one with repeats, and drops."""
    return outlook(
        reminders("renewals", ("90 days", 90, 96), ("60 days", 61, 66), ("30 days", 30, 38)),
        schedule("renewals"),
        drops("drops", -88, -61),
        schedule("drops", "every week on Monday at 08:00", pre_processing_lead_time=3),
    )
