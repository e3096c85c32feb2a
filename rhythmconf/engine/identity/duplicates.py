"""Records that a create delivered twice left behind -> orphans that a plan may delete, each under a key of its own."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection

from rhythmconf.engine.identity.marks import Mark, mark_of
from rhythmconf.errors import UsageError
from rhythmconf.model import Key, LiveState, Pair, Record


def set_aside(live: LiveState, ids: Collection[str], project: str) -> tuple[LiveState, tuple[Pair, ...]]:
    """The live state without the named duplicates, and those as pairs that no document wants.

    Raises UsageError for an id whose record shares its mark with no other that stays: that is no duplicate.
    """
    if not ids:
        return live, ()
    marked = [(record, mark) for record in live.all() if (mark := mark_of(record)) and mark.project == project]
    staying = Counter((record.kind, mark.key) for record, mark in marked if record.id not in ids)
    found = {record.id: _pair(record, mark) for record, mark in marked if record.id in ids}
    for id in sorted(ids):
        pair = found.get(id)
        if pair is None or not staying[pair.key.kind, pair.key.name.rpartition(".duplicate-")[0]]:
            raise UsageError(
                f"record {id!r} is no duplicate: no other record of this project carries its mark",
                help="name the id that error RC301 of `rhythmconf plan` tells",
            )
    kept = {kind: tuple(one for one in records if one.id not in found) for kind, records in live.records.items()}
    return LiveState(kept, live.requests), tuple(found[id] for id in sorted(found))


def _pair(record: Record, mark: Mark) -> Pair:
    digest = hashlib.sha256(record.id.encode()).hexdigest()[:8]
    key = Key(record.kind, f"{mark.key}.duplicate-{digest}")
    return Pair(key, None, record, "mark", f"a duplicate of {record.kind}/{mark.key}", protected=mark.protected)
