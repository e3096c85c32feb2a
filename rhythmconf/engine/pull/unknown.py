"""Find and report the fields of pulled records that their schemas don't know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rhythmconf.catalog import Catalog
from rhythmconf.catalog.unknown import UnknownField, find_lost_fields, find_unknown_fields
from rhythmconf.engine.pull import codes
from rhythmconf.model import Body, Diagnostic, Key, LiveState, Record
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import shown_name

SHOWN = 3
"""The number of records that a warning names."""


def find_unknown(catalog: Catalog, records: Iterable[tuple[Key, Record]]) -> tuple[UnknownField, ...]:
    """Return the unknown fields of these records, kind by kind; a record is named by its key."""
    by_kind: dict[str, list[tuple[str, Body]]] = {}
    for key, record in records:
        by_kind.setdefault(key.kind, []).append((key.name, record.body))
    return tuple(field for kind in sorted(by_kind) for field in find_unknown_fields(catalog.kind(kind), by_kind[kind]))


def find_lost(
    catalog: Catalog, records: Iterable[tuple[Key, Record]], copies: Mapping[Key, Body]
) -> tuple[UnknownField, ...]:
    """Return the unknown fields of these records whose values their copies in another tenant lack, kind by kind."""
    by_kind: dict[str, list[tuple[str, Body, Body]]] = {}
    for key, record in records:
        by_kind.setdefault(key.kind, []).append((key.name, record.body, copies.get(key, {})))
    return tuple(field for kind in sorted(by_kind) for field in find_lost_fields(catalog.kind(kind), by_kind[kind]))


def report_unlisted(live: LiveState, catalog: Catalog, done: str, again: str = "") -> Iterator[Diagnostic]:
    """Yield a warning for each answer with which the tenant refused lists.

    `done` is what was not done with the kinds, and `again` how to do it with the kind `{}`.
    """
    by_answer: dict[str, list[str]] = {}
    for kind, answer in sorted(live.unlisted.items()):
        by_answer.setdefault(answer, []).append(catalog.shown(kind))
    for answer, kinds in by_answer.items():
        yield Diagnostic(
            codes.UNLISTED,
            f"{counted(len(kinds), 'kind')} not {done}: {', '.join(kinds)}. {answer}",
            "warning",
            help=f"If you need one, give the API key the permission{again.format(kinds[0])}.",
        )


def report_unknown(fields: Iterable[UnknownField]) -> Iterator[Diagnostic]:
    """Yield a warning for each field that has a value somewhere."""
    for field in fields:
        if field.records:
            names = ", ".join(field.records[:SHOWN]) + (", ..." if len(field.records) > SHOWN else "")
            have = f"{counted(len(field.records), 'record')} {'has' if len(field.records) == 1 else 'have'}"
            yield Diagnostic(
                codes.UNKNOWN_FIELD,
                f"{field.kind}: {have} {shown_name(field.path)}, which the schema doesn't know ({names})",
                "warning",
                help="No document can have this field, so it is not copied to another tenant. "
                "`rhythmconf doctor` prints the notes that declare it.",
            )
