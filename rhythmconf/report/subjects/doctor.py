"""Write the report of `doctor`: the settings in force with their origin, and the checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rhythmconf.catalog import OPAQUE
from rhythmconf.catalog.undeclared import UndeclaredValue
from rhythmconf.catalog.unknown import UnknownField
from rhythmconf.model import Body, Json, dump
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import quoted, shown_name
from rhythmconf.report.terminal import Line
from rhythmconf.tenant.doctor.values import Check, Setting
from rhythmconf.text.scribe.render import member_lines

SHOWN = 5
"""Values of one field that are printed."""


def text(settings: Sequence[Setting], checks: Sequence[Check]) -> Iterator[Line]:
    """Yield settings and checks; the last line says how many checks failed."""
    width = max((len(setting.name) for setting in settings), default=0)
    yield [("bold", "Settings")]
    for setting in settings:
        yield [("plain", f"  {setting.name:<{width}}  {setting.value}"), ("dim", f"  ({setting.origin})")]
    yield [("plain", "")]
    yield [("bold", "Checks")]
    groups = [*_join(checks)]
    for together, following in zip(groups, [*groups[1:], None], strict=True):
        check = together[0]
        sign = ("green", "  ok    ") if check.ok else ("alarm", "  wrong ")
        yield [sign, ("plain", f"{', '.join(one.name for one in together)}: {check.message}")]
        yield from map(_unknown, check.unknown)
        yield from map(_undeclared, check.undeclared)
        yield from _notes(check)
        # Several checks may fail in other words for one reason, such as a wrong address: what to do is said once.
        if check.help and (following is None or following[0].help != check.help):
            yield [("cyan", "          help: "), ("plain", check.help)]
    if any(field.records for check in checks for field in check.unknown):
        yield [
            ("cyan", "  help: "),
            (
                "plain",
                "no document can have the fields that the schema doesn't know: "
                "pull leaves them out, and promote refuses without --allow-unknown-fields, until notes declare them",
            ),
        ]
    failed = sum(not check.ok for check in checks)
    yield [("plain", "")]
    yield [("bold", f"{failed} of {len(checks)} checks failed." if failed else f"All {len(checks)} checks passed.")]


def _join(checks: Sequence[Check]) -> Iterator[list[Check]]:
    """Yield checks, those together that failed one after the other in the same words: they have one cause."""
    for (ok, *_), same in groupby(checks, lambda check: (check.ok, check.message, check.help)):
        if ok:
            yield from ([check] for check in same)
        else:
            yield [*same]


def _unknown(field: UnknownField) -> Line:
    has = f"in {counted(len(field.records), 'record')}" if field.records else "always empty"
    return [
        ("yellow", "        ! "),
        ("plain", f"{shown_name(field.path)}: the schema doesn't know this field ({has})"),
    ]


def _undeclared(value: UndeclaredValue) -> Line:
    shown = ", ".join(quoted(one if isinstance(one, str) else dump(one).strip()) for one in value.values[:SHOWN])
    more = ", ..." if len(value.values) > SHOWN else ""
    where = shown_name(value.path) if value.path else "the record"
    return [
        ("yellow", "        ! "),
        ("plain", f"{where}: the schema doesn't allow {shown}{more} (in {counted(value.records, 'place')})"),
    ]


def _notes(check: Check) -> Iterator[Line]:
    """Yield the notes that declare what a schema doesn't know."""
    if not check.notes:
        return
    yield [("cyan", "          help: "), ("plain", f"to declare this, add to {check.notes_file}:")]
    for name, value in check.notes.items():
        for line in member_lines(name, value, OPAQUE, indent=12, depth=1):
            yield [("plain", line)]
    ids = sorted({name for name in _new_fields(check.notes) if name.endswith(("_id", "_ids"))})
    if ids:
        yield [
            ("plain", f"            # references? Then give them x-ref or x-external: {', '.join(map(quoted, ids))}")
        ]


def _new_fields(notes: Body) -> Iterator[str]:
    """Yield the names of the fields that notes may add."""
    for name, value in notes.items():
        if isinstance(value, dict):
            yield name
            yield from _new_fields(value)


def json(environment: str, settings: Sequence[Setting], checks: Sequence[Check]) -> str:
    """Return the report as JSON."""
    written: list[Json] = [
        {
            "name": check.name,
            "ok": check.ok,
            "words": check.message,
            "help": check.help,
            "undeclared_values": [
                {"path": value.path, "values": [*value.values], "records": value.records} for value in check.undeclared
            ],
            "notes": check.notes,
            "unknown_fields": [
                {"path": field.path, "records": len(field.records), "empty": field.empty} for field in check.unknown
            ],
        }
        for check in checks
    ]
    rows: list[Json] = [{**setting._asdict()} for setting in settings]
    return dump({"environment": environment, "settings": rows, "checks": written})
