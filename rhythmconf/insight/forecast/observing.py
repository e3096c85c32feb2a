"""Find out which readings of dates fit the runs that a tenant has done: a window held whoever was taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any, NamedTuple

from rhythmconf.catalog import Takes
from rhythmconf.insight.windows import Step
from rhythmconf.insight.windows.bounds import windows
from rhythmconf.insight.windows.readings import QUESTIONS
from rhythmconf.settings.calendar import CalendarSettings


class PastRun(NamedTuple):
    """A run that was done: its day, the day on which it was prepared, and the expiration dates of those it took.

    `steps` are those of the template as it was then. `prepared` is None where the tenant doesn't tell it.
    """

    template: str
    day: date
    prepared: date | None
    steps: tuple[Step, ...]
    taken: Mapping[Takes, tuple[date, ...]]


class Finding(NamedTuple):
    """What runs say about one setting: the values that fit all of them. One value alone is observed."""

    guess: str
    setting: str
    values: tuple[str, ...]
    fits: tuple[str, ...]

    @property
    def observed(self) -> str | None:
        """The only value that fits."""
        return self.fits[0] if len(self.fits) == 1 else None


class Observation(NamedTuple):
    """What the runs say about each setting. `runs` and `people` were compared; `skipped` runs tell nothing.

    `misfit` is the first run that no reading fits together with those before it; None where some reading fits all.
    """

    findings: tuple[Finding, ...]
    runs: int
    people: int
    skipped: int
    misfit: PastRun | None = None


def observe(runs: Sequence[PastRun], settings: CalendarSettings) -> Observation:
    """Compare runs with every combination of readings. Other settings are those of the project."""
    questions = [one for one in QUESTIONS if one.moves == "windows"]
    telling = [run for run in sorted(runs, key=lambda run: run.day) if any(True for _ in _dates(run))]
    left = list(product(*(one.says for one in questions)))
    misfit = None
    for run in telling:
        kept = [values for values in left if _fits(run, _with(settings, [one.setting for one in questions], values))]
        if not kept:
            misfit = run
            break
        left = kept
    findings = tuple(
        Finding(
            one.guess,
            one.setting,
            tuple(one.says),
            () if misfit else tuple(value for value in one.says if any(values[position] == value for values in left)),
        )
        for position, one in enumerate(questions)
    )
    people = sum(1 for run in telling for _ in _dates(run))
    return Observation(findings, len(telling), people, len(runs) - len(telling), misfit)


def _with(settings: CalendarSettings, names: Sequence[str], values: Sequence[str]) -> CalendarSettings:
    changed: dict[str, Any] = dict(zip(names, values, strict=True))
    return settings._replace(**changed)


def _dates(run: PastRun) -> Iterator[tuple[list[Step], date]]:
    """Yield each date that says something, with the steps one of which must have held it.

    A step without a window takes any date, and one whose window isn't clear may have: beside it, no date says anything.
    """
    for takes, dates in run.taken.items():
        steps = [step for step in run.steps if step.takes == takes]
        if steps and all(step.start is not None and step.end is not None for step in steps):
            yield from ((steps, day) for day in dates)


def _fits(run: PastRun, settings: CalendarSettings) -> bool:
    """Tell whether each date lies in a window of the run. A reference day that nobody knows refutes nothing."""
    reference = run.day if settings.reference == "run" else run.prepared
    if reference is None:
        return True
    held: dict[Step, tuple[int, int]] = {}
    for step in run.steps:
        starts, ends = windows(step, (reference.toordinal(),), settings)
        if starts:
            held[step] = starts[0], ends[0]
    return all(any(held[step][0] <= day.toordinal() <= held[step][1] for step in steps) for steps, day in _dates(run))
