"""Choose what the first screen of a page names: what a reader has to look at before approving a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rhythmconf.model import Plan
from rhythmconf.report import facts
from rhythmconf.report.display import capitalised
from rhythmconf.report.effects import describe_effects
from rhythmconf.report.formats.html.cards import Card
from rhythmconf.report.formats.html.mails import LinkChange
from rhythmconf.report.titles import kind_title

_FEW, _MANY = 2, 3
"""How many lines of one label the list has; it counts the others."""
_ROOM = 14
"""Lines from which on it has few of each."""
_REFUSALS = 5
"""How many lines it has about refusals of the plan as a whole: whoever settles one wants to see the others."""
_REFUSAL = "Stops the plan"
_LABELS = (
    "Members",
    "Conflict",
    "Going back",
    "Deletion",
    "Switched off",
    "Link in a mail",
    "Money",
    "Inbox",
    "Access",
    "New",
    _REFUSAL,
    "Warning",
)
"""The labels of lines, the worst first."""


class Line(NamedTuple):
    """A line of the list: what happens to which record, and the anchor of what the page says about it.

    `more` counts the lines of this label that the list leaves out.
    """

    label: str
    name: str
    anchor: str
    text: str
    stops: bool = False
    more: int = 0


def look_first(plan: Plan, cards: Sequence[Card]) -> list[Line]:
    """Return what to look at first, the worst at the top."""
    lines = sorted([*_lines_about_plan(plan), *map(_line, cards)], key=_rank)
    groups = [list(group) for _, group in groupby((line for line in lines if line.label), key=_rank)]
    most = _MANY if sum(min(len(group), _MANY) for group in groups) <= _ROOM else _FEW
    return [line for group in groups for line in _shorten(group, _REFUSALS if group[0].label == _REFUSAL else most)]


def _shorten(group: Sequence[Line], most: int) -> list[Line]:
    """Return the first lines; the last of them counts those that are left out."""
    *first, last = group[:most]
    return [*first, last._replace(more=len(group) - len(first) - 1)]


def rank(card: Card) -> int:
    """Return the place of a card among others: the one to stop for comes first."""
    return _rank(_line(card))[0]


def _rank(line: Line) -> tuple[int, bool]:
    return (_LABELS.index(line.label), not line.stops) if line.label else (len(_LABELS), False)


def _lines_about_plan(plan: Plan) -> Iterator[Line]:
    """Yield lines about what no card shows: members, refusals of the plan as a whole, warnings."""
    for effect in describe_effects(plan.effects) if plan.effects else ():
        if effect.harmful:
            yield Line("Members", effect.subject, "members", effect.text)
    subjects = {str(change.key) for change in plan.changes}
    for guard in facts.refusing_guards(plan.guards):
        if guard.subject not in subjects:
            name = kind_title(plan.names, guard.subject) if "/" in guard.subject else ""
            yield Line(_REFUSAL, name, "engineers", guard.message)
    if plan.diagnostics:
        yield Line("Warning", facts.count_diagnostics(plan.diagnostics), "diagnostics", "")


def _line(card: Card) -> Line:
    """Return the line of a card; without a label if there is nothing to stop for."""
    label, text = _reason(card)
    same = f"{capitalised(card.same)}." if card.same else ""
    return Line(label, card.link.name, card.link.anchor, " ".join(filter(None, (text, same))), bool(card.refusals))


def _reason(card: Card) -> tuple[str, str]:
    if facts.has_conflict(card.change):
        disputed = next(row for row in card.rows if row.side == "conflict")
        theirs, ours = disputed.old or "nothing", disputed.new or "nothing"
        return "Conflict", f"{disputed.title}: somebody set {theirs} in Rhythm, this plan sets {ours}"
    if facts.is_behind(card.change):
        return "Going back", "undoes a change that was applied before"
    text = card.notes[0].text if card.notes else ""
    if card.action == "delete":
        return "Deletion", text or card.kind_title
    if any(field.risk and field.old is True and field.new is False for field in card.change.fields):
        return "Switched off", text
    if links := [link for mail in card.mails for link in mail.links if card.action != "create"]:
        return "Link in a mail", _describe_link(max(links, key=lambda link: link.elsewhere))
    label = "New" if card.action == "create" else card.risks[0].capitalize() if card.risks else ""
    return (label, text) if card.risks else ("", "")


def _describe_link(link: LinkChange) -> str:
    if not link.old or not link.new:
        return f"{'new' if link.new else 'no'} link to {link.new or link.old}"
    return f"{'leads to another site: ' if link.elsewhere else ''}{link.new} instead of {link.old}"
