"""Read and write the mark that a managed record carries in `sys_external_id`."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from rhythmconf.engine.identity.codes import DUPLICATE_MARK
from rhythmconf.errors import UsageError
from rhythmconf.model import MARK_FIELD, Json, Key, LiveState, Pair, Record

_PATTERN = re.compile(r"rhythmconf/([a-z0-9][a-z0-9-]*)/([a-z0-9][a-z0-9._-]*)(#protected)?")


class Mark(NamedTuple):
    """The project that manages a record, and the name of its key, which is unique within the record's kind."""

    project: str
    key: str
    protected: bool = False


def mark(project: str, name: str, protected: bool = False) -> str:
    """Return the text of a mark: `rhythmconf/hisp/cmsi`, with `#protected` when the record may not be deleted."""
    return f"rhythmconf/{project}/{name}{'#protected' if protected else ''}"


def parse_mark(text: Json) -> Mark | None:
    """Parse a mark; return None for any other external id, such as that of an import."""
    return _parse(text) if isinstance(text, str) else None


@cache  # A plan asks for the mark of each record three times.
def _parse(text: str) -> Mark | None:
    match = _PATTERN.fullmatch(text)
    return Mark(match[1], match[2], match[3] is not None) if match else None


def external_id(record: Record) -> Json:
    """Return the `sys_external_id` of a record, None when it is empty."""
    return record.body.get(MARK_FIELD) or None


def mark_of(record: Record) -> Mark | None:
    """Return the mark that a record carries."""
    return parse_mark(record.body.get(MARK_FIELD))


def set_aside_duplicates(live: LiveState, ids: Collection[str], project: str) -> tuple[LiveState, tuple[Pair, ...]]:
    """Return the live state without the duplicates `ids`, and a pair for each of them, so that a plan can delete it.

    Duplicates share one mark, for example because a create was delivered twice. Raises UsageError for an id whose
    record shares its mark with no record that stays.
    """
    if not ids:
        return live, ()
    marked = [(record, mark) for record in live.all() if (mark := mark_of(record)) and mark.project == project]
    staying = Counter((record.kind, mark.key) for record, mark in marked if record.id not in ids)
    # Ids are only unique within a kind.
    pairs: dict[tuple[str, str], Pair] = {}
    for record, mark in marked:
        if record.id in ids and staying[record.kind, mark.key]:
            # Each duplicate needs a key of its own, and the same one in the next plan.
            digest = hashlib.sha256(record.id.encode()).hexdigest()[:8]
            key = Key(record.kind, f"{mark.key}.duplicate-{digest}")
            reason = f"a duplicate of {record.kind}/{mark.key}"
            pairs[record.id, record.kind] = Pair(key, None, record, "mark", reason, protected=mark.protected)
    set_aside = {id for id, _ in pairs}
    for id in sorted(ids):
        if id not in set_aside:
            raise UsageError(
                f"record {id!r} is not a duplicate: no other record of this project carries its mark",
                help=f"run `rhythmconf plan` and give an id that error {DUPLICATE_MARK} names",
            )
    kept = {
        kind: tuple(record for record in records if (record.id, kind) not in pairs)
        for kind, records in live.records.items()
    }
    return live._replace(records=kept), tuple(pairs[place] for place in sorted(pairs))
