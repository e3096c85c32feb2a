"""Read what runs do from the bodies of documents or records, by what the schemas say about their fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import ceil
from typing import get_args

from rhythmconf.catalog import Catalog, Kind, StepPlace, switched_on
from rhythmconf.insight.windows.schedules import Recurrence, understand
from rhythmconf.insight.windows.values import Bound, Position, Restriction, Schedule, Setup, Step, Unit
from rhythmconf.model import Body, Json, Key
from rhythmconf.settings.calendar import CalendarSettings

MAX_LEAD = 3660
"""Business days; a run that is prepared earlier than that is not told apart."""
MAX_NUMBER = 4_000_000
"""Days, weeks, months or years; more than the days of all dates that there are."""

_ANCHORS = frozenset(
    ["the reference date"]
    + [f"the {edge} of the {unit}" for edge in ("beginning", "end") for unit in ("week", "month", "quarter", "year")]
)


def read_setup(bodies: Mapping[Key, Body], catalog: Catalog, settings: CalendarSettings) -> Setup:
    """Read the steps and schedules of one configuration. References in `bodies` are `{"$ref": "module/kind/key"}`."""
    keys: dict[str, list[Key]] = {}
    for key in bodies:
        keys.setdefault(key.kind, []).append(key)
    kinds = [kind for name in keys if (kind := catalog.kinds.get(name))]
    steps = {
        key: tuple(_read_steps(key, bodies[key], kind.steps))
        for kind in kinds
        if kind.steps
        for key in keys[kind.name]
        if kind.is_active(bodies[key])
    }
    schedules = [
        schedule
        for kind in kinds
        if kind.schedule
        for key in keys[kind.name]
        if (schedule := _read_schedule(key, bodies[key], kind, settings)) and schedule.template in steps
    ]
    return Setup(steps, tuple(schedules), catalog.names)


def _read_schedule(key: Key, body: Body, kind: Kind, settings: CalendarSettings) -> Schedule | None:
    place = kind.schedule
    if place is None or not kind.is_active(body):
        return None
    text, lead = body.get(place.text), body.get(place.role.lead)
    if not isinstance(text, str):
        text = ""
    fields = kind.root.fields or {}
    return Schedule(
        key,
        _read_key(body.get(place.role.runs), fields[place.role.runs].ref),
        text,
        _understood(settings.schedules.get(key.name, text)),
        min(max(ceil(lead), 0), MAX_LEAD) if isinstance(lead, int | float) else 0,
    )


@lru_cache(maxsize=4096)
def _understood(text: str) -> Recurrence | None:
    return understand(text)


def _read_steps(template: Key, body: Body, places: Sequence[StepPlace]) -> Iterator[Step]:
    for place in places:
        when, value = place.field.when, body.get(place.option)
        if not switched_on(when, body) if when else value is None:
            continue
        options = value if isinstance(value, dict) else {}
        programs = _read_programs(place, options)
        if place.list:
            yield from _read_items(template, place, options.get(place.list), programs)
        else:
            start, end, unclear = _read_window(place, options) if place.start else (None, None, "")
            pointer = f"/{place.option}"
            yield Step(template, place.option, pointer, None, *place.role, start, end, unclear, programs)


def _read_items(template: Key, place: StepPlace, items: Json, programs: Restriction) -> Iterator[Step]:
    """Yield a step for each item. A name that several have is numbered, and so are the items without one."""
    bodies = [item if isinstance(item, dict) else {} for item in items] if isinstance(items, list) else []
    names = [name if isinstance(name := body.get(place.name), str) else "" for body in bodies]
    totals, seen = Counter(names), Counter[str]()
    for position, (body, name) in enumerate(zip(bodies, names, strict=True)):
        seen[name] += 1
        shown = name if name and totals[name] == 1 else f"{name}#{seen[name]}"
        pointer = f"/{place.option}/{place.list}/{position}"
        marks = tuple(_mark(body, choice) for choice in place.choices)
        start, end, unclear = _read_window(place, body)
        yield Step(template, place.option, pointer, shown, *place.role, start, end, unclear, programs, marks)


def _mark(body: Body, choice: tuple[str, ...]) -> str:
    values = [body.get(name) for name in choice]
    return "" if any(value is None for value in values) else repr(values)


def _read_window(place: StepPlace, body: Body) -> tuple[Bound | None, Bound | None, str]:
    """Return both bounds of a window; instead of a bound that isn't clear None, and why."""
    start, no_start = _read_bound(body.get(place.start))
    end, no_end = _read_bound(body.get(place.end))
    unclear = [f"{side} {why}" for side, why in (("the start", no_start), ("the end", no_end)) if why]
    return start, end, "; ".join(unclear)


def _read_bound(value: Json) -> tuple[Bound | None, str]:
    if not isinstance(value, dict):
        return None, "is missing"
    position, anchor = value.get("position"), value.get("relative_to")
    number, unit = value.get("number"), value.get("unit_of_time")
    if position == "on":
        number, unit = 0, "days"
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None, "has no number"
    if isinstance(number, float) and not number.is_integer():
        return None, f"is {number} {unit}, and only a whole number has a certain meaning"
    return _known_bound(str(position), str(anchor), min(max(int(number), -MAX_NUMBER), MAX_NUMBER), str(unit))


@lru_cache(maxsize=4096)
def _known_bound(position: str, anchor: str, number: int, unit: str) -> tuple[Bound | None, str]:
    for word, known in ((position, get_args(Position)), (anchor, _ANCHORS), (unit, get_args(Unit))):
        if word not in known:
            return None, f"has '{word}', which rhythmconf doesn't know"
    return Bound(position, anchor, number, unit), ""  # type: ignore[arg-type]


def _read_programs(place: StepPlace, options: Body) -> Restriction:
    found = place.programs
    if found is None or (word := options.get(found.switch)) not in found.values:
        return Restriction()
    listed = options.get(found.list)
    keys = frozenset(_read_key(each, found.kinds) for each in (listed if isinstance(listed, list) else []))
    return Restriction("exclude" if word == "exclude" else "include", keys)


def _read_key(value: Json, kinds: tuple[str, ...]) -> Key:
    """Return the key of a reference. A record that no document declares is known by its id only."""
    if isinstance(value, dict):
        return _parsed(str(value.get("$ref")))
    return Key(kinds[0] if kinds else "", f"id:{value}")


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Key:
    return Key.parse(text)
