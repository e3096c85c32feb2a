"""RC705: a drop that comes before the last reminder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.insight.lint.bodies import Bodies, Finding
from rhythmconf.model import tokens
from rhythmconf.model.code import Rule
from rhythmconf.model.dates import week_date

if TYPE_CHECKING:
    from rhythmconf.insight.lint.template_runs import TemplateRuns
    from rhythmconf.insight.windows.values import Restriction, Step

EARLY_DROP = Rule(
    "RC705",
    "the drop comes before the last reminder",
    what=(
        "drop-before-reminder: people who expire on some day are dropped before the last reminder of the same "
        "programs would be sent to them. Reminders of all templates count."
    ),
    why="Only active certifications are reminded: whoever is dropped first never gets the last warning.",
    example="# drop: 30 to 60 days after the expiry; final notice: 46 to 52 days after it",
    fix="Let the drop wait until the last reminder is out, or send the last reminder earlier.",
)


class Timed(NamedTuple):
    """A step with the runs of its template, and the days from the expiry to its earliest and to its latest run."""

    step: Step
    runs: TemplateRuns
    earliest: int
    latest: int


def check_early_drops(subject: Bodies, timed: Sequence[Timed]) -> Iterator[Finding]:
    """Warn about each drop that comes before the last reminder of the same programs."""
    reminders: dict[str, list[Timed]] = {}
    for one in sorted(timed, key=lambda one: -one.latest):
        if one.step.does == "remind":
            reminders.setdefault(one.step.takes, []).append(one)
    for drop in timed:
        if drop.step.does != "drop":
            continue
        for reminder in reminders.get(drop.step.takes, ()):
            if drop.earliest >= reminder.latest:
                break
            if not _share(drop.step.programs, reminder.step.programs):
                continue
            if (found := _find_early(drop, reminder)) is not None:
                yield _warn(subject, drop.step, reminder.step, *found)
                break


def _warn(subject: Bodies, drop: Step, reminder: Step, expiry: date, dropped: date, reminded: date) -> Finding:
    named = f"{subject.shown(reminder.template)} {reminder.option}" + (f" '{reminder.name}'" if reminder.name else "")
    message = (
        f"{subject.shown(drop.template)} {drop.option} comes before {named}: who expires on {week_date(expiry)} is "
        f"dropped on {week_date(dropped)} and would be reminded on {week_date(reminded)}"
    )
    help = "let the drop wait until the last reminder is out, or send the reminder earlier"
    return Finding(EARLY_DROP, drop.template, tuple(tokens(drop.pointer)), message, help)


def _share(one: Restriction, other: Restriction) -> bool:
    """Tell whether two steps can take the same program."""
    if one.mode == "include" and other.mode == "include":
        return not one.keys.isdisjoint(other.keys)
    if "include" in (one.mode, other.mode):
        include, rest = (one, other) if one.mode == "include" else (other, one)
        return rest.mode == "none" or bool(include.keys - rest.keys)
    return True


def _find_early(drop: Timed, reminder: Timed) -> tuple[date, date, date] | None:
    """Return the first expiration date whose drop comes before its last reminder, and the days of both."""
    dropped, reminded = (one.runs.first_and_last(one.step) for one in (drop, reminder))
    for expiry, (drops, reminds) in enumerate(zip(dropped, reminded, strict=True), drop.runs.first.toordinal()):
        if drops and reminds and drops[0] < reminds[1]:
            return date.fromordinal(expiry), date.fromordinal(drops[0]), date.fromordinal(reminds[1])
    return None
