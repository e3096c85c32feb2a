"""Find what people should look at first in a calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rhythmconf.insight.windows.outlook import Outlook
from rhythmconf.model import Key
from rhythmconf.model.plural import counted
from rhythmconf.report.dates import span, week_date
from rhythmconf.report.effects import END_BEFORE_RUN
from rhythmconf.report.subjects.calendar import sentences
from rhythmconf.report.subjects.calendar.steps import StepFacts

_COUNTABLE = ("gap", "repeat")


class Problem(NamedTuple):
    """Something that people should look at: a gap, a repeat, a window that is wrong, or something that is not known.

    `step` is None for a problem of a schedule or a template. `word` says in a word or two what it is.
    """

    key: Key
    step: StepFacts | None
    word: str
    text: str
    help: str = ""


def find_problems(outlook: Outlook, steps: Iterable[StepFacts]) -> list[Problem]:
    """Return what people should look at, schedules and templates first."""
    found = [*_schedule_problems(outlook)]
    for facts in steps:
        found += _step_problems(facts, outlook)
    return found


def _schedule_problems(outlook: Outlook) -> Iterator[Problem]:
    for schedule in outlook.calendar.schedules:
        if not schedule.understood:
            yield Problem(
                schedule.key,
                None,
                "not understood",
                f"the schedule '{schedule.text}' is not understood, so its runs are not known",
                "say what it means in rhythmconf.yaml: "
                f"`calendar: {{schedules: {{{schedule.key.name}: every week on Monday at 06:00}}}}`",
            )
    for key, idle in outlook.idle.items():
        if idle.why == "no-schedule":
            yield Problem(key, None, "never runs", sentences.describe_idle(key, outlook))


def _step_problems(facts: StepFacts, outlook: Outlook) -> Iterator[Problem]:
    key, step, coverage = facts.step.template, facts.step, facts.known.coverage
    if step.unclear:
        yield Problem(key, facts, "not clear", f"its window is not clear: {step.unclear}")
    inverted = [one for one in facts.runs if one.window and one.window.end < one.window.start]
    if inverted and len(inverted) == len(facts.runs):
        yield Problem(key, facts, "takes nobody", "its window ends before it begins, on every run, so it takes nobody")
    elif inverted:
        when = f"on {counted(len(inverted), 'run')}, first {week_date(inverted[0].run.day)}"
        yield Problem(key, facts, "sometimes takes nobody", f"its window ends before it begins {when}")
    yield from _unexpired_problem(facts)
    if coverage and step.does != "forecast" and coverage.never and len(inverted) < max(len(facts.runs), 1):
        yield Problem(key, facts, "gap", sentences.describe_gap(coverage, outlook.calendar.as_of))
    if coverage and step.does == "remind" and coverage.more:
        yield Problem(key, facts, "repeat", sentences.describe_repeat(coverage))


def _unexpired_problem(facts: StepFacts) -> Iterator[Problem]:
    """Yield the problem of a drop or an expiry that takes what has not expired on the day of its run."""
    step = facts.step
    if step.does not in ("drop", "expire"):
        return
    for run, window in facts.runs:
        if window and (dates := window.unexpired_on(run.day)):
            taken = span(*dates, run.day)
            text = f"the run on {week_date(run.day)} takes {step.takes} that are still valid then: {taken}"
            yield Problem(step.template, facts, "not expired", text, END_BEFORE_RUN)
            return


def name_problem(problem: Problem, outlook: Outlook) -> str:
    """Return the key that a problem is about, and its step."""
    name = outlook.setup.names.key(problem.key)
    return f"{name}, {problem.step.label}" if problem.step else name


def headline(outlook: Outlook, steps: list[StepFacts], problems: list[Problem]) -> str:
    """Return the result in one sentence."""
    if not outlook.calendar.schedules:
        return sentences.describe_nothing(outlook)
    if problems:
        counts = Counter(one.word for one in problems)
        parts = [counted(n, word) if word in _COUNTABLE else f"{n} {word}" for word, n in counts.items()]
        return f"{counted(len(problems), 'problem')}: {', '.join(parts)}"
    return f"No gap and no repeat in {counted(len(steps), 'step')}"
