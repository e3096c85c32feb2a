"""Write the differences between two tenants, or between a tenant and the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rhythmconf.model import WITH_MODULES, Body, Diagnostic, FieldChange, Json, Key, KindNames, Missing, dump
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import bracketed_name, shown_name
from rhythmconf.report.display import old_and_new
from rhythmconf.report.terminal import Line


class Row(NamedTuple):
    """A key that differs.

    `overlaid` has the labels of fields that differ because of overlays. `only` names the side that has the key
    alone; it is None if both have it.
    """

    key: Key
    fields: Sequence[FieldChange]
    overlaid: frozenset[str]
    only: str | None


class WithoutKey(NamedTuple):
    """A record of one side that no key stands for. `project` is another project that manages it, or ""."""

    side: str
    kind: str
    id: str
    name: str
    project: str


SHOWN = 20
"""The number of records without a key that the text shows; the JSON has them all."""


class ComparisonReport(NamedTuple):
    """Two sides, each with its name and its number of unmanaged records, and what differs between them.

    `same` counts the keys without a difference; `without_key` has the unmanaged records.
    `names` says how the kinds are shown.
    """

    left: tuple[str, int]
    right: tuple[str, int]
    rows: Sequence[Row]
    same: int
    diagnostics: Sequence[Diagnostic] = ()
    without_key: Sequence[WithoutKey] = ()
    names: KindNames = WITH_MODULES


def text(comparison: ComparisonReport) -> Iterator[Line]:
    """Yield each key that differs, field by field; the last line counts them."""
    left, right = comparison.left, comparison.right
    yield [("bold", f"{left[0]} -> {right[0]}")]
    for row in comparison.rows:
        yield from _row(row, comparison)
    yield from (_without_key(record, comparison.names) for record in comparison.without_key[:SHOWN])
    if len(comparison.without_key) > SHOWN:
        count = len(comparison.without_key) - SHOWN
        yield [("dim", f"  ! and {count} more records without a key; --format json lists all")]
    differ = sum(row.only is None for row in comparison.rows)
    alone = [f"{sum(row.only == name for row in comparison.rows)} only in {name}" for name, _ in (left, right)]
    unmanaged = [f"{count} in {name}" for name, count in (left, right) if count]
    more = f"; without a key: {', '.join(unmanaged)}" if unmanaged else ""
    yield [("bold", f"{counted(differ, 'difference')}, {', '.join(alone)}, {comparison.same} identical{more}.")]


def _row(row: Row, comparison: ComparisonReport) -> Iterator[Line]:
    if row.only is not None:
        sign, style = ("-", "red") if row.only == comparison.left[0] else ("+", "green")
        yield [(style, f"  {sign} "), ("bold", comparison.names.key(row.key)), ("dim", f"  only in {row.only}")]
        return
    yield [("yellow", "  ~ "), ("bold", comparison.names.key(row.key))]
    for field in row.fields:
        overlay = [("dim", "  overlay")] if field.name in row.overlaid else []
        risk = [("alarm", f"  ! {field.risk}")] if field.risk else []
        values = " -> ".join(old_and_new(field.old, field.new))
        yield [("plain", f"      {field.name}: {values}"), *risk, *overlay]


def _without_key(record: WithoutKey, names: KindNames) -> Line:
    name = f" ({bracketed_name(record.name)})" if record.name else ""
    owner = f", of project {record.project}" if record.project else ""
    id = shown_name(record.id)
    what = f"  in {record.side} without a key{owner}"
    return [
        ("yellow", "  ! "),
        ("bold", names.key((record.kind, id))),
        ("plain", name),
        ("dim", what),
    ]


def json(comparison: ComparisonReport) -> str:
    """Return the comparison as JSON."""
    left, right = comparison.left, comparison.right
    return dump(
        {
            "from": left[0],
            "to": right[0],
            "alike": comparison.same,
            "unmanaged": dict((left, right)),
            "without_key": [record._asdict() for record in comparison.without_key],
            "differences": [_difference(row) for row in comparison.rows],
            "diagnostics": [diagnostic.to_json() for diagnostic in comparison.diagnostics],
        }
    )


def _difference(row: Row) -> Json:
    fields: list[Json] = [_field(field, row) for field in row.fields]
    return {"kind": row.key.kind, "key": row.key.name, "only": row.only, "fields": fields}


def _field(field: FieldChange, row: Row) -> Body:
    # Null is a value, so a side without the field has no member for it.
    sides = (("from", field.old), ("to", field.new))
    values = {name: value for name, value in sides if not isinstance(value, Missing)}
    overlay = field.name in row.overlaid
    return {"path": field.path, "label": field.name, "risk": field.risk, "overlay": overlay, **values}
