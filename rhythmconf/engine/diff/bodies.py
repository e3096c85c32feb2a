"""Tell what the records of a tenant are before and after a plan, in the words of the documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import NamedTuple, TypeAlias

from rhythmconf.catalog import Catalog, Field, Kind
from rhythmconf.catalog.kind import substitute
from rhythmconf.engine.diff.compare import Comparison, Difference
from rhythmconf.model import Body, Identity, Json, Key, LiveState

RecordId: TypeAlias = tuple[str, str]
"""The kind and the id of a record."""
Bodies: TypeAlias = Mapping[Key, Body]
"""The record of each key. References are `{"$ref": "module/kind/key"}`, as in a desired state."""


class BeforeAfter(NamedTuple):
    """The records that documents stand for: as the tenant has them, and as an apply of the plan would leave them.

    A record that the plan deletes is in `before` alone, one that it creates in `after` alone.
    """

    before: Bodies
    after: Bodies


def before_and_after(
    identity: Identity, comparison: Comparison, catalog: Catalog, keys: Collection[Key]
) -> BeforeAfter:
    """Return the records of some keys before and after the changes of a comparison.

    A record without a document counts only if the plan changes it.
    """
    named = partial(_name, key_of_record(identity))
    live = {pair.key: pair.record.body for pair in identity.pairs if pair.record is not None and pair.key in keys}
    before, after = dict(live), dict(live)
    for difference in comparison.differences:
        key = difference.change.key
        if key in keys:
            after.pop(key, None)
            if difference.live is not None:
                before[key] = difference.live
            if difference.target is not None:
                after[key] = difference.target
    bodies = {
        id(body): substitute(catalog.kinds[key.kind], body, named)
        for side in (before, after)
        for key, body in side.items()
    }
    # A record that stays as it is is the same object on both sides.
    return BeforeAfter(*({key: bodies[id(body)] for key, body in side.items()} for side in (before, after)))


def all_before_and_after(
    identity: Identity, differences: Iterable[Difference], live: LiveState, kinds: Collection[Kind]
) -> BeforeAfter:
    """Return all records of some kinds before and after some differences.

    A record that no document stands for has its name as its key, or its id where another one has that name.
    """
    named = _name_all(identity, live, kinds)
    records = {kind.name: {record.id: record.body for record in live.records.get(kind.name, ())} for kind in kinds}
    before = {named[kind, id]: body for kind, bodies in records.items() for id, body in bodies.items()}
    after = dict(before)
    for change, _, target in differences:
        if change.key.kind in records:
            if change.id is not None:
                after.pop(named.get((change.key.kind, change.id), change.key), None)
            if target is not None:
                after[change.key] = target
    keyed = partial(_name, named)
    by_name = {kind.name: kind for kind in kinds}
    return BeforeAfter(
        *({key: substitute(by_name[key.kind], body, keyed) for key, body in side.items()} for side in (before, after))
    )


def _name_all(identity: Identity, live: LiveState, kinds: Collection[Kind]) -> dict[RecordId, Key]:
    named = {**key_of_record(identity)}
    taken = {*named.values(), *(pair.key for pair in identity.pairs)}
    for kind in kinds:
        for record in live.records.get(kind.name, ()):
            if (kind.name, record.id) not in named:
                texts = (record.body.get(field) for field in kind.natural_key)
                key = Key(kind.name, next((text for text in texts if isinstance(text, str) and text), record.id))
                named[kind.name, record.id] = key if key not in taken else Key(kind.name, record.id)
                taken.add(named[kind.name, record.id])
    return named


def key_of_record(identity: Identity) -> Mapping[RecordId, Key]:
    """Return the key of each record that has one, by kind and id."""
    keys = {(key.kind, id): key for key, id in identity.ids.items()}
    return keys | {(pair.key.kind, pair.record.id): pair.key for pair in identity.orphans if pair.record is not None}


def _name(keys: Mapping[RecordId, Key], field: Field, value: Json) -> Json:
    """Return the reference that an id stands for, or the id where no key of the project has it."""
    if not isinstance(value, str):
        return value
    key = next((keys[kind, value] for kind in field.targets if (kind, value) in keys), None)
    return {"$ref": str(key)} if key else value
