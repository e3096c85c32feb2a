"""Resources and live records of one kind -> which record a mark, a binding or `moved` says a key is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.engine.identity import codes
from rhythmconf.engine.identity.marks import Mark, mark, mark_of
from rhythmconf.model import Bindings, Diagnostic, Identified, Key, Record, Resource


class Owner(NamedTuple):
    """Who asks: the project, its bindings, from which project a key may be taken over, and whether records with an
    external id of another system may be bound."""

    project: str
    bindings: Bindings
    adopt_from: Mapping[Key, str]
    bind_imports: bool = False


class Roster(NamedTuple):
    """The live records of one kind by what identifies them.

    `marked` has the records with this project's mark by key name, `twins` those that share one.
    """

    kind: str
    by_id: Mapping[str, Record]
    marked: Mapping[str, Record]
    twins: Mapping[str, tuple[Record, ...]]


class Claim(NamedTuple):
    """A key's record, and what says so."""

    record: Record
    how: Identified
    reason: str
    renamed_from: Key | None = None


def roster(kind: str, records: Sequence[Record], project: str) -> Roster:
    """Index the live records of a kind."""
    marked: dict[str, list[Record]] = {}
    for record in records:
        found = mark_of(record)
        if found is not None and found.project == project:
            marked.setdefault(found.key, []).append(record)
    return Roster(
        kind,
        {record.id: record for record in records},
        {name: owners[0] for name, owners in marked.items()},
        {name: tuple(owners) for name, owners in marked.items() if len(owners) > 1},
    )


def twins(roster: Roster, project: str) -> Iterator[Diagnostic]:
    """An error for each mark that several records carry: it can't be both."""
    for name, records in roster.twins.items():
        yield Diagnostic(
            codes.DUPLICATE_MARK,
            f"{roster.kind}/{name}: records {names(records)} all carry the mark {mark(project, name)!r}",
            key=Key(roster.kind, name),
            help="Look at both; `rhythmconf plan "
            + " ".join(f"--prune-duplicate {record.id}" for record in records[1:])
            + "` deletes all but the first. Or empty an external id in Rhythm.",
        )


def claim(resource: Resource, roster: Roster, owner: Owner) -> Claim | Diagnostic | None:
    """The record that a binding, the mark or an earlier key names; None where none does."""
    bound, marked = _bound(resource.key, roster, owner), roster.marked.get(resource.key.name)
    if bound is not None and marked is not None and bound.id != marked.id:
        return _disagreement(resource.key, bound, f"the mark stands on record {named(marked)}")
    if bound is not None:
        return _by_binding(resource, bound, owner)
    if marked is not None:
        return Claim(marked, "mark", f"mark {marked.body['sys_external_id']}")
    return _by_moved(resource, roster, owner) or _taken_over(resource.key, roster, owner)


def foreign_owner(key: Key, record: Record, project: str) -> Diagnostic:
    """The refusal of a record that another project manages."""
    return Diagnostic(
        codes.OTHER_PROJECT,
        f"{key}: record {named(record)} is managed by project {project!r}",
        key=key,
        help="Leave it to that project and remove the document, or take it over with "
        f"`rhythmconf adopt {key} --from-project {project}`.",
    )


def named(record: Record) -> str:
    """A record as messages call it: its id, and its name where it has one."""
    name = record.body.get("name")
    return f"{record.id!r} ({name!r})" if isinstance(name, str) else f"{record.id!r}"


def names(records: Sequence[Record]) -> str:
    """Several records as messages call them."""
    return ", ".join(named(record) for record in records)


def _bound(key: Key, roster: Roster, owner: Owner) -> Record | None:
    binding = owner.bindings.get(key)
    return roster.by_id.get(binding.id) if binding else None


def _by_binding(resource: Resource, record: Record, owner: Owner) -> Claim | Diagnostic:
    key, found = resource.key, mark_of(record)
    if found is None or _is(found, owner.project, key.name):
        return Claim(record, "binding", f"binding {record.id}")
    if found.project != owner.project:
        if owner.adopt_from.get(key) == found.project:
            return Claim(record, "adoption", f"binding {record.id}, taken over from project {found.project}")
        return foreign_owner(key, record, found.project)
    if found.key in resource.moved:
        return Claim(record, "binding", f"binding {record.id}", Key(key.kind, found.key))
    return _disagreement(key, record, f"that record carries the mark of {key.kind}/{found.key}")


def _by_moved(resource: Resource, roster: Roster, owner: Owner) -> Claim | None:
    for name in resource.moved:
        old = Key(resource.key.kind, name)
        if name in roster.marked:
            return Claim(roster.marked[name], "mark", f"renamed from {name}", old)
        bound = _bound(old, roster, owner)
        if bound is not None:
            return Claim(bound, "binding", f"renamed from {name}", old)
    return None


def _taken_over(key: Key, roster: Roster, owner: Owner) -> Claim | None:
    """The record that another project, which gives this key away, has under the same name."""
    other = owner.adopt_from.get(key)
    theirs = [record for record in roster.by_id.values() if other and _is(mark_of(record), other, key.name)]
    return Claim(theirs[0], "adoption", f"taken over from project {other}") if len(theirs) == 1 else None


def _is(found: Mark | None, project: str, name: str) -> bool:
    return found is not None and (found.project, found.key) == (project, name)


def _disagreement(key: Key, bound: Record, but: str) -> Diagnostic:
    return Diagnostic(
        codes.MARK_AND_BINDING_DISAGREE,
        f"{key}: the binding names record {named(bound)}, but {but}",
        key=key,
        help="Correct or remove the line in the bindings file, or correct the external id in Rhythm; "
        "after a rename of the key, list the old one under `moved`.",
    )
