"""Records to key names: what is named already, what a new key is made of, and how a reference says it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rhythmconf.catalog import Kind
from rhythmconf.engine.identity import mark_of
from rhythmconf.model import Binding, Identity, Json, Key, LiveState, Record

Place = tuple[str, str]
"""Qualified kind and id of a record."""
LONGEST = 60
_TOKEN = re.compile(r"[a-z]+[0-9]{0,4}|[0-9]{1,6}")


@dataclass(slots=True)
class Names:
    """Which key each record has, and which key names are taken in each kind; grows as records are named.

    `binds` are the bindings that references had to invent, for records that no document is about.
    """

    named: dict[Place, str]
    taken: dict[str, set[str]]
    live: LiveState
    binds: dict[Key, Binding] = field(default_factory=dict)

    @classmethod
    def of(cls, who: Identity, live: LiveState) -> Names:
        """The names of what is known already."""
        taken: dict[str, set[str]] = {}
        for key in who.ids:
            taken.setdefault(key.kind, set()).add(key.name)
        return cls({(key.kind, id): key.name for key, id in who.ids.items()}, taken, live)

    def give(self, place: Place, wish: str) -> str:
        """Name a record as wished, with a number behind it where the name is taken."""
        taken = self.taken.setdefault(place[0], set())
        name, number = wish, 1
        while name in taken:
            number += 1
            name = f"{wish}-{number}"
        taken.add(name)
        self.named[place] = name
        return name

    def refer(self, targets: tuple[str, ...], id: str) -> str | None:
        """What a document writes to mean a record; None where there is no such record."""
        kind = next((kind for kind in targets if (kind, id) in self.named), None)
        kind = kind or self._bound(targets, id)
        if kind is None:
            return None
        name = self.named[kind, id]
        others = [other for other in targets if other != kind and name in self.taken.get(other, ())]
        return f"{kind}/{name}" if others else name

    def _bound(self, targets: tuple[str, ...], id: str) -> str | None:
        """The kind of a record without a document, after giving it a key in the bindings."""
        record = next((each for kind in targets for each in self.live.records.get(kind, ()) if each.id == id), None)
        kind = record.kind if record else next((kind for kind in targets if kind not in self.live.records), None)
        if kind is not None:
            key = Key(kind, self.give((kind, id), _of_record(record) if record else slug(id) or "record"))
            self.binds[key] = Binding(key, id)
        return kind


def wish(record: Record, kind: Kind, chosen: Mapping[Place, str]) -> str:
    """What a new key would be called: as chosen, as its mark says, after a readable id, or after its natural key."""
    found = mark_of(record)
    if (record.kind, record.id) in chosen:
        return chosen[record.kind, record.id]
    if found is not None:
        return found.key
    if is_readable(record.id):
        return record.id
    parts = [slug(record.body.get(name)) for name in kind.natural_key or ("name",)]
    return "-".join(part for part in parts if part) or slug(record.id) or slug(kind.short)


def _of_record(record: Record) -> str:
    found = mark_of(record)
    return found.key if found else (slug(record.body.get("name")) or slug(record.id) or "record")


def slug(value: Json) -> str:
    """A text as a key: small letters without accents, '-' for everything else; empty where nothing is left."""
    if not isinstance(value, str):
        return ""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")


def is_readable(id: str) -> bool:
    """Whether an id is words that somebody chose, and not a number or a hash."""
    tokens = re.split(r"[-_.]", id)
    return (
        len(id) <= LONGEST
        and all(_TOKEN.fullmatch(token) for token in tokens)
        and any(re.search("[aeiouy]", token) and re.match("[a-z]{3}", token) for token in tokens)
    )


def opaque_ids(places: Iterable[Place]) -> frozenset[str]:
    """The ids that can't be mistaken for words: where one of them stands in a text, it is meant."""
    return frozenset(id for _, id in places if len(id) >= 6 and not is_readable(id))
