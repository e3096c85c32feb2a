"""When a run is prepared."""

from __future__ import annotations

from datetime import date

FRIDAY = 4


def prepared_on(run: date, lead: int) -> date:
    """Return the day `lead` working days before a run: Monday to Friday, without holidays. 0 is the day itself."""
    if lead <= 0:
        return run
    day, weekday = run.toordinal(), run.weekday()
    if weekday > FRIDAY:
        day, weekday, lead = day - (weekday - FRIDAY), FRIDAY, lead - 1
    weeks, days = divmod(lead, 5)
    day -= 7 * weeks + days + (2 if days > weekday else 0)
    return date.fromordinal(max(day, 1))
