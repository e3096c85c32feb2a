"""What `doctor` found, as text and JSON: settings with their origin, the token, the lists; and what a probe settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rhythmconf.model import Json, dump
from rhythmconf.report.terminal import Line
from rhythmconf.tenant.doctor.values import Check, Setting


def text(settings: Sequence[Setting], checks: Sequence[Check]) -> Iterator[Line]:
    """The whole check-up; the last line says whether all is well."""
    wide = max((len(row.name) for row in settings), default=0)
    yield [("bold", "Settings")]
    for row in settings:
        yield [("plain", f"  {row.name:<{wide}}  {row.value}"), ("dim", f"  ({row.origin})")]
    yield [("plain", "")]
    yield [("bold", "Checks")]
    for check in checks:
        sign = ("green", "  ok    ") if check.ok else ("alarm", "  wrong ")
        yield [sign, ("plain", f"{check.name}: {check.message}")]
        if check.help and not check.ok:
            yield [("cyan", "          help: "), ("plain", check.help)]
    wrong = sum(not check.ok for check in checks)
    yield [("plain", "")]
    yield [("bold", f"{wrong} of {len(checks)} checks failed." if wrong else f"All {len(checks)} checks passed.")]


def json(environment: str, settings: Sequence[Setting], checks: Sequence[Check]) -> str:
    """The same for programs."""
    rows: list[Json] = [{**row._asdict()} for row in settings]
    found: list[Json] = [
        {"name": check.name, "ok": check.ok, "words": check.message, "help": check.help} for check in checks
    ]
    return dump({"environment": environment, "settings": rows, "checks": found})


def dialect(environment: str, kind: str, settled: Mapping[str, str], open: Mapping[str, str]) -> Iterator[Line]:
    """The block to commit, as it stands in rhythmconf.yaml."""
    yield [
        ("dim", f"# found out with a scratch record of {kind}, which is deleted again; put this into rhythmconf.yaml")
    ]
    yield [("plain", "environments:")]
    yield [("plain", f"  {environment}:")]
    yield [("plain", "    dialect:")]
    for name, word in sorted(settled.items()):
        quoted = f'"{word}"' if word == "null" else word
        yield [("plain", f"      {name}: {quoted}")]
    for name, why in sorted(open.items()):
        yield [("dim", f"      # {name}: not settled: {why}")]


def dialect_json(environment: str, kind: str, settled: Mapping[str, str], open: Mapping[str, str]) -> str:
    """The same for programs."""
    return dump({"environment": environment, "kind": kind, "dialect": dict(settled), "open": dict(open)})
