"""Count what runs would do if Rhythm reads the dates in another way (G1 to G8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from rhythmconf.insight.forecast.comparing import Change, make_forecast
from rhythmconf.insight.windows.readings import Deviation, deviations
from rhythmconf.model import Key
from rhythmconf.model.forecast import Forecast, OtherReading, Pair, Row
from rhythmconf.settings.calendar import CalendarSettings

Place = tuple[object, ...]
"""The day, the schedule and the step of a row."""


def list_deviations(settings: CalendarSettings) -> list[Deviation]:
    """Return the settings with another value for one of those that the project doesn't state."""
    every = (*deviations(settings, "windows"), *deviations(settings, "runs"))
    return [each for each in every if each.setting not in settings.given]


def read_otherwise(
    change: Change, base: Forecast, settings: CalendarSettings, keys: Collection[Key] = ()
) -> Iterator[OtherReading]:
    """Yield each reading in which a run touches other people than in `base`, with these runs."""
    for other in list_deviations(settings):
        found = make_forecast(change, first=base.as_of, days=base.days, settings=other.settings, keys=keys)
        if rows := tuple(_differing(base.rows, found.rows)):
            yield OtherReading(other.guess, other.setting, other.value, rows)


def _differing(base: Iterable[Row], found: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows that are not the same in `base`; where `base` has a run and the other reading none, nobody."""
    left = {_place(row): row for row in base}
    rows = []
    for row in found:
        same = left.pop(_place(row), None)
        if same is None or same.people != row.people:
            rows.append(row)
    rows += [row._replace(people=Pair(0, 0), limit="exact", money=None, why=None) for row in left.values()]
    yield from sorted(rows, key=lambda row: row.day)


def _place(row: Row) -> Place:
    return row.day, row.schedule, row.template, row.option, row.step
