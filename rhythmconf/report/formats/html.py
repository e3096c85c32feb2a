"""Diagnostics and Plan -> one self-contained page without any script, for a browser or a printer.

Nothing is loaded from anywhere, and the page forbids itself to: its policy allows its own styles alone, by their hash.
Filters are form controls that the styles look at.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from rhythmconf.engine.plan import Trip
from rhythmconf.model import MISSING, Change, Diagnostic, FieldChange, Guard, Json, Key, Missing, Plan, Risk, Side
from rhythmconf.model.plural import counted
from rhythmconf.report import facts
from rhythmconf.report.facts import PLAN, Door
from rhythmconf.report.formats.picture import picture
from rhythmconf.report.graph import Graph
from rhythmconf.report.terminal import safe
from rhythmconf.report.word_diff import Piece, word_diff

_LONG = 60
"""From this length on, texts are compared word by word."""
_OPEN = 30
"""In a plan of at most so many changes, the fields of new records are unfolded."""
_GROUPS = (facts.DISPUTED, "To destroy", "With a risk for members", "Everything else")
_NO_TRIPS: Mapping[Key, tuple[Trip, ...]] = MappingProxyType({})


class Beside(NamedTuple):
    """What the page shows beside the plan: the references among all documents, and how each change will travel."""

    graph: Graph = Graph()
    trips: Mapping[Key, tuple[Trip, ...]] = _NO_TRIPS


class Row(NamedTuple):
    """A field: its two sides, or the pieces of a text."""

    label: str
    old: str | None
    new: str | None
    pieces: Sequence[Piece]
    risk: Risk | None
    standing: str
    base: str | None
    place: str


class Link(NamedTuple):
    """A key, and its anchor where it is on the page."""

    name: str
    anchor: str


class Card(NamedTuple):
    """A change."""

    anchor: str
    kind: int
    change: Change
    risks: Sequence[Risk]
    sides: Sequence[Side]
    rows: Sequence[Row]
    lost: str
    patch: str
    travel: str
    after: Sequence[Link]
    users: Sequence[Link]


NOTHING_BESIDE = Beside()


def verdict(documents: int, found: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> str:
    """What `validate` found, each with its line where `excerpts` has it."""
    return _page(
        "verdict.html",
        Door("validate", "Validation", ""),
        counts=(),
        kinds=(),
        documents=documents,
        findings=facts.findings(found),
        headline=f"{facts.counted_findings(found)} in {counted(documents, 'document')}".capitalize(),
        excerpts={one: facts.cut(line, one.location.column)[0] for one, line in excerpts.items() if one.location},
        bad=bool(facts.errors(found)),
    )


def plan(value: Plan, door: Door = PLAN, beside: Beside = NOTHING_BESIDE) -> str:
    """What a plan would do, or what has drifted."""
    changes = facts.worst_first(value.changes)
    anchors = {change.key: f"change-{number}" for number, change in enumerate(changes, 1)}
    kinds = [tally.kind for tally in facts.tallies(changes)]
    return _page(
        "plan.html",
        door,
        counts=_counts(value),
        kinds=list(enumerate(facts.tallies(changes))),
        plan=value,
        headline=facts.headline(door, value),
        base=facts.base_line(value) if facts.tells_base(value) else "",
        sides=[side for side, count in facts.sides(value).items() if count and side != "both"],
        guards=_subjects(value.guards, anchors),
        edits=facts.edits(value),
        risks=facts.risks(changes),
        meanings=facts.RISKS,
        groups=_groups([_card(change, kinds.index(change.key.kind), anchors, beside) for change in changes]),
        picture=Markup(picture(value, beside.graph, anchors)),  # noqa: S704 -- made here, of neutralised parts
        findings=facts.findings(value.diagnostics),
        excerpts={},
        bad=bool(facts.errors(value.diagnostics) or facts.refusing(value.guards)),
        unfolded=len(changes) <= _OPEN,
    )


def _page(template: str, door: Door, *, counts: Sequence[object], kinds: Sequence[object], **facts_: object) -> str:
    made = _templates()
    style = made.get_template("page.css").render(kinds=range(len(kinds)))
    policy = f"default-src 'none'; style-src 'sha256-{_hash(style)}'; base-uri 'none'; form-action 'none'"
    whole = Markup(style)  # noqa: S704 -- made of our own template and numbers
    return made.get_template(template).render(
        door=door,
        counts=counts,
        kinds=kinds,
        style=whole,
        policy=policy,
        **facts_,
    )


def _hash(style: str) -> str:
    return b64encode(hashlib.sha256(style.encode()).digest()).decode()


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("rhythmconf.report.formats"),
        autoescape=True,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"short": facts.short, "short_kind": facts.short_kind, "place": facts.place, "agreed": facts.agreed}
    made.filters |= {"breaking": _breaking}
    made.globals |= {"verbs": facts.VERBS, "symbols": facts.SYMBOLS}
    return made


def _shown(value: object) -> str:
    """The neutraliser, with the autoescape that follows it: whatever a template writes comes through here."""
    return value if isinstance(value, Markup) else safe(str(value), keep="\n\t")


def _breaking(text: str, separators: str) -> Markup:
    """A path that a narrow column breaks behind its separators, not in its words."""
    return Markup("<wbr>").join(re.split(f"(?<=[{re.escape(separators)}])", _shown(text)))


def _counts(value: Plan) -> Sequence[tuple[str, int]]:
    return [(action, getattr(value.summary, action)) for action in facts.WORST_FIRST]


def _subjects(guards: Iterable[Guard], anchors: Mapping[Key, str]) -> list[tuple[Guard, list[Link]]]:
    """Each guard with the changed record that it is about, if it is about one."""
    keys = {str(key): [key] for key in anchors}
    return [(guard, _links(keys.get(guard.subject, ()), anchors)) for guard in guards]


def _groups(cards: Sequence[Card]) -> Iterator[tuple[str, list[Card]]]:
    """What is disputed, deletions, what can reach members, and the rest, where there are any."""
    groups: dict[str, list[Card]] = {title: [] for title in _GROUPS}
    for card in cards:
        groups[_group(card)].append(card)
    yield from ((title, group) for title, group in groups.items() if group)


def _group(card: Card) -> str:
    if facts.is_disputed(card.change):
        return _GROUPS[0]
    if card.change.action == "delete":
        return _GROUPS[1]
    return _GROUPS[2] if card.risks else _GROUPS[3]


def _card(change: Change, kind: int, anchors: Mapping[Key, str], beside: Beside) -> Card:
    return Card(
        anchors[change.key],
        kind,
        change,
        facts.risks_of(change),
        facts.sides_of(change),
        [_row(field) for field in sorted(change.fields, key=lambda field: field.risk is None)],
        _json(change.before) if change.action == "delete" and change.before else "",
        _operations(change),
        _travel(change, beside),
        _links(change.depends_on, anchors),
        _links(beside.graph.sources.get(change.key, ()), anchors),
    )


def _row(field: FieldChange) -> Row:
    old, new = field.old, field.new
    worded = (
        isinstance(old, str) and isinstance(new, str) and (facts.is_text(field) or min(len(old), len(new)) >= _LONG)
    )
    return Row(
        facts.label(field),
        _value(old, field.names),
        _value(new, field.names),
        word_diff(str(old), str(new)) if worded else (),
        field.risk,
        facts.standing(field.side),
        _value(field.base, field.names) if field.side == "conflict" else None,
        facts.place(field.location) if field.location else "",
    )


def _value(value: Json | Missing, names: facts.Names) -> str | None:
    """A text as it reads, anything else as JSON; ids as keys."""
    if value is MISSING:
        return None
    if isinstance(value, str) and "\n" in value:
        return value
    text = facts.whole(value, names=names)
    deep = isinstance(value, dict | list) and len(text) > _LONG
    return facts.whole(value, indent=2, names=names) if deep else text


def _json(value: Json | Missing) -> str:
    return facts.whole(value, indent=2)


def _operations(change: Change) -> str:
    return "\n".join(map(facts.exact, change.patch))


def _travel(change: Change, beside: Beside) -> str:
    """`wave 2; request 3 of 7: patch, with 12 others`."""
    last = max((trip.request for trips in beside.trips.values() for trip in trips), default=0)
    trips = [
        f"request {trip.request:,} of {last:,}: {trip.verb}"
        + (f", with {counted(trip.together - 1, 'other')}" if trip.together > 1 else "")
        for trip in beside.trips.get(change.key, ())
    ]
    return "; ".join([f"wave {change.wave + 1}", *trips])


def _links(keys: Iterable[Key], anchors: Mapping[Key, str]) -> list[Link]:
    return [Link(facts.short(key), anchors.get(key, "")) for key in keys]
