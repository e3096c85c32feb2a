"""Turn the civil times of a schedule into those of the tenant's zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

SAFE_HOURS = range(4, 22)
"""The hours that no zone skips when its clocks change. A test looks at every zone."""


def to_zone(moments: Sequence[datetime], told_in: str, zone: str, *, is_shifted: bool) -> Sequence[datetime]:
    """Return times of one zone as times of another one, sorted; equal moments once.

    A time that the clocks skip is later by as much as they skip (`is_shifted`), or left out. A time that they repeat is
    the first of the two.
    """
    if told_in == zone and (zone == "UTC" or all(moment.hour in SAFE_HOURS for moment in moments)):
        return moments
    return sorted(_convert(moments, told_in, zone, is_shifted=is_shifted))


def _convert(moments: Iterable[datetime], told_in: str, zone: str, *, is_shifted: bool) -> Iterator[datetime]:
    from zoneinfo import ZoneInfo  # a project may do without zones

    here, there = ZoneInfo(told_in), ZoneInfo(zone)
    seen = set[datetime]()
    for moment in moments:
        instant = moment.replace(tzinfo=here).astimezone(UTC)
        exists = instant.astimezone(here).replace(tzinfo=None, fold=0) == moment
        if instant not in seen and (exists or is_shifted):
            seen.add(instant)
            yield instant.astimezone(there).replace(tzinfo=None, fold=0)
