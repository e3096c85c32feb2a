"""What `doctor` found, as text and JSON: settings with their origin, the token, the lists; and what a probe settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.model import Json
from rhythmconf.report.as_json import dump
from rhythmconf.report.terminal import Line


class Row(NamedTuple):
    """A setting in force, and where it came from."""

    name: str
    value: str
    origin: str


class Look(NamedTuple):
    """One thing that was looked at: whether it is well, and what was found."""

    name: str
    ok: bool
    words: str
    help: str = ""


def text(settings: Sequence[Row], looks: Sequence[Look]) -> Iterator[Line]:
    """The whole check-up; the last line says whether all is well."""
    wide = max((len(row.name) for row in settings), default=0)
    yield [("bold", "Settings")]
    for row in settings:
        yield [("plain", f"  {row.name:<{wide}}  {row.value}"), ("dim", f"  ({row.origin})")]
    yield [("plain", "")]
    yield [("bold", "Checks")]
    for look in looks:
        sign = ("green", "  ok    ") if look.ok else ("alarm", "  wrong ")
        yield [sign, ("plain", f"{look.name}: {look.words}")]
        if look.help and not look.ok:
            yield [("cyan", "          help: "), ("plain", look.help)]
    wrong = sum(not look.ok for look in looks)
    yield [("plain", "")]
    yield [("bold", f"{wrong} of {len(looks)} checks failed." if wrong else f"All {len(looks)} checks passed.")]


def json(environment: str, settings: Sequence[Row], looks: Sequence[Look]) -> str:
    """The same for programs."""
    rows: list[Json] = [{**row._asdict()} for row in settings]
    found: list[Json] = [{**look._asdict()} for look in looks]
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
