"""Say in words what a plan does to members, in dates. All formats show these lines above everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.model.plural import counted
from rhythmconf.report.dates import full_date, name_dates, span, week_date

if TYPE_CHECKING:
    from rhythmconf.model import Does, Key
    from rhythmconf.model.effects import Effect, EffectName, Effects

TITLE = "What this does to members"
IN_DATES = "What this does to members, in dates"
"""The title of the effects where a forecast of people stands above them."""
LIMIT = 40
"""Effects that a report lists; it counts the others."""
_RANGES = 4
"""Ranges of dates that one line lists; it counts the others."""
_NEVER: dict[Does | None, str] = {
    "remind": "get no reminder",
    "forecast": "are in no forecast",
    "drop": "are never dropped",
    "expire": "never expire",
    "activate": "are never activated",
    "invoice": "are never invoiced",
    "renew": "never renew by themselves",
    None: "are in no run",
}
_TWICE: dict[Does | None, str] = {
    "remind": "get the reminder twice",
    "invoice": "are invoiced twice",
    "renew": "renew twice",
}
END_BEFORE_RUN = "for what has expired, end the window before the run, such as `position: before`"
"""What repairs the window of a drop or an expiry that takes what has not expired."""
HARMFUL: frozenset[EffectName] = frozenset({"unexpired", "gap", "missed", "repeat", "twice", "backlog", "overlap"})
"""Effects on people that are most often not meant."""


class EffectLine(NamedTuple):
    """One effect in words: what it is about, and what happens. `harmful` marks what most often isn't meant."""

    subject: str
    text: str
    harmful: bool


def describe_basis(effects: Effects) -> str:
    """Return the day, the zone and the guesses that the effects rest on."""
    guesses = f", rests on guesses {' '.join(effects.guesses)}" if effects.guesses else ""
    return f"as of {full_date(effects.as_of)}, {effects.zone}{guesses}"


def describe_effects(effects: Effects) -> list[EffectLine]:
    """Return a line for each effect, the worst first; after LIMIT of them one line counts the others."""
    templates = {effect.template for effect in effects.each}
    counts = Counter((key.kind.rpartition("/")[2], key.name) for key in templates)
    shared = {key for key in templates if counts[key.kind.rpartition("/")[2], key.name] > 1}
    lines = [
        EffectLine(_subject(effect, shared), _describe(effect, effects.as_of), effect.name in HARMFUL)
        for effect in effects.each[:LIMIT]
    ]
    if len(effects.each) > LIMIT:
        lines.append(EffectLine("", f"and {len(effects.each) - LIMIT:,} more effects", False))
    return lines


def _subject(effect: Effect, shared: Collection[Key]) -> str:
    """Return the template and the step. `shared` are the templates whose name one of another module has too."""
    name = str(effect.template) if effect.template in shared else effect.template.name
    return f"{name}, {effect.step or effect.does or effect.option}" if effect.option else name


def _describe(effect: Effect, as_of: date) -> str:
    never = _NEVER[effect.does]
    dates = name_dates(effect.dates, as_of, effect.of, _RANGES)
    run = week_date(effect.run) if effect.run else ""
    match effect.name:
        case "unexpired":
            acts = f"{'drops' if effect.does == 'drop' else 'expires'} {effect.other} that are still valid"
            return f"{acts}: the run on {run} takes {dates}; {END_BEFORE_RUN}"
        case "gap":
            return f"{effect.number:,} of {effect.of:,} expiry dates {never}: {dates}"
        case "missed":
            between = f"{counted(effect.number, 'expiry date')} between the old and the new windows"
            return f"{between} {never}: {dates}"
        case "repeat":
            return f"{effect.number:,} of {effect.of:,} expiry dates are in up to {effect.most} runs"
        case "twice":
            twice = _TWICE.get(effect.does, "are in one run more than before and after")
            return f"{counted(effect.number, 'expiry date')} in old and new windows {twice}: {dates}"
        case "backlog":
            days = counted(effect.number, "expiry date")
            return f"the first run, {run}, also takes {days} that no run took before: {dates}"
        case "overlap":
            return f"one run sends this and {effect.other!r} to the same people, first on {run}: {dates}"
        case "starts":
            return f"starts; the first run is on {run}{_takes(effect.after)}" if run else "starts"
        case "stops":
            return f"stops; without the change, the next run is on {run}{_takes(effect.before)}" if run else "stops"
        case "window":
            return f"the run on {run} takes {_window(effect.after)} instead of {_window(effect.before)}"
        case "runs":
            return _describe_runs(effect, run)
        case "joins":
            return f"takes in {effect.other}, which is new"
        case "unknown":
            return f"not known: {effect.other}"


def _describe_runs(effect: Effect, run: str) -> str:
    if effect.other or effect.before is None:
        return f"the run on {run} is at {effect.other}"
    return f"runs on {run} instead of {week_date(effect.before[0])}"


def _takes(window: tuple[date, date] | None) -> str:
    return f", for the expiry dates {_window(window)}" if window else ""


def _window(window: tuple[date, date] | None) -> str:
    if window is None:
        return "an unknown window"
    return "no date" if window[1] < window[0] else span(*window)
