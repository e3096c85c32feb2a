"""Times: as tenants write them, as plan files and snapshots have them, and as people read them."""

from datetime import UTC, datetime

from rhythmconf.model.dates import full_date, week_date

_FORM = "%Y-%m-%dT%H:%M:%SZ"
"""The only form in plan files: another zone could lead to a time before the first or after the last one."""
_YEARS = range(1970, 9999)
"""Times in these years exist in every zone, and are written with four digits."""


def write_moment(moment: datetime) -> str:
    """Return a time in UTC as plan files have it: `2026-11-30T12:00:00Z`."""
    return moment.strftime(_FORM)


def parse_moment(text: str) -> datetime:
    """Return the time that `write_moment` has written. Raises ValueError for anything else."""
    try:
        moment = datetime.strptime(text, _FORM).replace(tzinfo=UTC)
        if moment.year not in _YEARS:
            raise ValueError(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time such as 2026-11-30T12:00:00Z") from None
    return moment


def normalise_moment(text: object) -> str:
    """Return a tenant's time (ISO 8601, with its zone) as plan files have it; empty for anything else."""
    if not isinstance(text, str):
        return ""
    try:
        moment = datetime.fromisoformat(text)
        in_utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return write_moment(in_utc) if moment.tzinfo is not None and in_utc.year in _YEARS else ""


def describe_moment(text: str, zone: str = "UTC", *, weekday: bool = False) -> str:
    """Return a time of a plan file in a zone, which it names: `25 Nov 2026, 14:02 UTC`, or with `Wed` before it."""
    moment = parse_moment(text)
    if zone != "UTC":
        from zoneinfo import ZoneInfo  # few projects need it at once, and it is slow to load

        moment = moment.astimezone(ZoneInfo(zone))
    date = week_date(moment.date()) if weekday else full_date(moment.date())
    return f"{date}, {moment:%H:%M} {zone}"
