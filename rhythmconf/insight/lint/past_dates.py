"""RC727: a fixed date that has passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from rhythmconf.insight.lint.bodies import Finding, Path, Survey
from rhythmconf.model.code import Rule
from rhythmconf.model.dates import week_date

PAST_DATE = Rule(
    "RC727",
    "a fixed date has passed",
    what=(
        "fixed-date-past: a fixed expiration date is before today, in the tenant's zone. `--from DATE` judges the "
        "files as of another day."
    ),
    why="Whoever still matches the range gets a certification that has expired on the day when it is issued.",
    example="fixed_expiration_dates:\n  - {range_start: '2025-01-01', expiration_date: '2026-06-30'}",
    fix="Add the next range, and remove the one that has passed.",
)


def check_past_dates(found: Survey) -> Iterator[Finding]:
    """Warn about each date that makes no sense any more; the finding is at its item where it is in a list."""
    subject = found.subject
    for key, path, text in found.dates:
        day = read_date(text, subject.calendar.zone)
        if day is not None and day < subject.today:
            message = f"{subject.shown(key)}: the {path[-1]} {week_date(day)} has passed"
            yield Finding(PAST_DATE, key, _item(path), message, "remove it, or correct the year")


def read_date(text: str, zone: str) -> date | None:
    """Return the day of a date, or of an instant in a zone; None for any other text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.date()
    if zone == "UTC":
        return moment.astimezone(UTC).date()
    from zoneinfo import ZoneInfo  # only instants need it

    return moment.astimezone(ZoneInfo(zone)).date()


def _item(path: Path) -> Path:
    """Return the path of the innermost item of a list at or above a path, else the path."""
    return next((path[: length + 1] for length in range(len(path) - 1, -1, -1) if isinstance(path[length], int)), path)
