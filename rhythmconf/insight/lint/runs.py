"""Run the rules about runs. This module is imported only where there are templates or schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from rhythmconf.insight.lint.bodies import Bodies, Finding
from rhythmconf.insight.lint.early_drops import Timed, check_early_drops
from rhythmconf.insight.lint.gaps import check_gaps
from rhythmconf.insight.lint.inverted_windows import check_inverted_windows
from rhythmconf.insight.lint.not_expired import check_not_expired
from rhythmconf.insight.lint.open_readings import check_open_readings
from rhythmconf.insight.lint.overlapping_steps import check_overlapping_steps
from rhythmconf.insight.lint.quiet_steps import loud_steps
from rhythmconf.insight.lint.repeats import check_repeats
from rhythmconf.insight.lint.step_findings import StepFinding
from rhythmconf.insight.lint.template_runs import Shape, TemplateRuns, runs_of, shape_of, without_leads
from rhythmconf.insight.lint.unclear_numbers import check_unclear_numbers
from rhythmconf.insight.lint.unknown_schedules import check_unknown_schedules
from rhythmconf.insight.windows.bounds import reach
from rhythmconf.insight.windows.running import is_known, lead_days, schedules_of
from rhythmconf.insight.windows.schedules import understand
from rhythmconf.insight.windows.setup import read_setup
from rhythmconf.insight.windows.values import Step
from rhythmconf.model import tokens
from rhythmconf.settings import CalendarSettings

RULES: tuple[Callable[[TemplateRuns], Iterator[StepFinding]], ...] = (
    check_inverted_windows,
    check_gaps,
    check_repeats,
    check_overlapping_steps,
    check_not_expired,
    check_open_readings,
)


class Judgement(NamedTuple):
    """What is known about the templates of one shape.

    `times` has, for each step that reminds or drops, its position and the days from the expiry to its runs.
    """

    findings: tuple[StepFinding, ...]
    runs: TemplateRuns
    times: tuple[tuple[int, int, int], ...]


def judge_runs(subject: Bodies) -> Iterator[Finding]:
    """Yield the findings about schedules and about the windows of steps.

    Where a schedule of a template is not understood, that is its only finding; where a number is unclear, that is the
    only one of the step.
    """
    setup = read_setup(subject.bodies, subject.catalog, subject.calendar)
    yield from check_unknown_schedules(subject, setup)
    schedules_by_template = schedules_of(setup)
    values, given = subject.calendar[:-2], subject.calendar.given
    judged: list[Judged] = []
    for template, steps in setup.steps.items():
        clear = [step for step in steps if step.start is not None and step.end is not None]
        if len(clear) < len(steps):
            for finding in check_unclear_numbers(steps):
                yield _name(subject, steps, finding)
        schedules = schedules_by_template.get(template, ())
        if clear and template.kind in setup.unscheduled:
            for finding in _find_inverted(shape_of(clear, ()), subject.today, values, given):
                yield _name(subject, clear, finding)
        if not clear or not schedules or None in [schedule.recurrence for schedule in schedules]:
            continue
        judgement = _judge(shape_of(clear, schedules), subject.today, values, given)
        for finding in judgement.findings:
            yield _name(subject, clear, finding)
        judged.append((clear, judgement))
    yield from check_early_drops(subject, _timed(judged))


Judged: TypeAlias = tuple[list[Step], Judgement]
"""The steps of a template, and what is known about its shape."""


def _timed(judged: Sequence[Judged]) -> list[Timed]:
    """Return the steps that may matter to a drop which comes too early: none where no drop can."""
    shapes = {id(judgement): judgement for _, judgement in judged}.values()
    times = [(shape.runs.steps[time[0]].does, *time[1:]) for shape in shapes for time in shape.times]
    last = max((latest for does, _, latest in times if does == "remind"), default=0)
    if all(does != "drop" or earliest >= last for does, earliest, _ in times):
        return []
    return [
        Timed(steps[position], judgement.runs, *days)
        for steps, judgement in judged
        for position, *days in judgement.times
    ]


@lru_cache(maxsize=2048)
def _judge(shape: Shape, first: date, values: tuple[Any, ...], given: frozenset[str]) -> Judgement:
    """Judge all templates of a shape at once: most templates of a project are alike."""
    settings = CalendarSettings(*values)._replace(given=given)
    runs = runs_of(shape, first, settings)
    loud = loud_steps(runs)
    findings: tuple[StepFinding, ...] = ()
    if loud:
        alike = tuple([shape[0][position] for position in loud]), without_leads(shape[1], settings)
        findings = tuple([_at(loud, finding) for finding in _find(alike, first, values, given)])
    lead = max(lead_days(schedule.lead) for schedule in runs.schedules)
    times = tuple(
        (position, -reach(step)[1], lead - reach(step)[0])
        for position, step in enumerate(runs.steps)
        if step.does in ("remind", "drop") and is_known(step, runs.schedules)
    )
    return Judgement(findings, runs, times)


@lru_cache(maxsize=2048)
def _find(shape: Shape, first: date, values: tuple[Any, ...], given: frozenset[str]) -> tuple[StepFinding, ...]:
    """Ask all rules about the steps of a shape."""
    runs = runs_of(shape, first, CalendarSettings(*values)._replace(given=given))
    return tuple([finding for rule in RULES for finding in rule(runs)])


@lru_cache(maxsize=2048)
def _find_inverted(
    shape: Shape, first: date, values: tuple[Any, ...], given: frozenset[str]
) -> tuple[StepFinding, ...]:
    """Find the windows of templates without known schedules that end before they begin on whatever day a run is."""
    every_day = shape[0], ((understand("every day at 00:00"), 0),)
    runs = runs_of(every_day, first, CalendarSettings(*values)._replace(given=given))
    return tuple([finding for finding in check_inverted_windows(runs) if finding.severity is None])


def _at(positions: Sequence[int], finding: StepFinding) -> StepFinding:
    """Return a finding about some steps of a template, by their positions among all of them."""
    other = None if finding.other is None else positions[finding.other]
    return finding._replace(position=positions[finding.position], other=other)


def _name(subject: Bodies, steps: list[Step] | tuple[Step, ...], finding: StepFinding) -> Finding:
    """Put the names of steps into a finding."""
    step = steps[finding.position]
    message = f"{subject.shown(step.template)} {_label(step)}{finding.text}"
    if finding.other is not None:
        message += f" {_label(steps[finding.other])}"
    path = tuple(int(token) if token.isdecimal() else token for token in tokens(step.pointer))
    return Finding(finding.rule, step.template, path, message, finding.help, finding.severity)


def _label(step: Step) -> str:
    return step.option + (f" '{step.name}'" if step.name is not None else "")
