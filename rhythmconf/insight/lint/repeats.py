"""RC703: people who get the same reminder several times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rhythmconf.insight.lint.step_findings import COVERED, QUARTERS, SHOWN, StepFinding, is_of_quarters, widen
from rhythmconf.model.code import Rule
from rhythmconf.model.dates import spans

if TYPE_CHECKING:
    from rhythmconf.insight.lint.template_runs import TemplateRuns

REPEAT = Rule(
    "RC703",
    "the same reminder several times",
    what="repeat: an expiration date is in the windows of several runs of one reminder.",
    why="The same people get the same mail again: after that they read none.",
    example="schedule: every week on Monday at 06:00\n# 60 to 70 days ahead: four of seven dates are taken twice",
    fix="Make the window as wide as the time between two runs.",
)


def check_repeats(runs: TemplateRuns) -> Iterator[StepFinding]:
    """Warn about each reminder that takes an expiration date in several runs."""
    for position, step in enumerate(runs.steps):
        covered = runs.coverage(step) if step.does == "remind" else None
        if covered is None or covered.most < 2:
            continue
        distances = runs.distances()
        text = (
            f": people get it up to {covered.most} times; {covered.more} of {COVERED} expiry dates are in more than "
            f"one run: {spans(runs.repeated_on(step), SHOWN)}"
        )
        help = QUARTERS if is_of_quarters(step, distances) else widen(distances)
        yield StepFinding(REPEAT, position, text, help)
