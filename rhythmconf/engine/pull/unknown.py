"""Find and report the fields of pulled records that their schemas don't know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from rhythmconf.catalog import Catalog, UnknownField, find_unknown_fields
from rhythmconf.engine.pull import codes
from rhythmconf.model import Body, Diagnostic, Key, Record
from rhythmconf.model.plural import counted

SHOWN = 3
"""The number of records that a warning names."""


def find_unknown(catalog: Catalog, records: Iterable[tuple[Key, Record]]) -> tuple[UnknownField, ...]:
    """Return the unknown fields of these records, kind by kind; a record is named by its key."""
    by_kind: dict[str, list[tuple[str, Body]]] = {}
    for key, record in records:
        by_kind.setdefault(key.kind, []).append((key.name, record.body))
    return tuple(field for kind in sorted(by_kind) for field in find_unknown_fields(catalog.kind(kind), by_kind[kind]))


def of_keys(fields: Iterable[UnknownField], keys: Collection[Key]) -> tuple[UnknownField, ...]:
    """Return the fields that have a value in a record of one of these keys, with those records alone."""
    chosen = (
        field._replace(records=tuple(name for name in field.records if Key(field.kind, name) in keys), empty=0)
        for field in fields
    )
    return tuple(field for field in chosen if field.records)


def report_unknown(fields: Iterable[UnknownField]) -> Iterator[Diagnostic]:
    """Yield a warning for each field that has a value somewhere."""
    for field in fields:
        if field.records:
            names = ", ".join(field.records[:SHOWN]) + (", ..." if len(field.records) > SHOWN else "")
            have = f"{counted(len(field.records), 'record')} {'has' if len(field.records) == 1 else 'have'}"
            yield Diagnostic(
                codes.UNKNOWN_FIELD,
                f"{field.kind}: {have} {field.path}, which the schema doesn't know ({names})",
                "warning",
                help="No document can have this field: a copy of the record in another tenant lacks it.",
            )
