"""Diagnostics and Plan -> Notes: what a format that points at lines has to say, the worst first.

SARIF, JUnit and annotations are made of the same notes; each is about one finding, one guard, one field or one record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from rhythmconf.model import MISSING, Change, Diagnostic, FieldChange, Guard, Key, Location, Plan
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import (
    DONE,
    DRIFT,
    Door,
    brief,
    findings,
    label,
    refusing,
    risks_of,
    risky_fields,
    short,
    standing,
    worst_first,
)

Level = Literal["error", "warning", "notice"]
LEVELS: tuple[Level, ...] = ("error", "warning", "notice")
"""The worst first."""


class Note(NamedTuple):
    """One thing to tell.

    `rule` is a diagnostic's code, or what a plan does; `pointer` is where in the record of `key`.
    """

    level: Level
    rule: str
    message: str
    location: Location | None = None
    key: Key | None = None
    pointer: str = ""
    help: str = ""


def of_verdict(found: Iterable[Diagnostic]) -> list[Note]:
    """A note a finding."""
    return [
        Note(each.severity, each.code, each.message, each.location, each.key, each.pointer, each.help)
        for each in findings(found)
    ]


def of_plan(value: Plan, door: Door) -> list[Note]:
    """Findings, guards that refuse, then each change: errors, warnings (deletions and risks), notices."""
    every = [
        *of_verdict(value.diagnostics),
        *(_of_guard(guard) for guard in refusing(value.guards)),
        *(note for change in worst_first(value.changes) for note in of_change(change, door)),
    ]
    return sorted(every, key=lambda note: LEVELS.index(note.level))


def _of_guard(guard: Guard) -> Note:
    ways = " or with ".join(guard.overrides)
    help = f"If it is what you want, plan again with {ways}" if ways else ""
    return Note("error", f"guard-{guard.name}", guard.message, pointer=guard.subject, help=help)


def of_change(change: Change, door: Door) -> Iterator[Note]:
    """A note a field of an update or an adoption, one of a record that comes or goes."""
    if change.action in ("create", "delete") or not change.fields:
        yield _of_record(change, door)
        return
    for field in change.fields:
        yield _of_field(change, field, door)


def _of_record(change: Change, door: Door) -> Note:
    grave = change.action == "delete" or risky_fields(change)
    risk = f" ({', '.join(risks_of(change))})" if risks_of(change) else ""
    size = f" with {counted(len(change.fields), 'field')}" if change.action == "create" else ""
    return Note(
        "warning" if grave else "notice",
        f"{door.name}-{change.action}",
        f"{short(change)} would be {DONE[change.action]}{size}{risk}",
        next((field.location for field in change.fields if field.location), None),
        change.key,
    )


def _of_field(change: Change, field: FieldChange, door: Door) -> Note:
    words = ", ".join(filter(None, [field.risk, standing(field.side)]))
    return Note(
        "error" if field.side == "conflict" else "warning" if field.risk else "notice",
        f"{door.name}-{change.action}",
        f"{short(change)} {label(field)}: {_sides(field, door)}" + (f" ({words})" if words else ""),
        field.location,
        change.key,
        field.path,
    )


def _sides(field: FieldChange, door: Door) -> str:
    old, new = brief(field.old, field.names), brief(field.new, field.names)
    if door is DRIFT:
        return f"the tenant has {old}, the files say {new}"
    return new if field.old is MISSING else f"{old} -> {new}"


def based(notes: Iterable[Note], base: str) -> list[Note]:
    """The notes with their files as a repository names them, in which the project lies in the folder `base`."""
    if not base:
        return list(notes)
    return [
        note._replace(location=note.location._replace(file=f"{base}/{note.location.file}")) if note.location else note
        for note in notes
    ]
