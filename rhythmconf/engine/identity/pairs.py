"""Pair each resource with its live record, and find the records that no document wants any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rhythmconf.catalog import Catalog
from rhythmconf.engine.identity import codes
from rhythmconf.engine.identity.claims import (
    Claim,
    KindRecords,
    Owner,
    find_claim,
    index_records,
    named,
    report_duplicates,
)
from rhythmconf.engine.identity.lookalikes import describe, find_lookalikes, report_lookalikes, takes_name
from rhythmconf.engine.identity.marks import external_id, mark, mark_of, parse_mark
from rhythmconf.engine.identity.natural import adopt, claim_singleton, natural_key
from rhythmconf.engine.identity.renamed_project import join_renamed
from rhythmconf.model import (
    Binding,
    Bindings,
    DesiredState,
    Diagnostic,
    Identity,
    Key,
    LiveState,
    Pair,
    Record,
    Resource,
    pointer,
)
from rhythmconf.model.kind_names import KindNames
from rhythmconf.model.quoting import quoted, shown_name
from rhythmconf.settings import Dialect
from rhythmconf.settings.bindings import write_binding
from rhythmconf.source.project.values import Site

Indexes = Mapping[str, KindRecords]
"""The live records by kind. A kind that wasn't fetched is missing."""
Claims = Mapping[Key, Claim]


def pair(
    desired: DesiredState,
    live: LiveState,
    site: Site,
    *,
    adopt_from: Mapping[Key, str] | None = None,
    bind_imports: bool = False,
    ending: Collection[Key] = frozenset(),
) -> Identity:
    """Find the record of each key. A key that can't be decided has an error and no pair.

    `adopt_from` names the project that a key may be taken over from. With `bind_imports`, a record with an external id
    of another system may be adopted by a binding. Where a record gets the name of one whose key is in `ending`, which
    is deleted meanwhile, nothing is wrong.
    """
    catalog, bindings = site.catalog, site.bindings
    file = f"the bindings file bindings/{site.environment.name}.yaml"
    owner = Owner(site.project, bindings, adopt_from or {}, bind_imports, file, catalog.names)
    indexes = {kind: index_records(kind, records, site.project) for kind, records in live.records.items()}
    claims, diagnostics = _claims(desired, indexes, owner, site)
    undecided = {diagnostic.key for diagnostic in diagnostics if diagnostic.severity == "error"}
    diagnostics = join_renamed(diagnostics, indexes, site)
    decided = [resource for key, resource in desired.resources.items() if key not in undecided]
    new = [resource for resource in decided if takes_name(resource, claims.get(resource.key), site)]
    ids = _known_ids(claims, indexes, bindings) if new else {}
    reserved = _reserved(claims, desired, indexes, bindings) if new else frozenset()
    lookalikes = find_lookalikes(new, desired.resources, claims, indexes, reserved, ids, site, ending)
    pairs = tuple(
        _pair(resource, claims.get(resource.key), lookalikes.get(resource.key, ()), owner, site.dialect)
        for resource in decided
    )
    orphans = tuple(_orphans(desired, indexes, {_kind_and_id(claim) for claim in claims.values()}, bindings))
    return Identity(
        pairs=tuple(_with_natural_key(pair, catalog) for pair in pairs),
        ids=_ids(pairs, orphans, indexes, bindings),
        orphans=tuple(pair for pair in orphans if pair.key not in desired.skipped),
        binds=tuple(_binds(pairs, bindings)),
        diagnostics=(
            *diagnostics,
            *report_lookalikes(lookalikes, desired.resources, claims, ids, site),
            *_report_vanished(pairs, indexes, owner),
        ),
    )


def _claims(
    desired: DesiredState, indexes: Indexes, owner: Owner, site: Site
) -> tuple[dict[Key, Claim], list[Diagnostic]]:
    """Return the claim of each key: by mark, binding or `moved` first, then by natural key among the other records."""
    diagnostics = report_duplicates(indexes.values(), site)
    diagnostics += _report_moved(desired, owner.shown)
    undecided = {diagnostic.key for diagnostic in diagnostics}
    claims: dict[Key, Claim] = {}
    unclaimed: list[Resource] = []
    for key, resource in desired.resources.items():
        if key in undecided:
            continue
        decision = find_claim(resource, indexes.get(key.kind) or index_records(key.kind, (), owner.project), owner)
        if decision is None and site.catalog.kind(key.kind).is_singleton:
            decision = claim_singleton(key, indexes.get(key.kind), owner)
        if isinstance(decision, Claim):
            claims[key] = decision
        elif decision is None:
            unclaimed.append(resource)
        else:
            diagnostics.append(decision)
    diagnostics += _report_claimed_twice(claims, owner)
    if not unclaimed:
        return claims, diagnostics
    ids, reserved = _known_ids(claims, indexes, owner.bindings), _reserved(claims, desired, indexes, owner.bindings)
    adoptions = adopt(unclaimed, indexes, reserved, owner, site.catalog, ids)
    found = [
        _with_renamed_line(one, desired, indexes, owner, site, ids) if one.code == codes.SAME_RECORD else one
        for one in adoptions.diagnostics
    ]
    return claims | adoptions.claims, diagnostics + found


def _with_renamed_line(
    diagnostic: Diagnostic,
    desired: DesiredState,
    indexes: Indexes,
    owner: Owner,
    site: Site,
    ids: Mapping[Key, str],
) -> Diagnostic:
    """Name the binding of a record with the same natural key whose key has no document: it may have been renamed."""
    key = diagnostic.key
    if key is None:
        return diagnostic
    fields = site.catalog.kind(key.kind).natural_key
    own = natural_key(desired.resources[key].body, fields, ids)
    for old, binding in owner.bindings.items():
        if old.kind != key.kind or old in desired.resources or old in desired.skipped:
            continue
        record = indexes[key.kind].by_id.get(binding.id)
        if record is not None and natural_key(record.body, fields, {}) == own:
            help = (
                f"{diagnostic.help} The line `{write_binding(old, record.id)}` there binds record {named(record)}, "
                f"which has this natural key too, to {owner.shown.key(old)}, which has no document: was that key "
                "renamed?"
            )
            return diagnostic._replace(help=help)
    return diagnostic


def _known_ids(claims: Claims, indexes: Indexes, bindings: Bindings) -> dict[Key, str]:
    """Return the id of each key with a mark, a binding or a claim."""
    ids = {Key(index.kind, name): record.id for index in indexes.values() for name, record in index.marked.items()}
    ids |= {key: binding.id for key, binding in bindings.items() if _exists(binding, indexes)}
    return ids | {key: claim.record.id for key, claim in claims.items()}


def _reserved(
    claims: Claims, desired: DesiredState, indexes: Indexes, bindings: Bindings
) -> frozenset[tuple[str, str]]:
    """Return kind and id of the records that belong to a key already."""
    wanted = desired.resources.keys() | desired.skipped
    return frozenset(
        {_kind_and_id(claim) for claim in claims.values()}
        | {(binding.key.kind, binding.id) for binding in bindings.values()}
        | {
            (index.kind, record.id)
            for index in indexes.values()
            for name, record in index.marked.items()
            if Key(index.kind, name) in wanted
        }
    )


def _kind_and_id(claim: Claim) -> tuple[str, str]:
    return claim.record.kind, claim.record.id


def _pair(
    resource: Resource, claim: Claim | None, lookalikes: Sequence[Record], owner: Owner, dialect: Dialect
) -> Pair:
    key = resource.key
    if claim is None:
        # The reason is a part of the plan, so that every report of a create shows its lookalike.
        pair = Pair(key, resource, None, "none", f"looks like {describe(lookalikes)}" if lookalikes else "")
    else:
        old = claim.renamed_from
        protected = _is_protected(claim.record, owner.bindings.get(old or key))
        pair = Pair(key, resource, claim.record, claim.how, claim.reason, renamed_from=old, protected=protected)
    if dialect.external_id != "writable" or (pair.record is not None and _is_imported(pair.record)):
        return pair
    return pair._replace(mark=mark(owner.project, key.name, _stays_protected(pair)))


def _is_protected(record: Record, binding: Binding | None) -> bool:
    own = mark_of(record)
    return (own is not None and own.protected) or (binding is not None and binding.protected)


def _is_imported(record: Record) -> bool:
    """Whether the record carries an external id that is no mark."""
    return external_id(record) is not None and mark_of(record) is None


def _stays_protected(pair: Pair) -> bool:
    """Whether the record is protected after the apply: as `protect` says, or as it is when the document is silent."""
    protect = pair.resource.protect if pair.resource else None
    return pair.protected if protect is None else protect


def _with_natural_key(pair: Pair, catalog: Catalog) -> Pair:
    """Show a reviewer the values of the natural key in the reason of an adoption."""
    if pair.how != "adoption" or pair.record is None or pair.reason != "natural key":
        return pair
    body, fields = pair.record.body, catalog.kind(pair.key.kind).natural_key
    kept = f"; bound, its external id {external_id(pair.record)!r} stays" if _is_imported(pair.record) else ""
    return pair._replace(reason="natural key " + ", ".join(f"{name} = {body[name]!r}" for name in fields) + kept)


def _orphans(
    desired: DesiredState, indexes: Indexes, claimed: set[tuple[str, str]], bindings: Bindings
) -> Iterator[Pair]:
    """Yield each record with a mark or a binding of this project that no document wants, once."""
    seen = set(claimed)
    for index in indexes.values():
        for name, record in index.marked.items():
            key = Key(index.kind, name)
            if key not in desired.resources and (index.kind, record.id) not in seen:
                seen.add((index.kind, record.id))
                protected = _is_protected(record, bindings.get(key))
                yield Pair(key, None, record, "mark", f"mark {external_id(record)}", protected=protected)
    for key, binding in bindings.items():
        if key not in desired.resources and key.kind in indexes and (key.kind, binding.id) not in seen:
            bound = indexes[key.kind].by_id.get(binding.id)
            if bound is not None:
                protected = _is_protected(bound, binding)
                yield Pair(key, None, bound, "binding", f"binding {shown_name(binding.id)}", protected=protected)


def _ids(pairs: Iterable[Pair], orphans: Iterable[Pair], indexes: Indexes, bindings: Bindings) -> dict[Key, str]:
    ids = {key: binding.id for key, binding in bindings.items() if _exists(binding, indexes)}
    ids.update((pair.key, pair.record.id) for pair in orphans if pair.record)
    ids.update((pair.key, pair.record.id) for pair in pairs if pair.record)
    return ids


def _exists(binding: Binding, indexes: Indexes) -> bool:
    """Whether the bound record exists. A binding of a kind that wasn't fetched is believed."""
    return binding.key.kind not in indexes or binding.id in indexes[binding.key.kind].by_id


def _binds(pairs: Iterable[Pair], bindings: Bindings) -> Iterator[Binding]:
    """Yield the bindings to write: where a mark can't say it, and where an existing line is no longer true."""
    for pair in pairs:
        if pair.record is None:
            continue
        line = bindings.get(pair.key)
        protected = _stays_protected(pair)
        # A mark holds the protection itself, so its line needs that only if it says so already.
        binding = Binding(
            pair.key, pair.record.id, protected and (pair.mark is None or (line is not None and line.protected))
        )
        if line != binding and (line is not None or _needs_binding(pair, protected, bindings)):
            yield binding


def _needs_binding(pair: Pair, protected: bool, bindings: Bindings) -> bool:
    if pair.renamed_from in bindings:
        return True
    if pair.mark is not None or pair.record is None:
        return False
    own = parse_mark(external_id(pair.record))
    return own is None or (own.key, own.protected) != (pair.key.name, protected)


def _report_vanished(pairs: Iterable[Pair], indexes: Indexes, owner: Owner) -> Iterator[Diagnostic]:
    """Warn of each binding whose record is gone; its pointer leads to the line of kind and key in the bindings."""
    for pair in pairs:
        binding = owner.bindings.get(pair.key)
        if binding is not None and not _exists(binding, indexes):
            now = f"it is now record {named(pair.record)}" if pair.record else "it will be created again"
            yield Diagnostic(
                codes.BINDING_WITHOUT_RECORD,
                f"{owner.shown.key(pair.key)}: the bound record {quoted(binding.id)} is gone; {now}",
                "warning",
                key=pair.key,
                pointer=pointer(("bindings", *pair.key)),
                help=f"If the tenant was refreshed, check that it is the one you mean. The apply corrects the line in "
                f"{owner.file}.",
            )


def _report_moved(desired: DesiredState, shown: KindNames) -> Iterator[Diagnostic]:
    """Report each earlier key under `moved` that has a document."""
    for key, resource in desired.resources.items():
        for position, name in enumerate(resource.moved):
            old = Key(key.kind, name)
            if old in desired.resources:
                yield Diagnostic(
                    codes.MOVED_KEY_DECLARED,
                    f"{shown.key(key)}: `moved` names {shown.key(old)}, which has a document of its own",
                    pointer=pointer(("moved", position)),
                    key=key,
                    help=_help_for_moved(key, desired.resources[old], shown),
                )


def _help_for_moved(key: Key, other: Resource, shown: KindNames) -> str:
    """Return how to mend a former key that has a document: one too many, or several keys that change in one step."""
    if not other.moved:
        return "Remove it from `moved`, or remove the other document."
    if key.name in other.moved:
        return (
            f"Two keys can't be exchanged in one step. Give {shown.key(other.key)} a key that is new, with `moved: "
            f"[{other.key.name}]`, and apply. Then rename {shown.key(key)}, apply, and rename the first one again."
        )
    return (
        f"{shown.key(other.key)} was renamed too. Rename and apply one after the other, beginning with "
        f"{shown.key(key)}: the record that now has the key {other.key.name} must have its new key first."
    )


def _report_claimed_twice(claims: Claims, owner: Owner) -> Iterator[Diagnostic]:
    """Report each record that two keys claim."""
    first: dict[tuple[str, str], Key] = {}
    for key, claim in claims.items():
        other = first.setdefault(_kind_and_id(claim), key)
        if other != key:
            yield Diagnostic(
                codes.SAME_RECORD,
                f"{owner.shown.key(other)} and {owner.shown.key(key)} are both record {named(claim.record)}: "
                f"{claim.reason}",
                key=key,
                help=f"One record has one key: correct {owner.file}{_lines(owner, other, key)}, or `moved`.",
            )


def _lines(owner: Owner, *keys: Key) -> str:
    """Return the lines of the bindings file that name keys, in brackets; empty where none does."""
    lines = [f"`{write_binding(key, owner.bindings[key].id)}`" for key in keys if key in owner.bindings]
    return f" ({', '.join(lines)})" if lines else ""
