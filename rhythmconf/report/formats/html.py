"""Write a plan or the result of `validate` as one HTML page without scripts, for a browser or a printer.

Filters are form controls that the styles react to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from rhythmconf.engine.plan import RequestShare
from rhythmconf.model import (
    MISSING,
    Change,
    Diagnostic,
    FieldChange,
    Guard,
    Json,
    Key,
    KindNames,
    Missing,
    Plan,
    Risk,
    Side,
)
from rhythmconf.model.appearance import marked
from rhythmconf.model.plural import counted
from rhythmconf.report import display, facts
from rhythmconf.report.effects import IN_DATES, TITLE, EffectLine, describe_basis, describe_effects
from rhythmconf.report.facts import PLAN, ReportKind
from rhythmconf.report.graph import Graph
from rhythmconf.report.graph.picture import draw_changes
from rhythmconf.report.origin import NO_ORIGIN, Origin, describe_time, with_head
from rhythmconf.report.page import render_page
from rhythmconf.report.people import ASSUMPTION, describe_forecast, describe_forecast_basis
from rhythmconf.report.tenant_facts import describe_state
from rhythmconf.report.word_diff import Piece, mark_pieces, word_diff

if TYPE_CHECKING:
    from rhythmconf.model.effects import Effects

_LONG = 60
"""Characters from which on texts are compared word by word."""
_OPEN = 30
"""In a plan of at most so many changes, the fields of new records are unfolded."""
_GROUPS = (facts.CONFLICTS, facts.BEHIND, "To destroy", "With a risk for members", "Other changes")
_NO_SHARES: Mapping[Key, tuple[RequestShare, ...]] = MappingProxyType({})


class Context(NamedTuple):
    """What the page shows besides the plan: the references among all documents and the requests of each change."""

    graph: Graph = Graph()
    shares: Mapping[Key, tuple[RequestShare, ...]] = _NO_SHARES


class Row(NamedTuple):
    """A field with its old and new value, or with the pieces of a text that changed.

    `base` is the value at the base if the field is in conflict, otherwise None.
    """

    label: str
    old: str | None
    new: str | None
    pieces: Sequence[Piece]
    risk: Risk | None
    side: str
    base: str | None
    location: str


class Link(NamedTuple):
    """A key, and its anchor if the page shows that record."""

    name: str
    anchor: str


class Card(NamedTuple):
    """A change as the page shows it; `kind` is the number of its kind, by which the filters select it."""

    anchor: str
    kind: int
    change: Change
    risks: Sequence[Risk]
    sides: Sequence[Side]
    rows: Sequence[Row]
    deleted: str
    patch: str
    requests: str
    depends_on: Sequence[Link]
    referenced_by: Sequence[Link]


NO_CONTEXT = Context()


def validation(documents: int, diagnostics: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> str:
    """Return the diagnostics of `validate`, each with its source line if `excerpts` has it."""
    return render_page(
        "validation.html",
        documents=documents,
        diagnostics=facts.sort_diagnostics(diagnostics),
        headline=f"{facts.count_diagnostics(diagnostics)} in {counted(documents, 'document')}".capitalize(),
        excerpts={
            diagnostic: display.cut_line(line, diagnostic.location.column)[0]
            for diagnostic, line in excerpts.items()
            if diagnostic.location
        },
        bad=bool(facts.select_errors(diagnostics)),
    )


def plan(value: Plan, report_kind: ReportKind = PLAN, context: Context = NO_CONTEXT, origin: Origin = NO_ORIGIN) -> str:
    """Return a plan or the drift."""
    changes = facts.sort_worst_first(value.changes)
    anchors = {change.key: f"change-{number}" for number, change in enumerate(changes, 1)}
    shown = with_head(display.for_people(value._replace(changes=tuple(changes))), origin)
    tallies = facts.tally_by_kind(shown.changes)
    # The filters select kinds by number: a name could contain characters that a CSS class may not have.
    kinds = {tally.kind: number for number, tally in enumerate(tallies)}
    people = describe_forecast(value.forecast) if value.forecast else []
    last = max((share.number for shares in context.shares.values() for share in shares), default=0)
    return render_page(
        "plan.html",
        kinds=len(tallies),
        report_kind=report_kind,
        origin=origin,
        time=describe_time(value),
        plan=shown,
        counts=[(action, getattr(value.summary, action)) for action in facts.WORST_FIRST],
        adopt_with_changes=facts.with_changes(value.summary.adopt_with_changes),
        tallies=list(enumerate(tallies)),
        headline=facts.headline(report_kind, value),
        state=describe_state(value),
        only=facts.describe_only(value) if value.only else "",
        base=facts.describe_base(value) if facts.shows_base(value) else "",
        sides=[side for side, count in facts.count_sides(value).items() if count and side != "both"],
        side_texts=facts.SIDES,
        people_title=TITLE,
        people_basis=f"{describe_forecast_basis(value.forecast)}. {ASSUMPTION}" if value.forecast else "",
        people=people,
        effects_title=IN_DATES if people else TITLE,
        effects_basis=describe_basis(value.effects) if value.effects else "",
        effects=_group_effects(value.effects) if value.effects else [],
        guards=_guards(value.guards, anchors, value.names),
        uncommitted=facts.describe_uncommitted(value),
        requests=facts.describe_requests(value),
        risks=facts.count_risks(changes),
        risk_meanings=facts.RISKS,
        groups=_groups(
            [
                _card(whole, change, kinds[change.key.kind], anchors, context, last, value.names)
                for whole, change in zip(changes, shown.changes, strict=True)
            ]
        ),
        picture=Markup(draw_changes(value, context.graph, anchors)),  # noqa: S704 -- built here from escaped parts
        diagnostics=facts.sort_diagnostics(value.diagnostics),
        # A plan does not carry the texts of the files.
        excerpts={},
        bad=bool(facts.select_errors(value.diagnostics) or facts.refusing_guards(value.guards)),
        unfolded=len(changes) <= _OPEN,
    )


def _group_effects(effects: Effects) -> list[tuple[str, list[EffectLine]]]:
    return [(subject, list(lines)) for subject, lines in groupby(describe_effects(effects), lambda line: line.subject)]


def _guards(guards: Iterable[Guard], anchors: Mapping[Key, str], names: KindNames) -> list[tuple[Guard, list[Link]]]:
    """Pair each guard with a link to the changed record that it is about, if there is one."""
    # The subject of a guard is a kind or a key, as text.
    keys = {str(key): [key] for key in anchors}
    return [(guard, _links(keys.get(guard.subject, ()), anchors, names)) for guard in guards]


def _groups(cards: Sequence[Card]) -> Iterator[tuple[str, list[Card]]]:
    """Yield conflicts, what is behind, deletions, changes with a risk and others, each group if it has any."""
    groups: dict[str, list[Card]] = {title: [] for title in _GROUPS}
    for card in cards:
        if facts.has_conflict(card.change):
            title = _GROUPS[0]
        elif facts.is_behind(card.change):
            title = _GROUPS[1]
        elif card.change.action == "delete":
            title = _GROUPS[2]
        else:
            title = _GROUPS[3] if card.risks else _GROUPS[4]
        groups[title].append(card)
    yield from ((title, group) for title, group in groups.items() if group)


def _card(
    whole: Change, change: Change, kind: int, anchors: Mapping[Key, str], context: Context, last: int, names: KindNames
) -> Card:
    """Return a change as the page shows it: `change` has the kinds as people read them, `whole` has them in full."""
    return Card(
        anchors[whole.key],
        kind,
        change,
        facts.change_risks(change),
        facts.change_sides(change),
        # Risky fields come first.
        [_row(field) for field in sorted(change.fields, key=lambda field: field.risk is None)],
        display.readable(change.before, indent=2) if change.action == "delete" and change.before else "",
        "\n".join(map(display.exact, change.patch)),
        _requests(change, context.shares.get(whole.key, ()), last),
        _links(whole.depends_on, anchors, names),
        _links(context.graph.sources.get(whole.key, ()), anchors, names),
    )


def _row(field: FieldChange) -> Row:
    old, new = field.old, field.new
    by_words = (
        isinstance(old, str)
        and isinstance(new, str)
        and (display.is_multiline(field) or min(len(old), len(new)) >= _LONG)
    )
    return Row(
        field.name,
        *_pair(old, new, field.names),
        mark_pieces(word_diff(str(old), str(new))) if by_words else (),
        field.risk,
        facts.describe_side(field.side),
        _pair(field.base, new, field.names)[0] if field.side == "conflict" else None,
        display.file_and_line(field.location) if field.location else "",
    )


def _pair(old: Json | Missing, new: Json | Missing, names: display.KeyNames) -> tuple[str | None, str | None]:
    """Return two values of a field, with escapes for what differs and can't be seen."""
    before, after = _value(old, names), _value(new, names)
    if before is None or after is None:
        return before, after
    if isinstance(old, str) and isinstance(new, str) and "\n" not in old + new:
        return display.readable_pair(old, new, names)
    return marked(before, after)


def _value(value: Json | Missing, names: display.KeyNames) -> str | None:
    """Return a text of several lines as it is, any other value as JSON, an absent one as None."""
    if value is MISSING:
        return None
    if isinstance(value, str) and "\n" in value:
        return value
    text = display.readable(value, names=names)
    deep = isinstance(value, dict | list) and len(text) > _LONG
    return display.readable(value, indent=2, names=names) if deep else text


def _requests(change: Change, shares: Sequence[RequestShare], last: int) -> str:
    """Return `wave 2; request 3 of 7: patch, with 12 others`; `last` is the number of the last request."""
    requests = [
        f"request {share.number:,} of {last:,}: {share.verb}"
        + (f", with {counted(share.steps - 1, 'other')}" if share.steps > 1 else "")
        for share in shares
    ]
    return "; ".join([f"wave {change.wave + 1}", *requests])


def _links(keys: Iterable[Key], anchors: Mapping[Key, str], names: KindNames) -> list[Link]:
    return [Link(names.key(key), anchors.get(key, "")) for key in keys]
