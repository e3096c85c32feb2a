"""Desired state, live state and bindings -> Identity: which live record a Key is, in this tenant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rhythmconf.catalog import Catalog
from rhythmconf.engine.identity import codes
from rhythmconf.engine.identity.claims import Claim, Owner, Roster, claim, named, roster, twins
from rhythmconf.engine.identity.marks import external_id, mark, mark_of, parse_mark
from rhythmconf.engine.identity.natural import adopt
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
)
from rhythmconf.settings import Dialect

Rosters = Mapping[str, Roster]
Claims = Mapping[Key, Claim]


def pair(
    desired: DesiredState,
    live: LiveState,
    *,
    project: str,
    bindings: Bindings,
    catalog: Catalog,
    dialect: Dialect,
    adopt_from: Mapping[Key, str] | None = None,
    bind_imports: bool = False,
) -> Identity:
    """Say of each key which record it is. A key that can't be decided has an error and no pair.

    With `bind_imports` a record with an external id of another system may be adopted, by a binding.
    """
    owner = Owner(project, bindings, adopt_from or {}, bind_imports)
    rosters = {kind: roster(kind, records, project) for kind, records in live.records.items()}
    claims, diagnostics = _claims(desired, rosters, owner, catalog)
    undecided = {each.key for each in diagnostics if each.severity == "error"}
    pairs = tuple(
        _pair(resource, claims.get(key), owner, dialect)
        for key, resource in desired.resources.items()
        if key not in undecided
    )
    orphans = tuple(_orphans(desired, rosters, {_place(each) for each in claims.values()}, bindings))
    return Identity(
        pairs=tuple(_with_natural_key(each, catalog) for each in pairs),
        ids=_ids(pairs, orphans, rosters, bindings),
        orphans=tuple(each for each in orphans if each.key not in desired.skipped),
        binds=tuple(_binds(pairs, bindings)),
        diagnostics=(*diagnostics, *_vanished(pairs, rosters, bindings)),
    )


def _claims(
    desired: DesiredState, rosters: Rosters, owner: Owner, catalog: Catalog
) -> tuple[dict[Key, Claim], list[Diagnostic]]:
    diagnostics = [each for one in rosters.values() for each in twins(one, owner.project)]
    diagnostics += _moved_badly(desired)
    undecided = {each.key for each in diagnostics}
    claims: dict[Key, Claim] = {}
    unclaimed: list[Resource] = []
    for key, resource in desired.resources.items():
        if key in undecided:
            continue
        found = claim(resource, rosters.get(key.kind) or roster(key.kind, (), owner.project), owner)
        if isinstance(found, Claim):
            claims[key] = found
        elif found is None:
            unclaimed.append(resource)
        else:
            diagnostics.append(found)
    diagnostics += _claimed_twice(claims)
    if not unclaimed:
        return claims, diagnostics
    adoptions = adopt(
        unclaimed, rosters, _spoken_for(desired, claims, rosters, owner), owner, catalog, _known(claims, rosters, owner)
    )
    return claims | adoptions.claims, diagnostics + adoptions.diagnostics


def _place(found: Claim) -> tuple[str, str]:
    return found.record.kind, found.record.id


def _known(claims: Claims, rosters: Rosters, owner: Owner) -> dict[Key, str]:
    """The ids that natural keys may refer to."""
    marked = {Key(one.kind, name): record.id for one in rosters.values() for name, record in one.marked.items()}
    bound = {key: each.id for key, each in owner.bindings.items() if _exists(each, rosters)}
    return marked | bound | {key: found.record.id for key, found in claims.items()}


def _spoken_for(desired: DesiredState, claims: Claims, rosters: Rosters, owner: Owner) -> set[tuple[str, str]]:
    """Kind and id of the records that are some key's already: claimed, bound, or marked and still wanted."""
    wanted = desired.resources.keys() | desired.skipped
    marked = {
        (one.kind, record.id)
        for one in rosters.values()
        for name, record in one.marked.items()
        if Key(one.kind, name) in wanted
    }
    return {_place(found) for found in claims.values()} | {(b.key.kind, b.id) for b in owner.bindings.values()} | marked


def _pair(resource: Resource, found: Claim | None, owner: Owner, dialect: Dialect) -> Pair:
    key = resource.key
    if found is None:
        bare = Pair(key, resource, None, "none")
    else:
        guarded = _protected(found.record, owner.bindings.get(found.renamed_from or key))
        old = found.renamed_from
        bare = Pair(key, resource, found.record, found.how, found.reason, renamed_from=old, protected=guarded)
    if dialect.external_id != "writable" or (bare.record is not None and _imported(bare.record)):
        return bare
    return bare._replace(mark=mark(owner.project, key.name, _shall_be_protected(bare)))


def _protected(record: Record, line: Binding | None) -> bool:
    own = mark_of(record)
    return (own is not None and own.protected) or (line is not None and line.protected)


def _imported(record: Record) -> bool:
    return external_id(record) is not None and mark_of(record) is None


def _shall_be_protected(found: Pair) -> bool:
    """`protect` decides; where the document doesn't say, what is protected stays so."""
    wish = found.resource.protect if found.resource else None
    return found.protected if wish is None else wish


def _with_natural_key(found: Pair, catalog: Catalog) -> Pair:
    """Put the values into the reason of an adoption, for the reviewer."""
    if found.how != "adoption" or found.record is None or found.reason != "natural key":
        return found
    body, fields = found.record.body, catalog.kind(found.key.kind).natural_key
    kept = f"; bound, its external id {external_id(found.record)!r} stays" if _imported(found.record) else ""
    return found._replace(reason="natural key " + ", ".join(f"{name} = {body[name]!r}" for name in fields) + kept)


def _orphans(
    desired: DesiredState, rosters: Rosters, claimed: set[tuple[str, str]], bindings: Bindings
) -> Iterator[Pair]:
    """Records that a mark or a binding makes ours, and no document wants. Marks first: they name a record once."""
    seen = set(claimed)
    for one in rosters.values():
        for name, record in one.marked.items():
            key = Key(one.kind, name)
            if key not in desired.resources and (one.kind, record.id) not in seen:
                seen.add((one.kind, record.id))
                guarded = _protected(record, bindings.get(key))
                yield Pair(key, None, record, "mark", f"mark {external_id(record)}", protected=guarded)
    for key, each in bindings.items():
        if key not in desired.resources and key.kind in rosters and (key.kind, each.id) not in seen:
            bound = rosters[key.kind].by_id.get(each.id)
            if bound is not None:
                guarded = _protected(bound, each)
                yield Pair(key, None, bound, "binding", f"binding {each.id}", protected=guarded)


def _ids(pairs: Iterable[Pair], orphans: Iterable[Pair], rosters: Rosters, bindings: Bindings) -> dict[Key, str]:
    ids = {key: each.id for key, each in bindings.items() if _exists(each, rosters)}
    ids.update((each.key, each.record.id) for each in orphans if each.record)
    ids.update((each.key, each.record.id) for each in pairs if each.record)
    return ids


def _exists(binding: Binding, rosters: Rosters) -> bool:
    """Whether the bound record is there; one of a kind that wasn't fetched is believed."""
    return binding.key.kind not in rosters or binding.id in rosters[binding.key.kind].by_id


def _binds(pairs: Iterable[Pair], bindings: Bindings) -> Iterator[Binding]:
    """The bindings to write: where no mark can say it, and where an existing line no longer tells the truth."""
    for each in pairs:
        if each.record is None:
            continue
        line = bindings.get(each.key)
        shall = _shall_be_protected(each)
        wanted = Binding(
            each.key, each.record.id, shall and (each.mark is None or (line is not None and line.protected))
        )
        if line != wanted and (line is not None or _needs_line(each, shall, bindings)):
            yield wanted


def _needs_line(each: Pair, shall: bool, bindings: Bindings) -> bool:
    if each.renamed_from in bindings:
        return True
    if each.mark is not None or each.record is None:
        return False
    own = parse_mark(external_id(each.record))
    return own is None or (own.key, own.protected) != (each.key.name, shall)


def _vanished(pairs: Iterable[Pair], rosters: Rosters, bindings: Bindings) -> Iterator[Diagnostic]:
    for each in pairs:
        line = bindings.get(each.key)
        if line is not None and not _exists(line, rosters):
            now = f"it is now record {named(each.record)}" if each.record else "it will be created again"
            yield Diagnostic(
                codes.BINDING_WITHOUT_RECORD,
                f"{each.key}: the bound record {line.id!r} is gone; {now}",
                "warning",
                key=each.key,
                help="If the tenant was refreshed, check that it is the one you mean; the apply corrects the line.",
            )


def _moved_badly(desired: DesiredState) -> Iterator[Diagnostic]:
    for key, resource in desired.resources.items():
        for name in resource.moved:
            old = Key(key.kind, name)
            if old in desired.resources:
                yield Diagnostic(
                    codes.MOVED_KEY_DECLARED,
                    f"{key}: `moved` names {old}, which has a document of its own",
                    key=key,
                    help="Remove it from `moved`, or remove the other document.",
                )


def _claimed_twice(claims: Claims) -> Iterator[Diagnostic]:
    first: dict[tuple[str, str], Key] = {}
    for key, found in claims.items():
        other = first.setdefault(_place(found), key)
        if other != key:
            yield Diagnostic(
                codes.SAME_RECORD,
                f"{other} and {key} are both record {named(found.record)}: {found.reason}",
                key=key,
                help="One record has one key: correct the bindings file, or `moved`.",
            )
