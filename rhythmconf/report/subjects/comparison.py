"""What differs between two tenants, or a tenant and the files -> text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rhythmconf.model import Body, Diagnostic, FieldChange, Json, Key, Missing, dump
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import brief, label, short
from rhythmconf.report.terminal import Line


class Row(NamedTuple):
    """A key that differs: its fields, those that overlays make differ, or the side that has it alone."""

    key: Key
    fields: Sequence[FieldChange]
    overlaid: frozenset[str]
    only: str | None


class Page(NamedTuple):
    """Both sides with their numbers of records that no key names, the rows, how many keys are alike, and findings."""

    one: tuple[str, int]
    other: tuple[str, int]
    rows: Sequence[Row]
    alike: int
    findings: Sequence[Diagnostic] = ()


def text(page: Page) -> Iterator[Line]:
    """Field by field; the last line counts."""
    yield [("bold", f"{page.one[0]} -> {page.other[0]}")]
    for row in page.rows:
        yield from _row(row, page)
    differ = sum(row.only is None for row in page.rows)
    alone = [f"{sum(row.only == name for row in page.rows)} only in {name}" for name, _ in (page.one, page.other)]
    loose = [f"{count} in {name}" for name, count in (page.one, page.other) if count]
    more = f"; without a key: {', '.join(loose)}" if loose else ""
    yield [("bold", f"{counted(differ, 'difference')}, {', '.join(alone)}, {page.alike} alike{more}.")]


def _row(row: Row, page: Page) -> Iterator[Line]:
    if row.only is not None:
        sign, style = ("-", "red") if row.only == page.one[0] else ("+", "green")
        yield [(style, f"  {sign} "), ("bold", short(row.key)), ("dim", f"  only in {row.only}")]
        return
    yield [("yellow", "  ~ "), ("bold", short(row.key))]
    for field in row.fields:
        meant = [("dim", "  overlay")] if _overlaid(field, row) else []
        risk = [("alarm", f"  ! {field.risk}")] if field.risk else []
        yield [("plain", f"      {label(field)}: {brief(field.old)} -> {brief(field.new)}"), *risk, *meant]


def json(page: Page) -> str:
    """The same for programs; a side without a value has no member for it."""
    return dump(
        {
            "from": page.one[0],
            "to": page.other[0],
            "alike": page.alike,
            "unmanaged": dict((page.one, page.other)),
            "differences": [_difference(row) for row in page.rows],
            "diagnostics": [found.to_json() for found in page.findings],
        }
    )


def _difference(row: Row) -> Json:
    fields: list[Json] = [_field(field, row) for field in row.fields]
    return {"kind": row.key.kind, "key": row.key.name, "only": row.only, "fields": fields}


def _field(field: FieldChange, row: Row) -> Body:
    sides = {name: side for name, side in (("from", field.old), ("to", field.new)) if not isinstance(side, Missing)}
    return {"path": field.path, "label": label(field), "risk": field.risk, "overlay": _overlaid(field, row), **sides}


def _overlaid(field: FieldChange, row: Row) -> bool:
    return label(field) in row.overlaid
