"""RC701: a window that ends before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rhythmconf.insight.lint.step_findings import StepFinding, window_on
from rhythmconf.model.code import Rule

if TYPE_CHECKING:
    from rhythmconf.insight.lint.template_runs import TemplateRuns

INVERTED_WINDOW = Rule(
    "RC701",
    "a window ends before it begins",
    what=(
        "window-inverted: on every run, the end of the window of a step is before its start (an error). "
        "window-sometimes-inverted: it is on some runs (a warning). No kind has the schedules of membership, so a "
        "template of membership is judged as if it ran on every day, and only window-inverted is found."
    ),
    why="Such a window takes nobody, so nobody is reminded, dropped or invoiced.",
    example=(
        "expiration_date_range_start: {position: before, number: 30, unit_of_time: days, ...}\n"
        "expiration_date_range_end: {position: before, number: 60, unit_of_time: days, ...}"
    ),
    fix="Make the start the earlier one. Of two bounds with `before`, that is the one with the larger number.",
)
INVERTED_WINDOW.severity = "error"


def check_inverted_windows(runs: TemplateRuns) -> Iterator[StepFinding]:
    """Report each step whose window ends before it begins, on every run or on some."""
    for position, step in enumerate(runs.steps):
        windows = runs.windows(step)
        inverted = [run for run in windows if run[1].end < run[1].start]
        if not inverted:
            continue
        both_before = all(bound is not None and bound.position == "before" for bound in (step.start, step.end))
        help = "make the start the earlier one" + (": with `before`, the larger number" if both_before else "")
        first = window_on(*inverted[0])
        if len(inverted) == len(windows):
            text = f": the window ends before it begins on every run; {first}"
            yield StepFinding(INVERTED_WINDOW, position, text, help)
        else:
            text = f": the window ends before it begins on {len(inverted)} of {len(windows)} runs; {first}"
            yield StepFinding(INVERTED_WINDOW, position, text, help, "warning")
