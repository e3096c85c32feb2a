"""Name the records of a tenant that have no key: no document, no mark of this project and no binding is about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rhythmconf.engine.identity import mark_of
from rhythmconf.model import Identity, LiveState
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import bracketed_name, shown_name

SHOWN = 5
"""The number of records of a kind that a message names."""


class RecordWithoutKey(NamedTuple):
    """A record by its kind and id; `name` is its name, `project` the other project that manages it, each "" if none."""

    kind: str
    id: str
    name: str
    project: str = ""


def find_without_key(identity: Identity, live: LiveState) -> tuple[RecordWithoutKey, ...]:
    """Return the records that no key of this project stands for, in the order of kinds and ids."""
    known = {(pair.key.kind, pair.record.id) for pair in (*identity.pairs, *identity.orphans) if pair.record}
    known |= {(key.kind, id) for key, id in identity.ids.items()}
    found = []
    for record in live.all():
        if (record.kind, record.id) not in known:
            mark, name = mark_of(record), record.body.get("name")
            text = name if isinstance(name, str) else ""
            found.append(RecordWithoutKey(record.kind, record.id, text, mark.project if mark else ""))
    return tuple(sorted(found))


def describe_without_key(records: Iterable[RecordWithoutKey], environment: str) -> Iterator[str]:
    """Yield a sentence for each kind, which names the first records that no other project manages."""
    by_kind: dict[str, list[RecordWithoutKey]] = {}
    for record in records:
        if not record.project:
            by_kind.setdefault(record.kind, []).append(record)
    for kind, own in by_kind.items():
        names = ", ".join(map(_named, own[:SHOWN]))
        more = f" and {len(own) - SHOWN} more" if len(own) > SHOWN else ""
        what = f"{counted(len(own), 'record')} without a document in {environment}"
        yield f"{kind}: {what}: {names}{more}; `rhythmconf pull {kind}` writes documents"


def _named(record: RecordWithoutKey) -> str:
    name = f" ({bracketed_name(record.name)})" if record.name else ""
    return f"{shown_name(record.id)}{name}"
