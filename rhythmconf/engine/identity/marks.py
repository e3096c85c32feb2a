"""Read and write the mark that a managed record carries in `sys_external_id`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from rhythmconf.engine.identity.codes import DUPLICATE_MARK
from rhythmconf.errors import UsageError
from rhythmconf.model import MARK_FIELD, Bindings, Body, Json, Key, LiveState, Pair, Record
from rhythmconf.settings import Environment

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


def forget_marks() -> None:
    """Forget the marks that were parsed: a process that plans many tenants meets each only once."""
    _parse.cache_clear()


def external_id(record: Record) -> Json:
    """Return the `sys_external_id` of a record, None when it is empty."""
    return record.body.get(MARK_FIELD) or None


def mark_of(record: Record) -> Mark | None:
    """Return the mark that a record carries."""
    return mark_of_body(record.body)


def mark_of_body(body: Body) -> Mark | None:
    """Return the mark in the body of a record."""
    return parse_mark(body.get(MARK_FIELD))


def oldest_first(records: Iterable[Body]) -> list[Body]:
    """Sort the bodies of records by `sys_created_at`, then by id.

    Two computers get the same order from the same records, whatever their time zones. Where a time is missing or is
    no time, the ids alone decide.
    """
    bodies = list(records)
    times = [_time(body.get("sys_created_at")) for body in bodies]
    known = None not in times
    order = sorted(range(len(bodies)), key=lambda n: (times[n] if known else 0.0, str(bodies[n].get("id"))))
    return [bodies[number] for number in order]


def _time(text: Json) -> float | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        return None if moment is None else (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def set_aside_duplicates(live: LiveState, ids: Collection[str], project: str) -> tuple[LiveState, tuple[Pair, ...]]:
    """Return the live state without the duplicates `ids`, and a pair for each of them, so that a plan can delete it.

    Duplicates share one mark, for example because a create was delivered twice. Raises UsageError for an id whose
    record shares its mark with no record that stays.
    """
    groups = _groups(live, project)
    duplicates = [
        (record, mark)
        for group in groups.values()
        if not all(record.id in ids for record, _ in group)
        for record, mark in group
        if record.id in ids
    ]
    set_aside = {record.id for record, _ in duplicates}
    for id in sorted(ids):
        if id not in set_aside:
            raise UsageError(
                f"record {id!r} is not a duplicate: no other record of this project carries its mark",
                help=f"run `rhythmconf plan` and give an id that error {DUPLICATE_MARK} names",
            )
    return _set_aside(live, duplicates)


def prune_command(environment: Environment) -> str:
    """Return the command that deletes all duplicates of an environment."""
    options = f"--env {environment.name} --prune-duplicates"
    return f"rhythmconf plan {options} -o FILE" if environment.protected else f"rhythmconf apply {options}"


def set_aside_younger(live: LiveState, project: str, bindings: Bindings) -> tuple[LiveState, tuple[Pair, ...]]:
    """Return the live state without any duplicates, and a pair for each of them, so that a plan can delete it.

    Of the records that share a mark, the bound one stays, else the oldest.
    """
    duplicates: list[tuple[Record, Mark]] = []
    for (kind, name), group in _groups(live, project).items():
        binding = bindings.get(Key(kind, name))
        ids = [str(body["id"]) for body in oldest_first(record.body for record, _ in group)]
        stays = binding.id if binding and binding.id in ids else ids[0]
        duplicates += [(record, mark) for record, mark in group if record.id != stays]
    return _set_aside(live, duplicates)


def _groups(live: LiveState, project: str) -> dict[tuple[str, str], list[tuple[Record, Mark]]]:
    """Return the records of this project by kind and name of their key."""
    groups: dict[tuple[str, str], list[tuple[Record, Mark]]] = {}
    for record in live.all():
        if (mark := mark_of(record)) and mark.project == project:
            groups.setdefault((record.kind, mark.key), []).append((record, mark))
    return groups


def _set_aside(live: LiveState, duplicates: Iterable[tuple[Record, Mark]]) -> tuple[LiveState, tuple[Pair, ...]]:
    # Ids are only unique within a kind.
    pairs: dict[tuple[str, str], Pair] = {}
    for record, mark in duplicates:
        # Each duplicate needs a key of its own, and the same one in the next plan.
        digest = hashlib.sha256(record.id.encode()).hexdigest()[:8]
        key = Key(record.kind, f"{mark.key}.duplicate-{digest}")
        reason = f"a duplicate of {record.kind}/{mark.key}"
        pairs[record.id, record.kind] = Pair(key, None, record, "duplicate", reason, protected=mark.protected)
    kept = {
        kind: tuple(record for record in records if (record.id, kind) not in pairs)
        for kind, records in live.records.items()
    }
    return live._replace(records=kept), tuple(pairs[place] for place in sorted(pairs))
