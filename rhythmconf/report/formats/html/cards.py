"""Turn the changes of a plan into cards: one for each record, or one for records with the same change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.engine.plan import RequestShare
from rhythmconf.model import MARK_FIELD, Action, Change, FieldChange, Guard, Key, KindNames, Plan, Risk, Side
from rhythmconf.model.plural import counted
from rhythmconf.report import display, facts
from rhythmconf.report.formats.html.mails import Mail, is_mail, read_mail
from rhythmconf.report.formats.html.values import Labels, describe_pair
from rhythmconf.report.graph import Graph
from rhythmconf.report.groups import ChangeGroup, describe_others, group_equal
from rhythmconf.report.sentences import risk_sentences
from rhythmconf.report.titles import field_title, kind_title, record_name
from rhythmconf.report.word_diff import Piece, mark_pieces, word_diff

_LONG = 60
"""Characters from which on texts are compared word by word."""
_NAMED = 3
"""How many records a sentence names; it counts the others."""
_ANCHOR = re.compile(r"[\w/-]+", re.ASCII)
_NO_SHARES: Mapping[Key, tuple[RequestShare, ...]] = MappingProxyType({})


class Context(NamedTuple):
    """What the page shows besides the plan: the references among all documents, the requests of each change, the kinds.

    Without the kinds, mails are shown as text.
    """

    graph: Graph = Graph()
    shares: Mapping[Key, tuple[RequestShare, ...]] = _NO_SHARES
    catalog: Catalog | None = None


class Row(NamedTuple):
    """A field with its old and new value, with the pieces of a text that changed, or with a mail.

    `base` is the value at the base if the field is in conflict, otherwise None. `name` and `location` are for
    engineers.
    """

    title: str
    old: str
    new: str
    pieces: Sequence[Piece]
    mail: Mail | None
    side: Side | None
    base: str | None
    name: str
    location: str

    @property
    def plain(self) -> bool:
        """Whether the field stands in the table: neither a mail nor the mark, which people needn't know."""
        return self.mail is None and self.name != MARK_FIELD


class Note(NamedTuple):
    """A sentence about a change, and the risk that it is about."""

    text: str
    risk: Risk | None = None


class Link(NamedTuple):
    """A record: its key, what it is called, and its anchor if the page shows it."""

    key: str
    name: str
    anchor: str


class Card(NamedTuple):
    """Changes that are the same in several records, most often in one; `change` is the first of them.

    `kind` is the number of its kind, by which the filters select it. `same` says in how many `others` the change is the
    same.
    """

    link: Link
    kind: int
    kind_title: str
    change: Change
    risks: Sequence[Risk]
    sides: Sequence[Side]
    notes: Sequence[Note]
    refusals: Sequence[Guard]
    rows: Sequence[Row]
    same: str
    others: Sequence[Link]
    before: str
    patch: str
    requests: str
    depends_on: Sequence[Link]
    referenced_by: Sequence[Link]

    @property
    def action(self) -> Action:
        """What happens to the records."""
        return self.change.action

    @property
    def mails(self) -> Sequence[Mail]:
        """The mails that change."""
        return [row.mail for row in self.rows if row.mail]


NO_CONTEXT = Context()
_UNCHANGED: Mapping[Action, str] = {
    "adopt": "Rhythm already has this record. The files manage it from now on; nothing else changes.",
    "update": "Only its key in the files changes.",
}
"""What happens to a record none of whose fields change."""


class _Lookups(NamedTuple):
    """What a card needs beside its change. `links` and `labels` have the changed records, `refusals` the
    refusing guards by subject, `last` the number of the last request.
    """

    plan: Plan
    context: Context
    links: Mapping[Key, Link]
    labels: Labels
    refusals: Mapping[str, Sequence[Guard]]
    last: int


def link_changes(plan: Plan) -> dict[Key, Link]:
    """Return a link to each changed record, whose anchor depends on nothing but the key."""
    return {
        change.key: Link(plan.names.key(change.key), record_name(change), anchor(change.key)) for change in plan.changes
    }


def anchor(key: Key) -> str:
    """Return the anchor of a record on the page. Another plan has the same one for the same record."""
    text = str(key)
    return text if _ANCHOR.fullmatch(text) else f"record/{sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def make_cards(plan: Plan, context: Context, kinds: Mapping[str, int]) -> list[Card]:
    """Return a card for each change, and one for changes that are equal. `kinds` numbers the kinds of the plan."""
    links = link_changes(plan)
    labels = {Key(plan.names.kind(key.kind), key.name): link.name for key, link in links.items()}
    refusals: dict[str, list[Guard]] = {}
    for guard in facts.refusing_guards(plan.guards):
        refusals.setdefault(guard.subject, []).append(guard)
    last = max((share.number for shares in context.shares.values() for share in shares), default=0)
    lookups = _Lookups(plan, context, links, labels, refusals, last)
    # Texts for people need the names of referenced kinds; sentences, anchors and links need the whole keys.
    shown = dict(zip(links, display.for_people(plan).changes, strict=True))
    return [
        _card(group, shown[group.first.key], kinds[group.first.key.kind], lookups)
        for group in group_equal(plan.changes)
    ]


def _card(group: ChangeGroup, shown: Change, kind: int, lookups: _Lookups) -> Card:
    change = group.first
    plan = lookups.plan
    mails = _mail_paths(change, lookups.context.catalog)
    refusals = lookups.refusals.get(str(change.key), ())
    # Risky fields come first.
    fields = sorted(shown.fields, key=lambda field: field.risk is None)
    return Card(
        lookups.links[change.key],
        kind,
        kind_title(plan.names, change.key.kind),
        shown,
        facts.change_risks(change),
        facts.change_sides(change),
        list(_notes(plan, change, refusals)),
        refusals,
        [_row(field, plan.names, change.key.kind, field.path in mails, lookups.labels) for field in fields],
        describe_others(group, plan.names),
        [lookups.links[other.key] for other in group.others],
        display.readable(change.before, indent=2) if change.action == "delete" and change.before else "",
        "\n".join(map(display.exact, change.patch)),
        _describe_requests(change, lookups.context.shares.get(change.key, ()), lookups.last),
        _links(change.depends_on, lookups),
        _links(lookups.context.graph.sources.get(change.key, ()), lookups),
    )


def _notes(plan: Plan, change: Change, refusals: Sequence[Guard]) -> Iterator[Note]:
    """Yield what the card says above its fields."""
    users = [user for guard in refusals for _, user in guard.users]
    if users:
        more = f" and {counted(len(users) - _NAMED, 'other')}" if len(users) > _NAMED else ""
        yield Note("Still used by " + ", ".join(f"“{user}”" for user in users[:_NAMED]) + f"{more}.")
    for sentence in risk_sentences(plan, change):
        yield Note(sentence.text, sentence.risk)
    if not change.changes_fields and change.action in _UNCHANGED:
        yield Note(_UNCHANGED[change.action])


def _mail_paths(change: Change, catalog: Catalog | None) -> frozenset[str]:
    """Return the fields of a change that are mails: by the schema texts with placeholders, and HTML by their look."""
    kind = catalog.kinds.get(change.key.kind) if catalog else None
    if kind is None:
        return frozenset()
    return frozenset(
        field.path
        for field in change.fields
        if is_mail(field.new) and (place := kind.field(field.path)) is not None and place.merge_fields
    )


def _row(field: FieldChange, names: KindNames, kind: str, mail: bool, labels: Labels) -> Row:
    old, new = field.old, field.new
    by_words = (
        isinstance(old, str)
        and isinstance(new, str)
        and (display.is_multiline(field) or min(len(old), len(new)) >= _LONG)
    )
    before, after = describe_pair(field, old, labels)
    return Row(
        field_title(names, kind, field),
        before,
        after,
        mark_pieces(word_diff(str(old), str(new))) if by_words else (),
        read_mail(old if isinstance(old, str) else "", str(new)) if mail else None,
        field.side,
        describe_pair(field, field.base, labels)[0] if field.side == "conflict" else None,
        field.name,
        display.file_and_line(field.location) if field.location else "",
    )


def _describe_requests(change: Change, shares: Sequence[RequestShare], last: int) -> str:
    """Return `wave 2; request 3 of 7: patch, with 12 others`; `last` is the number of the last request."""
    requests = [
        f"request {share.number:,} of {last:,}: {share.verb}"
        + (f", with {counted(share.steps - 1, 'other')}" if share.steps > 1 else "")
        for share in shares
    ]
    return "; ".join([f"wave {change.wave + 1}", *requests])


def _links(keys: Iterable[Key], lookups: _Lookups) -> list[Link]:
    names = lookups.plan.names
    return [lookups.links.get(key) or Link(names.key(key), key.name, "") for key in keys]
