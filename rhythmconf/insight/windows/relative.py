"""Say in words what a window is, relative to a run whose day isn't known."""

from __future__ import annotations

from rhythmconf.insight.windows.values import Bound, Step
from rhythmconf.settings.calendar import CalendarSettings

_DAY = "the reference date"


def relate(step: Step, settings: CalendarSettings) -> str | None:
    """Return a window in words: `60 to 66 days after the run`; None where it isn't clear or there is none."""
    start, end = step.start, step.end
    if start is None or end is None:
        return None
    run = "the run" if settings.reference == "run" else "the preparation of the run"
    without = "" if settings.bounds == "closed" else ", without the last day"
    if start == end:
        return f"{_side(start, run)}{without}"
    if (start.position, start.anchor, start.unit) == (end.position, end.anchor, end.unit) and start.position != "on":
        return f"{start.number} to {end.number} {end.unit} {start.position} {_anchor(end, run)}{without}"
    return f"from {_side(start, run)} to {_side(end, run)}{without}"


def _side(bound: Bound, run: str) -> str:
    if bound.position == "on" or bound.number == 0:
        return f"the day of {run}" if bound.anchor == _DAY else _anchor(bound, run)
    unit = bound.unit.removesuffix("s") if bound.number == 1 else bound.unit
    return f"{bound.number} {unit} {bound.position} {_anchor(bound, run)}"


def _anchor(bound: Bound, run: str) -> str:
    return run if bound.anchor == _DAY else f"{bound.anchor} of {run}"
