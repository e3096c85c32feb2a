"""Find the record that a mark, a binding, or `moved` names for a key."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.engine.identity import codes
from rhythmconf.engine.identity.marks import Mark, mark, mark_of, oldest_first, prune_command
from rhythmconf.model import MARK_FIELD, Bindings, Diagnostic, Identified, Key, Record, Resource
from rhythmconf.model.kind_names import WITH_MODULES, KindNames
from rhythmconf.model.quoting import quoted, shown_name
from rhythmconf.settings.bindings import write_binding
from rhythmconf.source.project.values import Site


class Owner(NamedTuple):
    """The project that looks for its records, and its bindings.

    `adopt_from` names the project that a key may be taken over from. With `bind_imports`, records with an external id
    of another system may be bound. `file` is the bindings file and `shown` the names of kinds, for messages.
    """

    project: str
    bindings: Bindings
    adopt_from: Mapping[Key, str]
    bind_imports: bool = False
    file: str = "the bindings file"
    shown: KindNames = WITH_MODULES

    def line(self, key: Key, id: str) -> str:
        """Return what binds a key to a record, as a message says it: the line, and the kind that it belongs below."""
        return f"`{write_binding(key, id)}` under `{self.shown.kind(key.kind)}:`"


class KindRecords(NamedTuple):
    """The live records of one kind by id and by mark.

    `marked` has the records with a mark of this project by key name, `duplicates` those that share one mark.
    """

    kind: str
    by_id: Mapping[str, Record]
    marked: Mapping[str, Record]
    duplicates: Mapping[str, tuple[Record, ...]]


class Claim(NamedTuple):
    """The record of a key, and what identifies it."""

    record: Record
    how: Identified
    reason: str
    renamed_from: Key | None = None


def index_records(kind: str, records: Sequence[Record], project: str) -> KindRecords:
    """Index the live records of a kind."""
    marked: dict[str, list[Record]] = {}
    for record in records:
        own = mark_of(record)
        if own is not None and own.project == project:
            marked.setdefault(own.key, []).append(record)
    return KindRecords(
        kind,
        {record.id: record for record in records},
        {name: same[0] for name, same in marked.items()},
        {name: tuple(same) for name, same in marked.items() if len(same) > 1},
    )


def report_duplicates(indexes: Iterable[KindRecords], site: Site) -> list[Diagnostic]:
    """Report each mark that several records carry: one key can't be two records. All have one help: one command."""
    groups = [(index.kind, name, records) for index in indexes for name, records in index.duplicates.items()]
    example = "ID" if len(groups) != 1 else oldest_first(record.body for record in groups[0][2])[-1]["id"]
    help = (
        f"Look at them, then delete all but the oldest of each key: {prune_command(site.environment)}. To choose "
        f"yourself, name each one to delete: --prune-duplicate {shlex.quote(str(example))}. "
        "Or empty an external id in Rhythm."
    )
    return [
        Diagnostic(
            codes.DUPLICATE_MARK,
            f"{kind}/{name}: records {names(records)} all carry the mark {mark(site.project, name)!r}",
            key=Key(kind, name),
            help=help,
        )
        for kind, name, records in groups
    ]


def find_claim(resource: Resource, index: KindRecords, owner: Owner) -> Claim | Diagnostic | None:
    """Return the record that a binding, the mark, or an earlier key names; None when none of them does."""
    key = resource.key
    bound, marked = _bound(key, index, owner), index.marked.get(key.name)
    if bound is not None and marked is not None and bound.id != marked.id:
        return _disagreement(key, bound, f"the mark is on record {named(marked)}", owner)
    if bound is not None:
        return _claim_bound(resource, bound, owner)
    if marked is not None:
        return Claim(marked, "mark", f"mark {marked.body[MARK_FIELD]}")
    return _claim_moved(resource, index, owner) or _take_over(key, index, owner)


def other_project(key: Key, record: Record, project: str, owner: Owner) -> Diagnostic:
    """Return the error for a record that another project manages."""
    shown = owner.shown.key(key)
    return Diagnostic(
        codes.OTHER_PROJECT,
        f"{shown}: record {named(record)} is managed by project {project!r}",
        key=key,
        help="Leave it to that project and remove the document, or take it over with "
        f"`rhythmconf adopt {shown} --from-project {project}`. If this project had that name before, write `project: "
        f"{project}` in rhythmconf.yaml again.",
    )


def named(record: Record) -> str:
    """Return a record's id, and its name if it has one, for a message."""
    name = record.body.get("name")
    return f"{quoted(record.id)} ({quoted(name)})" if isinstance(name, str) else quoted(record.id)


def names(records: Sequence[Record]) -> str:
    """Return ids and names of several records for a message."""
    return ", ".join(named(record) for record in records)


def differences(records: Sequence[Record]) -> str:
    """Return the fields in which records differ, three at most, with each value: `is_active true, false`."""
    fields = [name for name in records[0].body if name != "id" and not name.startswith("sys_")]
    values = {name: [json.dumps(record.body.get(name), ensure_ascii=False) for record in records] for name in fields}
    differing = {name: shown for name, shown in values.items() if len(set(shown)) > 1}
    short = {name: shown for name, shown in differing.items() if all(len(text) <= 40 for text in shown)}
    parts = [f"{shown_name(name)} {', '.join(shown)}" for name, shown in [*short.items()][:3]]
    if parts:
        return f"; they differ in {'; '.join(parts)}"
    return (
        f"; they differ in {', '.join(map(shown_name, [*differing][:3]))}"
        if differing
        else "; all their fields are equal"
    )


def _bound(key: Key, index: KindRecords, owner: Owner) -> Record | None:
    binding = owner.bindings.get(key)
    return index.by_id.get(binding.id) if binding else None


def _claim_bound(resource: Resource, record: Record, owner: Owner) -> Claim | Diagnostic:
    """Return the claim of a bound record, if its mark allows it."""
    key, own = resource.key, mark_of(record)
    if own is None or _is(own, owner.project, key.name):
        return Claim(record, "binding", f"binding {shown_name(record.id)}")
    if own.project != owner.project:
        if owner.adopt_from.get(key) == own.project:
            return Claim(record, "adoption", f"binding {shown_name(record.id)}, taken over from project {own.project}")
        return other_project(key, record, own.project, owner)
    if own.key in resource.moved:
        return Claim(record, "binding", f"binding {shown_name(record.id)}", Key(key.kind, own.key))
    other = owner.shown.key(Key(key.kind, own.key))
    return _disagreement(key, record, f"that record carries the mark of {other}", owner)


def _claim_moved(resource: Resource, index: KindRecords, owner: Owner) -> Claim | None:
    for name in resource.moved:
        old = Key(resource.key.kind, name)
        if name in index.marked:
            return Claim(index.marked[name], "mark", f"renamed from {name}", old)
        bound = _bound(old, index, owner)
        if bound is not None:
            return Claim(bound, "binding", f"renamed from {name}", old)
    return None


def _take_over(key: Key, index: KindRecords, owner: Owner) -> Claim | None:
    """Return the one record that the project in `adopt_from` has under the same name."""
    other = owner.adopt_from.get(key)
    theirs = [record for record in index.by_id.values() if other and _is(mark_of(record), other, key.name)]
    # With several, the natural key may still decide; the first one would be a guess.
    return Claim(theirs[0], "adoption", f"taken over from project {other}") if len(theirs) == 1 else None


def _is(mark: Mark | None, project: str, name: str) -> bool:
    return mark is not None and (mark.project, mark.key) == (project, name)


def _disagreement(key: Key, bound: Record, but: str, owner: Owner) -> Diagnostic:
    return Diagnostic(
        codes.MARK_AND_BINDING_DISAGREE,
        f"{owner.shown.key(key)}: the binding names record {named(bound)}, but {but}",
        key=key,
        help=f"Correct or remove the line in {owner.file} (`{write_binding(key, bound.id)}`), or correct the external "
        "id in Rhythm; after a rename of the key, list the old one under `moved`.",
    )
