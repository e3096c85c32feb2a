"""RC706: a drop or an expiry that takes what has not expired."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rhythmconf.insight.lint.step_findings import StepFinding
from rhythmconf.model.code import Rule
from rhythmconf.model.dates import full_date, week_date

if TYPE_CHECKING:
    from rhythmconf.insight.lint.template_runs import TemplateRuns

NOT_EXPIRED = Rule(
    "RC706",
    "a drop takes what has not expired",
    what=(
        "not-yet-expired: the window of a drop, or of the expiry of applications, reaches to the day of a run or "
        "beyond it. What expires on the day of the run has not expired yet."
    ),
    why="Members lose a certification that is still valid.",
    example="expiration_date_range_end: {position: after, number: 30, unit_of_time: days, ...}     # drop_options",
    fix="End the window before the day of the run, such as `before 1 days, the reference date`.",
)
NOT_EXPIRED.severity = "error"


def check_not_expired(runs: TemplateRuns) -> Iterator[StepFinding]:
    """Report each drop and each expiry whose window doesn't end before its run."""
    for position, step in enumerate(runs.steps):
        if step.does not in ("drop", "expire"):
            continue
        early = ((run, window) for run, window in runs.windows(step) if window.unexpired_on(run))
        if (found := next(early, None)) is not None:
            run, window = found
            text = f": on {week_date(run)} it takes {step.takes} that expire until {full_date(window.end)}"
            text += ", and the last of them have not expired then"
            help = "end the window before the day of the run, such as `before 1 days, the reference date`"
            yield StepFinding(NOT_EXPIRED, position, text, help)
