"""Write a calendar as Markdown, for a comment or a page: what to look at first, then a table of the steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.insight.windows.outlook import Outlook
from rhythmconf.model.plural import counted
from rhythmconf.report.comment import LIMIT
from rhythmconf.report.dates import week_date
from rhythmconf.report.markdown_escaping import cell, code, prose
from rhythmconf.report.subjects.calendar import sentences
from rhythmconf.report.subjects.calendar.problems import find_problems, headline, name_problem
from rhythmconf.report.subjects.calendar.steps import StepFacts, list_steps

_SIGNS = 500
"""Characters of a window or a result in a table."""
_PROBLEMS = 50
_IDLE = 50


def markdown(outlook: Outlook) -> str:
    """Return the calendar in at most 60,000 characters; of more steps it says how many there are."""
    steps = list_steps(outlook)
    foot = [*_foot(outlook, steps)]
    lines = [*_head(outlook, steps)]
    length = sum(len(line) + 1 for line in (*lines, *foot))
    rows = [_row(one, outlook) for one in steps]
    shown = 0
    for row in rows:
        length += len(row) + 1
        if length > LIMIT - 200:
            break
        shown += 1
    if rows:
        lines += ["| Step | Next run | Its window | Expiry dates |", "|---|---|---|---|", *rows[:shown], ""]
    if shown < len(rows):
        lines += [f"And {counted(len(rows) - shown, 'more step')}; the HTML page and the JSON have them all.", ""]
    return "\n".join([*lines, *foot]) + "\n"


def _head(outlook: Outlook, steps: list[StepFacts]) -> Iterator[str]:
    problems = find_problems(outlook, steps)
    yield f"### Calendar of {code(outlook.environment)}: {prose(headline(outlook, steps, problems))}"
    yield ""
    yield f"{sentences.describe_range(outlook)}, in {prose(sentences.describe_zone(outlook))}."
    yield ""
    for problem in problems[:_PROBLEMS]:
        help = f" ({prose(problem.help)})" if problem.help else ""
        yield f"- **{code(name_problem(problem, outlook))}** {prose(problem.text)}{help}"
    if len(problems) > _PROBLEMS:
        yield f"- and {len(problems) - _PROBLEMS:,} more"
    if problems:
        yield ""


def _row(one: StepFacts, outlook: Outlook) -> str:
    name = f"{outlook.setup.names.key(one.step.template)}, {one.label}"
    first = one.runs[0] if one.runs else None
    if first is None:
        day, window = "none in these days", one.known.relative or ""
    else:
        day = week_date(first.run.day)
        window = sentences.describe_window(first) if one.step.start or one.step.unclear else "no window"
    # Windows and results consist of dates and of our own words.
    return f"| {cell(name, _SIGNS)} | {day} | {window} | {sentences.describe_result(one, outlook)} |"


def _foot(outlook: Outlook, steps: Sequence[StepFacts]) -> Iterator[str]:
    names = outlook.setup.names
    for key in [*outlook.idle][:_IDLE]:
        yield f"- {code(names.key(key))} {prose(sentences.describe_idle(key, outlook))}"
    if len(outlook.idle) > _IDLE:
        yield f"- and {len(outlook.idle) - _IDLE:,} more without runs"
    if outlook.idle:
        yield ""
    if outlook.calendar.guesses and outlook.calendar.schedules:
        yield "<details><summary>What the documentation of Rhythm leaves open, and how it is read here</summary>"
        yield ""
        yield from (f"- {prose(sentences.describe_guess(guess))}" for guess in outlook.calendar.guesses)
        yield from (f"- {prose(line)}" for line in sentences.describe_project_wide(steps))
        yield ""
        yield "</details>"
