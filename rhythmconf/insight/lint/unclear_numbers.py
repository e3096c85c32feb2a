"""RC708: a bound of a window whose number has no certain meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rhythmconf.insight.lint.step_findings import StepFinding
from rhythmconf.model.code import Rule

if TYPE_CHECKING:
    from rhythmconf.insight.windows.values import Step

UNCLEAR_NUMBER = Rule(
    "RC708",
    "half a month",
    what="number-unclear: a bound of a window is a number of days, weeks, months or years that is not whole.",
    why="Nobody knows which day that is, so nobody knows whom the step takes.",
    example="expiration_date_range_end: {position: after, number: 1.5, unit_of_time: months, ...}",
    fix="Write a whole number, in a smaller unit if need be.",
)
UNCLEAR_NUMBER.severity = "error"


def check_unclear_numbers(steps: Iterable[Step]) -> Iterator[StepFinding]:
    """Report each step with a bound that isn't clear."""
    for position, step in enumerate(steps):
        if step.unclear:
            text = f": {step.unclear}"
            yield StepFinding(UNCLEAR_NUMBER, position, text, "write a whole number, in a smaller unit if need be")
