"""Write the report of `doctor`: the settings in force with their origin, and the checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.model import Json, dump
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
    for check in checks:
        sign = ("green", "  ok    ") if check.ok else ("alarm", "  wrong ")
        yield [sign, ("plain", f"{check.name}: {check.message}")]
        if check.help and not check.ok:
            yield [("cyan", "          help: "), ("plain", check.help)]
    failed = sum(not check.ok for check in checks)
    yield [("plain", "")]
    yield [("bold", f"{failed} of {len(checks)} checks failed." if failed else f"All {len(checks)} checks passed.")]


def json(environment: str, settings: Sequence[Setting], checks: Sequence[Check]) -> str:
    """Return the report as JSON."""
    written: list[Json] = [
        {"name": check.name, "ok": check.ok, "words": check.message, "help": check.help} for check in checks
    ]
    rows: list[Json] = [{**setting._asdict()} for setting in settings]
    return dump({"environment": environment, "settings": rows, "checks": written})
