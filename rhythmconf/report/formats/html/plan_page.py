"""Write a plan, or drift, as a page that a person who knows nothing of APIs can approve.

What matters to members and to the association comes first, in their words. What engineers need is folded away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from rhythmconf.model import Action, Plan
from rhythmconf.model.plural import counted
from rhythmconf.report import display, facts
from rhythmconf.report.effects import IN_DATES, TITLE, EffectLine, describe_basis, describe_effects
from rhythmconf.report.facts import DRIFT, PLAN, ReportKind
from rhythmconf.report.formats.html import mails
from rhythmconf.report.formats.html.attention import look_first, rank
from rhythmconf.report.formats.html.cards import NO_CONTEXT, Card, Context, link_changes, make_cards
from rhythmconf.report.graph.picture import draw_changes
from rhythmconf.report.origin import NO_ORIGIN, Origin, describe_time, with_head
from rhythmconf.report.page import render_page
from rhythmconf.report.people import ASSUMPTION, describe_forecast, describe_forecast_basis
from rhythmconf.report.tenant_facts import describe_state
from rhythmconf.report.titles import kind_title

if TYPE_CHECKING:
    from rhythmconf.model.effects import Effects

_OPEN = 30
"""In a plan of at most so many changes, the fields of new records are unfolded."""
VERBS: dict[Action, str] = {"delete": "Delete", "update": "Change", "create": "New", "adopt": "Manage"}
"""The actions in the words of the page."""
_TALLIES: dict[Action, str] = {
    "delete": "to delete",
    "update": "to change",
    "create": "to add",
    "adopt": "to manage from now on",
}
SIDES = {
    "yours": "Changed in the files",
    "drift": "Changed in Rhythm, will be put back",
    "conflict": "Changed on both sides",
    "behind": "Would undo applied changes",
}
"""Who made a change, in the words of the page."""


class Section(NamedTuple):
    """A part of the page: its anchor, its title, and its cards."""

    anchor: str
    title: str
    cards: list[Card]

    @property
    def size(self) -> int:
        """How many records it is about."""
        return sum(1 + len(card.others) for card in self.cards)


_SECTIONS: Mapping[str, str] = {
    "conflicts": "Changed here and in Rhythm: somebody has to decide",
    "behind": "Would undo changes that were applied before",
    "deletions": "Deleted",
    **{risk: f"{risk.capitalize()}: {affected}" for risk, affected in facts.RISKS.items()},
    "others": "Everything else",
}


def plan(value: Plan, report_kind: ReportKind = PLAN, context: Context = NO_CONTEXT, origin: Origin = NO_ORIGIN) -> str:
    """Return a plan or the drift."""
    ordered = value._replace(changes=tuple(facts.sort_worst_first(value.changes)))
    tallies = facts.tally_by_kind(ordered.changes)
    cards = make_cards(ordered, context, {tally.kind: number for number, tally in enumerate(tallies)})
    people = describe_forecast(value.forecast) if value.forecast else []
    links = link_changes(value)
    anchors = {key: link.anchor for key, link in links.items()}
    # The subject of a guard is a kind or a key, as text.
    subjects = {str(key): link for key, link in links.items()}
    return render_page(
        "plan.html",
        styles=["plan.css"],
        script="plan.js",
        framed=[mails.STYLE],
        report_kind=report_kind,
        plan=with_head(display.for_people(value), origin),
        origin=origin,
        time=describe_time(value) if value.created_at else "",
        headline=_headline(report_kind, value),
        summary=_summary(value),
        state=describe_state(value),
        refusals=len(facts.refusing_guards(value.guards)),
        attention=look_first(value, cards),
        counts=[(action, VERBS[action], getattr(value.summary, action)) for action in facts.WORST_FIRST],
        kinds=[(number, kind_title(value.names, tally.kind), tally) for number, tally in enumerate(tallies)],
        scope=display.capitalised(facts.describe_scope(value)),
        base=facts.describe_base(value) if facts.shows_base(value) else "",
        sides={side: SIDES[side] for side, count in facts.count_sides(value).items() if count and side in SIDES},
        verbs=VERBS,
        people_title=TITLE,
        people_basis=f"{describe_forecast_basis(value.forecast)}. {ASSUMPTION}" if value.forecast else "",
        people=people,
        effects_title=IN_DATES if people else TITLE,
        effects_basis=describe_basis(value.effects) if value.effects else "",
        effects=_group_effects(value.effects) if value.effects else [],
        guards=[(guard, subjects.get(guard.subject)) for guard in value.guards],
        counted=facts.headline(report_kind, value),
        before="Now",
        after="After the next apply" if report_kind is DRIFT else "After",
        uncommitted=facts.describe_uncommitted(value),
        requests=facts.describe_requests(value),
        risks=_count_risky_cards(ordered),
        risk_meanings=facts.RISKS,
        sections=_sections(cards),
        picture=Markup(draw_changes(value, context.graph, anchors)),  # noqa: S704 -- built here from escaped parts
        diagnostics=facts.sort_diagnostics(value.diagnostics),
        # A plan does not carry the texts of the files.
        excerpts={},
        bad=bool(facts.select_errors(value.diagnostics) or facts.refusing_guards(value.guards)),
        unfolded=len(value.changes) <= _OPEN,
    )


def _headline(report_kind: ReportKind, plan: Plan) -> str:
    """Return what there is to decide, in one sentence."""
    failed = any(diagnostic.prevents_plan for diagnostic in plan.diagnostics)
    if failed or not facts.has_changes(plan.summary):
        return facts.headline(report_kind, plan)
    return f"{counted(len(plan.changes), 'record')} would change"


def _summary(plan: Plan) -> str:
    """Return `5 to delete, 44 to change, 9 to add, 2 to manage from now on (1 with changes)`."""
    counts = ((getattr(plan.summary, action), _TALLIES[action]) for action in facts.WORST_FIRST)
    text = ", ".join(f"{count:,} {done}" for count, done in counts if count)
    return f"{text}{facts.with_changes(plan.summary.adopt_with_changes)}"


def _count_risky_cards(plan: Plan) -> dict[str, int]:
    """Count the changes of each risk, the worst risk first."""
    risks = [facts.change_risks(change) for change in plan.changes]
    counts = {risk: sum(risk in each for each in risks) for risk in facts.RISKS}
    return {risk: count for risk, count in counts.items() if count}


def _group_effects(effects: Effects) -> list[tuple[str, list[EffectLine]]]:
    return [(subject, list(lines)) for subject, lines in groupby(describe_effects(effects), lambda line: line.subject)]


def _sections(cards: Sequence[Card]) -> list[Section]:
    """Return conflicts, what would go back, deletions, the risks by their harm, and the rest; no section is empty."""
    sections = {name: Section(name, title, []) for name, title in _SECTIONS.items()}
    for card in sorted(cards, key=rank):
        if facts.has_conflict(card.change):
            name = "conflicts"
        elif facts.is_behind(card.change):
            name = "behind"
        elif card.action == "delete":
            name = "deletions"
        else:
            name = card.risks[0] if card.risks else "others"
        sections[name].cards.append(card)
    return [section for section in sections.values() if section.cards]
