"""RC704: one run sends two reminders to the same people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from rhythmconf.insight.lint.step_findings import StepFinding
from rhythmconf.model.code import Rule
from rhythmconf.model.dates import span, week_date

if TYPE_CHECKING:
    from rhythmconf.insight.lint.template_runs import TemplateRuns
    from rhythmconf.insight.windows.values import Step, Window

OVERLAPPING_STEPS = Rule(
    "RC704",
    "one run sends two reminders to the same people",
    what="steps-overlap: the windows of two reminders share expiration dates on the same run.",
    why="People get two mails on one day, such as the first reminder and the last one.",
    example="# on each run: 30 to 36 days ahead, and 36 to 42 days ahead",
    fix="Let the window of one reminder end on the day before that of the next one begins.",
)


def check_overlapping_steps(runs: TemplateRuns) -> Iterator[StepFinding]:
    """Warn about each reminder whose window overlaps that of an earlier one on some run."""
    for position, step in enumerate(runs.steps):
        earlier = enumerate(runs.steps[:position])
        others = [other for other in earlier if step.does == "remind" == other[1].does and step.takes == other[1].takes]
        shared = next(((other, found) for other, one in others if (found := _find_shared(runs, one, step))), None)
        if shared is not None:
            other, (run, window) = shared
            text = f": on {week_date(run)} it takes people who expire {span(*window)}, and so does"
            help = "let one window end on the day before the other begins"
            yield StepFinding(OVERLAPPING_STEPS, position, text, help, other=other)


def _find_shared(runs: TemplateRuns, one: Step, other: Step) -> tuple[date, tuple[date, date]] | None:
    """Return the first run on which two windows overlap, and the dates that they share."""
    found = [
        _first_shared(runs.windows_of(one, schedule), runs.windows_of(other, schedule)) for schedule in runs.schedules
    ]
    return min((each for each in found if each is not None), default=None)


def _first_shared(
    one: Sequence[tuple[date, Window]], other: Sequence[tuple[date, Window]]
) -> tuple[date, tuple[date, date]] | None:
    for (run, left), (_, right) in zip(one, other, strict=False):
        start, end = max(left.start, right.start), min(left.end, right.end)
        if start <= end:
            return run, (start, end)
    return None
