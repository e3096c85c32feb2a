"""Read a Calendar from the JSON that `calendar_json.to_json` writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any, cast

from rhythmconf.insight.windows.values import (
    Backlog,
    Bound,
    Calendar,
    Changeover,
    Coverage,
    Guess,
    Ranges,
    Reading,
    Restriction,
    Run,
    RunsReading,
    RunStep,
    ScheduleCalendar,
    Step,
    StepCalendar,
    Unknown,
    Window,
)
from rhythmconf.model import Body, Key


def from_json(value: Body) -> Calendar:
    """Return the calendar that `to_json` has written. Raises ValueError where it could not have written this."""
    try:
        return _calendar(cast("Any", value))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"this is not a calendar: {error}") from error


def _calendar(value: Any) -> Calendar:
    schedules = tuple(_read_schedule(each) for each in value["schedules"])
    steps = tuple(_read_step(each) for each in value["steps"])
    templates = {each.step.template.name: each.step.template for each in steps}
    templates |= {each.template.name: each.template for each in schedules}
    keys = {each.key.name: each.key for each in schedules}
    return Calendar(
        as_of=date.fromisoformat(value["as_of"]),
        zone=value["zone"],
        days=value["days"],
        guesses=tuple(Guess(**each) for each in value["guesses"]),
        runs=tuple(_read_run(each, keys, templates) for each in value["runs"]),
        steps=steps,
        schedules=schedules,
        unknown=tuple(Unknown(**each) for each in value["unknown"]),
    )


def _read_key(text: str, kind: str) -> Key:
    return Key.parse(text) if "/" in text else Key(kind, text)


def _read_run(value: Any, schedules: Mapping[str, Key], templates: Mapping[str, Key]) -> Run:
    def key(text: str, known: Mapping[str, Key]) -> Key:
        return Key.parse(text) if "/" in text else known[text]

    steps = (
        RunStep(step["option"], step["step"], _read_pair((step["start"], step["end"])) if step["start"] else None)
        for step in value["steps"]
    )
    return Run(
        day=date.fromisoformat(value["date"]),
        at=time.fromisoformat(value["time"]),
        schedule=key(value["schedule"], schedules),
        template=key(value["template"], templates),
        prepared_on=date.fromisoformat(value["prepared_on"]),
        steps=tuple(steps),
    )


def _read_step(value: Any) -> StepCalendar:
    programs = value["programs"]
    step = Step(
        template=_read_key(value["template"], value["kind"]),
        option=value["option"],
        pointer=value["pointer"],
        name=value["step"],
        does=value["does"],
        takes=value["takes"],
        start=_read_bound(value["window"][0]),
        end=_read_bound(value["window"][1]),
        unclear=value["unclear"],
        programs=Restriction(programs["mode"], frozenset(map(Key.parse, programs["keys"]))),
    )
    readings = (
        Reading(
            each["guess"],
            each["setting"],
            each["value"],
            date.fromisoformat(each["run"]),
            _read_pair(each["base"]),
            _read_pair(each["window"]),
            _read_coverage(each["coverage"]),
        )
        for each in value["readings"]
    )
    changeover, backlog = value["changeover"], value["backlog"]
    return StepCalendar(
        step,
        _read_coverage(value["coverage"]),
        tuple(readings),
        _read_changeover(changeover) if changeover else None,
        Backlog(date.fromisoformat(backlog["run"]), backlog["days"], _read_ranges(backlog["dates"]))
        if backlog
        else None,
        value["relative"],
    )


def _read_schedule(value: Any) -> ScheduleCalendar:
    readings = (
        RunsReading(
            each["guess"],
            each["setting"],
            each["value"],
            each["count"],
            tuple(map(date.fromisoformat, each["away"])),
            tuple(map(date.fromisoformat, each["extra"])),
        )
        for each in value["readings"]
    )
    key, template = _read_key(value["schedule"], value["kind"]), _read_key(value["template"], value["template_kind"])
    return ScheduleCalendar(key, template, value["text"], value["understood"], tuple(readings))


def _read_bound(value: Any) -> Bound | None:
    return Bound(**value) if value else None


def _read_coverage(value: Any) -> Coverage | None:
    if value is None:
        return None
    return Coverage(value["never"], value["once"], value["more"], value["most"], _read_ranges(value["never_on"]))


def _read_changeover(value: Any) -> Changeover:
    return Changeover(
        date.fromisoformat(value["from"]),
        date.fromisoformat(value["to"]),
        value["never"],
        _read_ranges(value["never_on"]),
        value["twice"],
        _read_ranges(value["twice_on"]),
    )


def _read_pair(value: Any) -> Window:
    start, end = value
    return Window(date.fromisoformat(start), date.fromisoformat(end))


def _read_ranges(value: Any) -> Ranges:
    return tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in value)
