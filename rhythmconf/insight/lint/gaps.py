"""RC702: expiration dates that no run takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rhythmconf.insight.lint.step_findings import (
    COVERED,
    QUARTERS,
    SHOWN,
    Distances,
    StepFinding,
    is_of_quarters,
    widen,
    width,
)
from rhythmconf.model.code import Rule
from rhythmconf.model.dates import spans, week_date
from rhythmconf.model.plural import counted

if TYPE_CHECKING:
    from rhythmconf.insight.lint.template_runs import TemplateRuns

GAP = Rule(
    "RC702",
    "expiration dates that no run takes",
    what=(
        "gap: of the 800 expiration dates from today on, some are in no window of a step, whichever run it is. All "
        "schedules of the template count together. Forecasts are not judged: they look at each person again and again."
    ),
    why="Whoever expires on such a date is never reminded, never dropped or never invoiced.",
    example=(
        "schedule: every week on Monday at 06:00\n"
        "# 60 to 65 days ahead: six dates each week, so whoever expires on the seventh is never reminded"
    ),
    fix="Make the window as wide as the time between two runs, or run more often.",
)


def check_gaps(runs: TemplateRuns) -> Iterator[StepFinding]:
    """Warn about each step that leaves out expiration dates; not about forecasts."""
    for position, step in enumerate(runs.steps):
        covered = runs.coverage(step) if step.does != "forecast" and not runs.is_inverted(step) else None
        if covered is None or not covered.never:
            continue
        distances, widest = runs.distances(), width(runs.windows(step))
        why = _why(widest, distances)
        text = (
            f": {covered.never} of {COVERED} expiry dates are in no run, the first is "
            f"{week_date(covered.never_on[0][0])}{why}: {spans(covered.never_on, SHOWN)}"
        )
        help = QUARTERS if is_of_quarters(step, distances) else widen(distances)
        yield StepFinding(GAP, position, text, help)


def _why(widest: int, distances: Distances | None) -> str:
    """Say that the window is narrower than the cadence where that is why."""
    if distances is None or widest >= distances.most:
        return ""
    cadence = f"{distances.most} days" if distances.least == distances.most else f"up to {distances.most} days"
    return f"; the window of {counted(widest, 'day')} is narrower than the cadence of {cadence}"
