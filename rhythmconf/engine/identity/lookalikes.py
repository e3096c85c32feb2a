"""Find records that look like a document's own, but that differ in a way that a person doesn't see."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from rhythmconf.catalog import Kind
from rhythmconf.engine.identity import codes
from rhythmconf.engine.identity.claims import Claim, KindRecords, names
from rhythmconf.engine.identity.marks import mark_of
from rhythmconf.engine.identity.natural import natural_key
from rhythmconf.model import Body, Diagnostic, Key, Record, Resource, same
from rhythmconf.model.appearance import contrast
from rhythmconf.settings.bindings import write_binding
from rhythmconf.source.project.values import Site

Lookalikes = Mapping[Key, Sequence[Record]]
"""The records whose natural key looks like that of a document, by its key."""
_TELL_APART = "If they are two records, give one a name that people can tell apart."
_NAMED = 3
"""Records that one message names; it counts the others."""


def takes_name(resource: Resource, claim: Claim | None, site: Site) -> bool:
    """Whether a document creates, adopts or renames its record, by what it claims. A binding is the user's choice."""
    if claim is None or claim.how != "mark":
        return claim is None or claim.how == "adoption"
    ours, theirs = resource.body.get, claim.record.body.get
    for name in site.catalog.kinds[resource.key.kind].natural_key:
        # Only a text is a name: with another reference, a record looks like before.
        if ours(name).__class__ is str and ours(name) != theirs(name):
            return True
    return False


def find_lookalikes(
    new: Sequence[Resource],
    resources: Mapping[Key, Resource],
    claims: Mapping[Key, Claim],
    indexes: Mapping[str, KindRecords],
    reserved: Collection[tuple[str, str]],
    ids: Mapping[Key, str],
    site: Site,
    ending: Collection[Key] = frozenset(),
) -> Lookalikes:
    """Return the lookalikes of each document in `new`, which creates, adopts or renames a record.

    The records of other documents don't count: documents are compared with each other. But a record that is bound to a
    document of another name counts: the line of the binding may have the wrong key. Where a document creates its
    record, an equal natural key counts only in a `reserved` record (kind and id): any other would be adopted. Where it
    has one, those of the keys in `ending` don't count, which are to be deleted.
    """
    ended = {(key.kind, site.bindings[key].id) for key in ending if key in site.bindings}
    claimed = {
        (claim.record.kind, claim.record.id)
        for key, claim in claims.items()
        if claim.how != "binding" or not _is_renamed(resources[key], claim.record, site)
    }
    found: dict[Key, list[Record]] = {}
    for name in {resource.key.kind for resource in new} & indexes.keys():
        kind = site.catalog.kind(name)
        records: dict[tuple[bytes | str, ...], list[Record]] = {}
        for record in indexes[name].by_id.values():
            if (name, record.id) not in claimed:
                records.setdefault(kind.natural_appearance(record.body), []).append(record)
        records.pop((), None)
        for resource in new if records else ():
            if resource.key.kind == name:
                own = natural_key(resource.body, kind.natural_key, ids)
                for record in records.get(kind.natural_appearance(own), ()):
                    if resource.key in claims and ((name, record.id) in ended or _own_key(record, site) in ending):
                        continue
                    if resource.key in claims or (name, record.id) in reserved or _differing(kind, own, record):
                        found.setdefault(resource.key, []).append(record)
    return found


def _is_renamed(resource: Resource, record: Record, site: Site) -> bool:
    """Whether a document gives its record another name: a reference doesn't count."""
    names = site.catalog.kinds[resource.key.kind].natural_key
    pairs = ((resource.body.get(name), record.body.get(name)) for name in names)
    return any(isinstance(ours, str) and ours != theirs for ours, theirs in pairs)


def _own_key(record: Record, site: Site) -> Key | None:
    """Return the key that the mark of this project says."""
    mark = mark_of(record)
    return Key(record.kind, mark.key) if mark is not None and mark.project == site.project else None


def _differing(kind: Kind, own: Body, record: Record) -> list[str]:
    return [name for name in kind.natural_key if not same(own[name], record.body[name])]


def report_lookalikes(
    lookalikes: Lookalikes,
    resources: Mapping[Key, Resource],
    claims: Mapping[Key, Claim],
    ids: Mapping[Key, str],
    site: Site,
) -> Iterator[Diagnostic]:
    """Warn of each lookalike, and say what to write if the two are one record."""
    bound = {(key.kind, binding.id): key for key, binding in site.bindings.items()}
    for key, records in lookalikes.items():
        kind, first = site.catalog.kind(key.kind), records[0]
        own = natural_key(resources[key].body, kind.natural_key, ids)
        claim = claims.get(key)
        holder = bound.get((key.kind, first.id))
        held = f", bound to {site.catalog.shown(str(holder))}," if holder else ""
        adopted = f"adopts record {names([claim.record])}" if claim and claim.how == "adoption" else "will be renamed"
        what = adopted if claim else "will be created"
        looks = "looks the same" if len(records) == 1 else "look the same"
        yield Diagnostic(
            codes.LOOKALIKE_RECORD,
            f"{site.catalog.names.key(key)} {what}, though {describe(records)}{held} {looks}"
            f"{_contrasts(kind, own, first)}",
            "warning",
            pointer=f"/spec/{(_differing(kind, own, first) or kind.natural_key)[0]}",
            key=key,
            help=_TELL_APART
            if claim and claim.how == "mark"
            else f"{_help(key, kind, own, first, holder, resources, site)} {_TELL_APART}",
        )


def describe(records: Sequence[Record]) -> str:
    """Return `record 'p1' ('Lapsed')`, or several of them."""
    more = f" and {len(records) - _NAMED} more" if len(records) > _NAMED else ""
    return f"record{'s' * (len(records) > 1)} {names(records[:_NAMED])}{more}"


def _contrasts(kind: Kind, own: Body, record: Record) -> str:
    parts = []
    for name in _differing(kind, own, record):
        ours, theirs = contrast(str(own[name]), str(record.body[name]))
        parts.append(f"{name} is {ours} in the document and {theirs} in the tenant")
    return f": {', '.join(parts)}" if parts else ""


def _help(
    key: Key,
    kind: Kind,
    own: Body,
    record: Record,
    bound: Key | None,
    resources: Collection[Key],
    site: Site,
) -> str:
    shown, mark = site.catalog.shown(key.kind), mark_of(record)
    written = ", ".join(
        f"{name}: {contrast(str(own[name]), str(record.body[name]))[1]}" for name in _differing(kind, own, record)
    )
    rename = f"write {written} in the document" if written else "remove one of the two keys"
    if mark is not None and mark.project != site.project:
        take_over = f"`rhythmconf adopt {shown}/{key.name} --from-project {mark.project}`"
        one = f"it belongs to project {mark.project!r}; to take it over, {rename} and run {take_over}"
    elif mark is not None:
        one = f"it is {shown}/{mark.key}, which has no document here; if the key was renamed, add `moved: [{mark.key}]`"
    elif bound is not None:
        file, line = f"bindings/{site.environment.name}.yaml", write_binding(key, record.id)
        one = f"a line of {file} binds it to {shown}/{bound.name}, "
        if bound in resources:
            one += f"which has another name: if the line has the wrong key, write `{line}` there"
        else:
            one += (
                f"which has no document: write `{line}` there, or, if the key was renamed, add `moved: [{bound.name}]` "
            )
            one += "to the document"
    else:
        file = f"bindings/{site.environment.name}.yaml"
        one = f"if it is the same, write `{write_binding(key, record.id)}` under `{shown}:` in {file}, or {rename}"
    return f"{one[0].upper()}{one[1:]}."
