"""RC707: a window that depends on what nobody has confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rhythmconf.insight.lint.step_findings import QUARTERS, StepFinding, dates_of, is_of_quarters
from rhythmconf.model.code import Rule
from rhythmconf.model.dates import week_date
from rhythmconf.model.plural import joined

if TYPE_CHECKING:
    from rhythmconf.insight.lint.template_runs import TemplateRuns

OPEN_READING = Rule(
    "RC707",
    "a window depends on an unconfirmed reading",
    what=(
        "reading: the window of a step has other dates if the order of anchor and offset, the first day of a week, or "
        "the length of a month is not as rhythmconf takes it. The API does not say which holds, and neither does "
        "`calendar:` in rhythmconf.yaml."
    ),
    why="If the tenant reads it the other way, people are reminded on other days, twice or never.",
    example="{position: before, number: 3, unit_of_time: months, relative_to: the end of the quarter}",
    fix=(
        "Write the window so that all readings agree. Or find out in Rhythm which one holds, and state it: "
        "`calendar: {order: anchor-first}`."
    ),
)
SETTINGS = ("order", "week", "months")
"""The other settings move nearly every window, so they are said once for a project."""


def check_open_readings(runs: TemplateRuns) -> Iterator[StepFinding]:
    """Warn about each step whose window another reading of order, week or months moves."""
    for position, step in enumerate(runs.steps):
        if step.start is None or runs.is_inverted(step):
            continue
        moved: dict[str, str] = {}
        for deviation, others in runs.other_readings(step):
            pairs = zip(runs.windows(step), others, strict=True)
            first = next(((run, own, other) for (run, own), (_, other) in pairs if own != other), None)
            if first is not None and deviation.setting in SETTINGS:
                run, own, other = first
                value = getattr(runs.settings, deviation.setting)
                moved[deviation.setting] = (
                    f"on {week_date(run)} it is {dates_of(own)} if `{deviation.setting}` is {value}, and "
                    f"{dates_of(other)} if it is {deviation.value}"
                )
        if moved:
            also = f"; it also depends on {joined([f'`{name}`' for name in [*moved][1:]])}" if len(moved) > 1 else ""
            text = f": the window depends on an unconfirmed reading: {next(iter(moved.values()))}{also}"
            state = f"state what holds: `calendar: {{{next(iter(moved))}: ...}}`"
            quarter = is_of_quarters(step, runs.distances())
            yield StepFinding(OPEN_READING, position, text, f"{QUARTERS}; or {state}" if quarter else state)
