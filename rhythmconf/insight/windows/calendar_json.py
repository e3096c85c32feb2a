"""Write a Calendar as JSON: `calendar --format json`, and the member `calendar` of a plan.

Dates are ISO 8601. A key is written as documents write it: alone, or as `module/kind/key` where several kinds have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import time

from rhythmconf.insight.windows.values import (
    Backlog,
    Bound,
    Calendar,
    Changeover,
    Coverage,
    Ranges,
    Run,
    ScheduleCalendar,
    StepCalendar,
    Window,
)
from rhythmconf.model import Body, Json, Key


def to_json(calendar: Calendar) -> Body:
    """Return the documented JSON of a calendar. A member that is null is unknown or doesn't apply."""
    return {name: [*value] if isinstance(value, Iterator) else value for name, value in iterate_json(calendar).items()}


def iterate_json(calendar: Calendar) -> dict[str, Json | Iterator[Json]]:
    """Return what `to_json` does, with iterators for long lists: those of many templates are too long to keep."""
    name = _namer(calendar)
    return {
        "as_of": calendar.as_of.isoformat(),
        "zone": calendar.zone,
        "days": calendar.days,
        "guesses": [dict(guess._asdict()) for guess in calendar.guesses],
        "runs": (_run(run, name) for run in calendar.runs),
        "steps": (_step(each, name) for each in calendar.steps),
        "schedules": (_schedule(each, name) for each in calendar.schedules),
        "unknown": [{"subject": each.subject, "reason": each.reason} for each in calendar.unknown],
    }


def _namer(calendar: Calendar) -> Mapping[Key, str]:
    keys = {key for each in calendar.schedules for key in (each.key, each.template)}
    keys |= {each.step.template for each in calendar.steps}
    keys |= {key for run in calendar.runs for key in (run.schedule, run.template)}
    # A schedule may have the key of its template: only keys of one sort can be mixed up.
    templates = {each.step.template for each in calendar.steps} | {each.template for each in calendar.schedules}
    templates |= {run.template for run in calendar.runs}
    return {**_names(keys - templates), **_names(templates)}


def _names(keys: Iterable[Key]) -> dict[Key, str]:
    keys = list(keys)
    counts = Counter(key.name for key in keys)
    return {key: key.name if counts[key.name] == 1 else str(key) for key in keys}


def _run(run: Run, name: Mapping[Key, str]) -> Json:
    return {
        "date": run.day.isoformat(),
        "time": _clock(run.at),
        "schedule": name[run.schedule],
        "template": name[run.template],
        "prepared_on": run.prepared_on.isoformat(),
        "steps": [
            {
                "option": step.option,
                "step": step.name,
                "start": step.window.start.isoformat() if step.window else None,
                "end": step.window.end.isoformat() if step.window else None,
            }
            for step in run.steps
        ],
    }


def _step(each: StepCalendar, name: Mapping[Key, str]) -> Json:
    step = each.step
    return {
        "template": name[step.template],
        "option": step.option,
        "step": step.name,
        "does": step.does,
        "takes": step.takes,
        "coverage": _coverage(each.coverage),
        "readings": [
            {
                "guess": reading.guess,
                "setting": reading.setting,
                "value": reading.value,
                "run": reading.run.isoformat(),
                "base": _pair(reading.base),
                "window": _pair(reading.window),
                "coverage": _coverage(reading.coverage),
            }
            for reading in each.readings
        ],
        "changeover": _changeover(each.changeover),
        "backlog": _backlog(each.backlog),
        "relative": each.relative,
        "kind": step.template.kind,
        "pointer": step.pointer,
        "window": [_bound(step.start), _bound(step.end)],
        "unclear": step.unclear,
        "programs": {"mode": step.programs.mode, "keys": [str(key) for key in sorted(step.programs.keys)]},
    }


def _schedule(each: ScheduleCalendar, name: Mapping[Key, str]) -> Json:
    return {
        "schedule": name[each.key],
        "template": name[each.template],
        "understood": each.understood,
        "readings": [
            {
                "guess": reading.guess,
                "setting": reading.setting,
                "value": reading.value,
                "count": reading.runs,
                "away": [day.isoformat() for day in reading.away],
                "extra": [day.isoformat() for day in reading.extra],
            }
            for reading in each.readings
        ],
        "text": each.text,
        "kind": each.key.kind,
        "template_kind": each.template.kind,
    }


def _coverage(coverage: Coverage | None) -> Json:
    if coverage is None:
        return None
    never, once, more, most, never_on = coverage
    return {"never": never, "once": once, "more": more, "most": most, "never_on": _ranges(never_on)}


def _changeover(changeover: Changeover | None) -> Json:
    if changeover is None:
        return None
    return {
        "from": changeover.first.isoformat(),
        "to": changeover.last.isoformat(),
        "never": changeover.never,
        "never_on": _ranges(changeover.never_on),
        "twice": changeover.twice,
        "twice_on": _ranges(changeover.twice_on),
    }


def _backlog(backlog: Backlog | None) -> Json:
    if backlog is None:
        return None
    return {"run": backlog.run.isoformat(), "days": backlog.days, "dates": _ranges(backlog.dates)}


def _bound(bound: Bound | None) -> Json:
    return None if bound is None else dict(bound._asdict())


def _pair(window: Window) -> Json:
    return [window.start.isoformat(), window.end.isoformat()]


def _ranges(ranges: Ranges) -> Json:
    return [[first.isoformat(), last.isoformat()] for first, last in ranges]


def _clock(moment: time) -> str:
    return moment.isoformat("seconds" if moment.second else "minutes")
