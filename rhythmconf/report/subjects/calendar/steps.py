"""Arrange a calendar by steps: each with its runs, and the name that reports give to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, overload

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
    "renew": "renewal",
}
"""What a step is; also its name where it has none of its own."""


class StepRun(NamedTuple):
    """A run of a step, and the window of the step on it."""

    run: Run
    window: Window | None


class StepRuns(Sequence[StepRun]):
    """The runs of a template with the window of one step, made when they are looked at: there can be a million."""

    def __init__(self, runs: Sequence[Run], position: int) -> None:
        self._runs = runs
        self._position = position

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[StepRun]:
        position = self._position
        return (StepRun(run, run.steps[position].window) for run in self._runs)

    @overload
    def __getitem__(self, index: int) -> StepRun: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[StepRun]: ...

    def __getitem__(self, index: int | slice) -> StepRun | Sequence[StepRun]:
        if isinstance(index, slice):
            return StepRuns(self._runs[index], self._position)
        run = self._runs[index]
        return StepRun(run, run.steps[self._position].window)


class StepFacts(NamedTuple):
    """A step, what is known about it, and its runs by date. `label` names it within its template."""

    known: StepCalendar
    label: str
    runs: Sequence[StepRun]

    @property
    def step(self) -> Step:
        """The step itself."""
        return self.known.step


def _place(step: Step) -> tuple[Key, str, str | None]:
    return step.template, step.option, step.name


def list_steps(outlook: Outlook) -> list[StepFacts]:
    """Return the steps in the order of the calendar, each with its runs."""
    runs: dict[Key, list[Run]] = {}
    for run in outlook.calendar.runs:
        runs.setdefault(run.template, []).append(run)
    positions = {
        (template, one.option, one.name): position
        for template, each in runs.items()
        for position, one in enumerate(each[0].steps)
    }
    steps = outlook.calendar.steps
    nouns = [(known.step.template, step_noun(known.step)) for known in steps]
    alike = Counter(nouns)
    return [
        StepFacts(
            known,
            noun[1] if alike[noun] == 1 else f"{noun[1]} of {known.step.takes}",
            StepRuns(runs.get(known.step.template, ()), positions.get(_place(known.step), 0)),
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
