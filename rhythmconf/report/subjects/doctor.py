"""Write the report of `doctor`: the settings in force with their origin, and the checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rhythmconf.catalog import UnknownField
from rhythmconf.model import Json, dump
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import shown_name
from rhythmconf.report.terminal import Line
from rhythmconf.tenant.doctor.values import Check, Setting


def text(settings: Sequence[Setting], checks: Sequence[Check]) -> Iterator[Line]:
    """Yield settings and checks; the last line says how many checks failed."""
    width = max((len(setting.name) for setting in settings), default=0)
    yield [("bold", "Settings")]
    for setting in settings:
        yield [("plain", f"  {setting.name:<{width}}  {setting.value}"), ("dim", f"  ({setting.origin})")]
    yield [("plain", "")]
    yield [("bold", "Checks")]
    for together in _join(checks):
        check = together[0]
        sign = ("green", "  ok    ") if check.ok else ("alarm", "  wrong ")
        yield [sign, ("plain", f"{', '.join(one.name for one in together)}: {check.message}")]
        yield from map(_unknown, check.unknown)
        if check.help:
            yield [("cyan", "          help: "), ("plain", check.help)]
    if any(field.records for check in checks for field in check.unknown):
        yield [
            ("cyan", "  help: "),
            (
                "plain",
                "no document can have the fields that the schema doesn't know: "
                "pull leaves them out, and promote refuses without --allow-unknown-fields",
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


def json(environment: str, settings: Sequence[Setting], checks: Sequence[Check]) -> str:
    """Return the report as JSON."""
    written: list[Json] = [
        {
            "name": check.name,
            "ok": check.ok,
            "words": check.message,
            "help": check.help,
            "unknown_fields": [
                {"path": field.path, "records": len(field.records), "empty": field.empty} for field in check.unknown
            ],
        }
        for check in checks
    ]
    rows: list[Json] = [{**setting._asdict()} for setting in settings]
    return dump({"environment": environment, "settings": rows, "checks": written})
