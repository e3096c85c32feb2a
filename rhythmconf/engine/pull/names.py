"""Give records their key names, and say how a document refers to a record."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from rhythmconf.catalog import Kind
from rhythmconf.engine.identity import mark_of
from rhythmconf.model import Binding, Identity, Json, Key, LiveState, Record

RecordId = tuple[str, str]
"""Qualified kind and id of a record."""
LONGEST = 60
"""Characters of the longest key name that is made."""
_WORD = re.compile(r"[a-z]+[0-9]{0,4}|[0-9]{1,6}")


@dataclass(slots=True)
class Names:
    """The key name of each record, and the names in use in each kind. Both grow as records are named.

    `binds` has the bindings that references needed, for records that no document is about.
    """

    named: dict[RecordId, str]
    used: dict[str, set[str]]
    live: LiveState
    binds: dict[Key, Binding] = field(default_factory=dict)

    @classmethod
    def of(cls, identity: Identity, live: LiveState) -> Names:
        """Return the names of the records that have a key already."""
        used: dict[str, set[str]] = {}
        for key in identity.ids:
            used.setdefault(key.kind, set()).add(key.name)
        return cls({(key.kind, id): key.name for key, id in identity.ids.items()}, used, live)

    def give(self, record_id: RecordId, wish: str) -> str:
        """Name a record as wished, with a number behind it if the name is in use. Return the name."""
        used = self.used.setdefault(record_id[0], set())
        name, number = wish, 1
        while name in used:
            number += 1
            name = f"{wish}-{number}"
        used.add(name)
        self.named[record_id] = name
        return name

    def refer(self, targets: tuple[str, ...], id: str) -> str | None:
        """Return what a document writes to refer to a record of one of these kinds; None without such a record."""
        kind = next((kind for kind in targets if (kind, id) in self.named), None)
        kind = kind or self._bind(targets, id)
        if kind is None:
            return None
        name = self.named[kind, id]
        ambiguous = any(name in self.used.get(other, ()) for other in targets if other != kind)
        return f"{kind}/{name}" if ambiguous else name

    def _bind(self, targets: tuple[str, ...], id: str) -> str | None:
        """Give a record without a document a key in the bindings. Return its kind."""
        record = next(
            (record for kind in targets for record in self.live.records.get(kind, ()) if record.id == id), None
        )
        # The record may be of a kind that wasn't fetched, such as one of another module.
        kind = record.kind if record else next((kind for kind in targets if kind not in self.live.records), None)
        if kind is not None:
            name = slug(id) or "record"
            if record is not None:
                mark = mark_of(record)
                name = mark.key if mark else (slug(record.body.get("name")) or name)
            key = Key(kind, self.give((kind, id), name))
            self.binds[key] = Binding(key, id)
        return kind


def choose_name(record: Record, kind: Kind, chosen: Mapping[RecordId, str]) -> str:
    """Return the name for a new key: from the key map, the mark, a readable id, or the natural key."""
    mark = mark_of(record)
    if (record.kind, record.id) in chosen:
        return chosen[record.kind, record.id]
    if mark is not None:
        return mark.key
    if kind.is_singleton:
        return slug(kind.short)
    if is_readable(record.id):
        return record.id
    parts = [slug(record.body.get(name)) for name in kind.natural_key or ("name",)]
    return "-".join(part for part in parts if part) or slug(record.id) or slug(kind.short)


def slug(value: Json) -> str:
    """Return a text as a key name: small letters without accents, '-' for everything else; "" if nothing is left."""
    if not isinstance(value, str):
        return ""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")


def is_readable(id: str) -> bool:
    """Whether an id consists of words that somebody chose, and isn't a number or a hash."""
    tokens = re.split(r"[-_.]", id)
    return (
        len(id) <= LONGEST
        and all(_WORD.fullmatch(token) for token in tokens)
        and any(re.search("[aeiouy]", token) and re.match("[a-z]{3}", token) for token in tokens)
    )


def opaque_ids(ids: Iterable[str]) -> Set[str]:
    """Return the ids that can't be words of a text: where one of them occurs, the record is meant."""
    # A pull needs most memory while it has these: a dict takes less than half of what a set takes.
    return dict.fromkeys(id for id in ids if len(id) >= 6 and not is_readable(id)).keys()
