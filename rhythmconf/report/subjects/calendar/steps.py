"""Arrange a calendar by steps: each with its runs, and the name that reports give to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rhythmconf.insight.windows.outlook import Outlook
from rhythmconf.insight.windows.values import Run, Step, StepCalendar, Window
from rhythmconf.model import Key

NOUNS: Mapping[str, str] = {
    "remind": "reminder",
    "forecast": "forecast",
    "drop": "drop",
    "expire": "expiry",
    "activate": "activation",
    "invoice": "invoice",
}
"""What a step is; also its name where it has none of its own."""


class StepRun(NamedTuple):
    """A run of a step, and the window of the step on it."""

    run: Run
    window: Window | None


class StepFacts(NamedTuple):
    """A step, what is known about it, and its runs by date. `label` names it within its template."""

    known: StepCalendar
    label: str
    runs: tuple[StepRun, ...]

    @property
    def step(self) -> Step:
        """The step itself."""
        return self.known.step


def list_steps(outlook: Outlook) -> list[StepFacts]:
    """Return the steps in the order of the calendar, each with its runs."""
    runs: dict[tuple[Key, str, str | None], list[StepRun]] = {}
    for run in outlook.calendar.runs:
        for one in run.steps:
            runs.setdefault((run.template, one.option, one.name), []).append(StepRun(run, one.window))
    steps = outlook.calendar.steps
    nouns = [(known.step.template, step_noun(known.step)) for known in steps]
    alike = Counter(nouns)
    return [
        StepFacts(
            known,
            noun[1] if alike[noun] == 1 else f"{noun[1]} of {known.step.takes}",
            tuple(runs.get((known.step.template, known.step.option, known.step.name), ())),
        )
        for known, noun in zip(steps, nouns, strict=True)
    ]


def by_template(steps: Iterable[StepFacts]) -> dict[Key, list[StepFacts]]:
    """Return the steps of each template."""
    grouped: dict[Key, list[StepFacts]] = {}
    for one in steps:
        grouped.setdefault(one.step.template, []).append(one)
    return grouped


def step_noun(step: Step) -> str:
    """Return what a step is called: the name of a reminder, else a noun such as `drop`."""
    return step.name or NOUNS[step.does]
