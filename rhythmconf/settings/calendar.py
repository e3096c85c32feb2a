"""The calendar settings of an environment: how it reads windows and schedules where the API leaves that open."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from rhythmconf.model import Body, Diagnostic, Json, pointer
from rhythmconf.model.suggest import suggest
from rhythmconf.settings.source import Source


class CalendarSettings(NamedTuple):
    """What `calendar:` decides. Each default is the likeliest reading; `docs/settings.md` has what the values mean.

    `schedules` has the meaning of a schedule's text, by the key of the schedule's document. `given` names the settings
    that the project states; the others are defaults.
    """

    order: Literal["anchor-first", "offset-first"] = "anchor-first"
    week: Literal["monday", "sunday"] = "monday"
    bounds: Literal["closed", "end-open"] = "closed"
    reference: Literal["run", "prepared"] = "run"
    zone: str = "UTC"
    clock: Literal["local", "utc"] = "local"
    months: Literal["clip", "roll"] = "clip"
    short: Literal["skip", "clip"] = "skip"
    gap: Literal["shift", "skip"] = "shift"
    schedules: Mapping[str, str] = {}
    given: frozenset[str] = frozenset()


def read_calendar(project: Json, environment: Json) -> CalendarSettings:
    """Merge `calendar:` of the project with that of an environment, which wins member by member."""
    members = {**_mapping(project), **_mapping(environment)}
    meanings = [_mapping(_mapping(owner).get("schedules")) for owner in (project, environment)]
    values = members | {"schedules": meanings[0] | meanings[1]}
    return CalendarSettings(**cast("dict[str, Any]", values), given=frozenset(members))


def check_zones(source: Source, value: Body) -> Iterator[Diagnostic]:
    """Report each zone of the project and its environments that the IANA database doesn't have."""
    owners: list[tuple[list[str], Body]] = [([], value)]
    owners += [(["environments", name], _mapping(body)) for name, body in _mapping(value.get("environments")).items()]
    for path, body in owners:
        zone = _mapping(body.get("calendar")).get("zone")
        if isinstance(zone, str) and zone not in zones():
            message = f"there is no time zone '{zone}'"
            help = suggest(zone, zones()) or "write a name of the IANA database, such as America/New_York"
            yield source.diagnostic(pointer([*path, "calendar", "zone"]), message, help)


@cache
def zones() -> frozenset[str]:
    """Return the names of the time zones in the IANA database."""
    # The package tzdata is read directly: `zoneinfo` would look through a folder for each name.
    import tzdata

    return frozenset(Path(tzdata.__file__).with_name("zones").read_text(encoding="ascii").split())


def _mapping(value: Json) -> Body:
    return value if isinstance(value, dict) else {}
