"""Read what runs do from the bodies of documents or records, by what the schemas say about their fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import ceil
from typing import get_args

from rhythmconf.catalog import Catalog, Kind, RestrictionPlace, StepPlace, switched_on
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


Bounds = tuple[Bound | None, Bound | None, str]
NONE = Restriction()
NO_WINDOW: Bounds = (None, None, "")


def read_setup(bodies: Mapping[Key, Body], catalog: Catalog, settings: CalendarSettings) -> Setup:
    """Read the steps and schedules of one configuration. References in `bodies` are `{"$ref": "module/kind/key"}`."""
    keys: dict[str, list[Key]] = {}
    for key in bodies:
        keys.setdefault(key.kind, []).append(key)
    kinds = [kind for name in keys if (kind := catalog.kinds.get(name))]
    steps = {
        key: _read_steps(key, bodies[key], kind.steps)
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
    return Setup(steps, tuple(schedules), catalog.names, frozenset(_find_unscheduled(catalog)))


def _find_unscheduled(catalog: Catalog) -> Iterator[str]:
    """Yield the kinds of templates that no kind of schedule can name, such as those of a module without schedules."""
    kinds = catalog.kinds.values()
    runs = [kind.root.child(kind.schedule.role.runs) for kind in kinds if kind.schedule]
    scheduled = {name for field in runs if field for name in field.ref}
    yield from (kind.name for kind in kinds if kind.steps and kind.name not in scheduled)


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


def _read_steps(template: Key, body: Body, places: Sequence[StepPlace]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for place in places:
        value = body.get(place.option)
        if not _is_on(place, value, body):
            continue
        options = value if isinstance(value, dict) else {}
        programs = _read_programs(place.programs, options) if place.programs else NONE
        if place.list:
            items = options.get(place.list)
            if isinstance(items, list) and items:
                steps += _read_items(template, place, items, programs)
        else:
            start, end, unclear = _read_window(place, options) if place.start else NO_WINDOW
            pointer = f"/{place.option}"
            steps.append(Step(template, place.option, pointer, None, *place.role, start, end, unclear, programs))
    return tuple(steps)


def _is_on(place: StepPlace, value: Json, body: Body) -> bool:
    """Tell whether an option is a step here: its switch is on, or it has a value where it needs no switch."""
    if place.switch:
        return body.get(place.switch) is True
    return value is not None if place.field.when is None else switched_on(place.field.when, body)


def _read_items(template: Key, place: StepPlace, items: Sequence[Json], programs: Restriction) -> Iterator[Step]:
    """Yield a step for each item. A name that several have is numbered, and so are the items without one."""
    bodies = [item if isinstance(item, dict) else {} for item in items]
    marks = [tuple([_mark(body, choice) for choice in place.choices]) for body in bodies]
    names = _number([body.get(place.name) for body in bodies])
    pointers = _pointers(place.option, place.list, len(bodies))
    option, (does, takes) = place.option, place.role
    for pointer, body, name, mark in zip(pointers, bodies, names, marks, strict=True):
        start, end, unclear = _read_window(place, body)
        yield Step(template, option, pointer, name, does, takes, start, end, unclear, programs, mark)


def _number(names: Sequence[Json]) -> Sequence[str]:
    texts = [name if isinstance(name, str) else "" for name in names]
    if "" not in texts and len({*texts}) == len(texts):
        return texts
    totals, seen = Counter(texts), Counter[str]()
    numbered = []
    for name in texts:
        seen[name] += 1
        numbered.append(name if name and totals[name] == 1 else f"{name}#{seen[name]}")
    return numbered


@lru_cache(maxsize=256)
def _pointers(option: str, list: str, length: int) -> tuple[str, ...]:
    return tuple(f"/{option}/{list}/{position}" for position in range(length))


def _read_window(place: StepPlace, body: Body) -> Bounds:
    """Return both bounds of a window; instead of a bound that isn't clear None, and why."""
    start, end = body.get(place.start), body.get(place.end)
    if not isinstance(start, dict) or not isinstance(end, dict):
        return _make_window(start, end)
    # Most windows of a project have been seen before, and this is done for each step of each template.
    first, last = start.get, end.get
    begin = (first("position"), first("number"), first("unit_of_time"), first("relative_to"))
    finish = (last("position"), last("number"), last("unit_of_time"), last("relative_to"))
    try:
        return _seen_window(begin, finish)
    except TypeError:  # a list inside of a bound
        return _make_window(start, end)


@lru_cache(maxsize=8192)
def _seen_window(start: tuple[Json, ...], end: tuple[Json, ...]) -> Bounds:
    names = ("position", "number", "unit_of_time", "relative_to")
    return _make_window(dict(zip(names, start, strict=True)), dict(zip(names, end, strict=True)))


def _make_window(start: Json, end: Json) -> Bounds:
    begin, no_start = _read_bound(start)
    finish, no_end = _read_bound(end)
    unclear = [f"{side} {why}" for side, why in (("the start", no_start), ("the end", no_end)) if why]
    return begin, finish, "; ".join(unclear)


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


def _mark(body: Body, choice: tuple[str, ...]) -> Json:
    """Return what identifies an item by one choice of its keys; None where it lacks a part of it."""
    if len(choice) == 1:
        return body.get(choice[0])
    values = [body.get(name) for name in choice]
    return None if None in values else values


def _read_programs(place: RestrictionPlace, options: Body) -> Restriction:
    word = options.get(place.switch)
    if word not in place.values:
        return NONE
    listed = options.get(place.list)
    keys = frozenset([_read_key(each, place.kinds) for each in (listed if isinstance(listed, list) else [])])
    return Restriction("exclude" if word == "exclude" else "include", keys)


def _read_key(value: Json, kinds: tuple[str, ...]) -> Key:
    """Return the key of a reference. A record that no document declares is known by its id only."""
    if isinstance(value, dict):
        return _parsed(str(value.get("$ref")))
    return Key(kinds[0] if kinds else "", f"id:{value}")


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Key:
    return Key.parse(text)
