"""Diagnostics and Plan -> annotations of GitHub Actions, as workflow commands.

A step shows ten annotations of each level and drops the rest, so the worst come first and the last one says how many
more there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rhythmconf.model import Diagnostic, Plan
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import PLAN, Door, counted_findings, headline
from rhythmconf.report.formats.notes import Level, Note, based, of_plan, of_verdict
from rhythmconf.report.terminal import safe

LIMIT = 10
"""How many annotations of one level a step shows."""
_TITLE_LIMIT = 200
_MESSAGE_LIMIT = 4_000


def verdict(documents: int, found: Sequence[Diagnostic], *, base: str = "") -> str:
    """What `validate` found; `base` is the project's folder in the repository, empty where that is its root."""
    return _write(of_verdict(found), f"{counted_findings(found)} in {counted(documents, 'document')}", base)


def plan(value: Plan, door: Door = PLAN, *, base: str = "") -> str:
    """What a plan would do, or what has drifted."""
    place = value.fingerprint.environment
    return _write(of_plan(value, door), f"{door.title} {place}: {headline(door, value)}", base)


def _write(notes: Iterable[Note], last: str, base: str) -> str:
    lines = [
        line
        for level, group in groupby(based(notes, base), key=lambda note: note.level)
        for line in _limited(level, list(group))
    ]
    return "\n".join([*lines, safe(last)]) + "\n"


def _limited(level: Level, notes: Sequence[Note]) -> Iterator[str]:
    if len(notes) <= LIMIT:
        yield from map(_command, notes)
        return
    yield from map(_command, notes[: LIMIT - 1])
    more = f"and {counted(len(notes) - LIMIT + 1, 'more ' + level)}"
    yield f"::{level} title=rhythmconf::{_data(more)}"


def _command(note: Note) -> str:
    properties = {"title": f"{note.rule} {note.key or ''}".strip()[:_TITLE_LIMIT]}
    if note.location:
        file, line, column = note.location
        properties |= {"file": file, "line": str(line), "col": str(column)}
    words = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = f"{note.message} ({note.help})" if note.help else note.message
    return f"::{note.level} {words}::{_data(message[:_MESSAGE_LIMIT])}"


def _data(text: str) -> str:
    """The neutraliser: no character can end the command, begin another, or hide."""
    return safe(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
