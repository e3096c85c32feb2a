"""Read run records: a whole run, or only its first and last record.

A last line that a crash tore is ignored; any other damage is reported.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from rhythmconf.engine.journal.records import (
    FORMAT_VERSION,
    Ending,
    Header,
    Intent,
    Log,
    RunSummary,
    Step,
    StepOutcome,
    Totals,
    Write,
    complete_length,
    unusable,
)
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body, Json, Key, Result

NO_PLAN = "ends before its plan: nothing was written by that run"
TAIL = 64 * 1024
"""Bytes at the end of a file in which its closing record fits."""
_NULLABLE = ("commit", "undoes")
"""Members of a header that may be null."""
_LATER = ("project",)
"""Members of a header that older records don't have."""
_STEPS = {"intent": "writes", "outcome": "settled"}
"""The member of a record that lists steps."""


def read(path: Path) -> Log:
    """Read a run record.

    Raises RhythmconfError (RC510) for a file that can't be read, is no run record, or has another format version.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unusable(path, f"can't be read: {error}") from error
    records, damaged, length = _parse(data)
    _check_header(path, records)
    if [record.get("record") for record in records[1:2]] != ["plan"]:
        raise unusable(path, NO_PLAN)
    try:
        return _log(path, records)._replace(damaged=damaged, length=length)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise unusable(path, f"has a missing or damaged member: {error}") from error


def read_summary(path: Path) -> RunSummary:
    """Read only the first and the last record. Raises RhythmconfError (RC510) as `read` does."""
    try:
        with path.open("rb") as file:
            first = file.readline()
            file.seek(max(len(first), file.seek(0, os.SEEK_END) - TAIL))
            last = file.read()
    except OSError as error:
        raise unusable(path, f"can't be read: {error}") from error
    records, *_ = _parse(first)
    _check_header(path, records)
    if not complete_length(last) and path.read_bytes().count(b"\n") < 2:
        raise unusable(path, NO_PLAN)
    lines = last[: complete_length(last)].splitlines(keepends=True)
    try:
        closing = _closing(_parse(lines[-1])[0] if lines else [])
        return RunSummary(
            path, _header(records[0]), _ending(closing), _ended_at(closing), _message(closing), _totals(closing)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise unusable(path, f"has a missing or damaged member: {error}") from error


def read_summaries(folder: Path, place: str | None = None) -> Iterator[RunSummary]:
    """Read the summaries of the runs of one tenant in a folder, or of all tenants, the newest first.

    Files that are no run record are skipped. `place` is the tenant as the headers name it.
    """
    for path in sorted(folder.glob("*.jsonl"), reverse=True):
        with suppress(RhythmconfError):
            if place is None or _read_place(path) == place:
                yield read_summary(path)


# The first line of a record never changes. Whoever works on a thousand tenants looks at the records of all for each.
@lru_cache(maxsize=100_000)
def _read_place(path: Path) -> str:
    """Return the tenant of a run record. Raises RhythmconfError (RC510) where its first line can't be used."""
    try:
        with path.open("rb") as file:
            records, *_ = _parse(file.readline())
    except OSError as error:
        raise unusable(path, f"can't be read: {error}") from error
    _check_header(path, records)
    return str(records[0].get("place"))


def read_all(folder: Path) -> list[Log]:
    """Read all runs in a folder, the oldest first. Files that are no run record are skipped."""
    logs: list[Log] = []
    for path in folder.glob("*.jsonl"):
        with suppress(RhythmconfError):
            logs.append(read(path))
    return sorted(logs, key=lambda log: log.header.run)


def _check_header(path: Path, records: list[Body]) -> None:
    if not records or records[0].get("record") != "run":
        raise unusable(path, "is not a run record, or ends before its first record: nothing was written by that run")
    if records[0].get("format_version") != FORMAT_VERSION:
        raise unusable(path, f"has format {records[0].get('format_version')!r}; this version reads {FORMAT_VERSION}")


def _parse(data: bytes) -> tuple[list[Body], int | None, int]:
    """Parse all records up to the first line that can't be read.

    Return the records, the number of that line (None for the last line, which a crash may tear), and the bytes before
    it.
    """
    lines = data[: complete_length(data)].split(b"\n")[:-1]
    records, length = list[Body](), 0
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return records, None if number == len(lines) else number, length
        if not isinstance(record, dict):
            return records, number, length
        records.append(record)
        length += len(line) + 1
    return records, None, length


def _log(path: Path, records: list[Body]) -> Log:
    by_name: dict[str, list[Body]] = {}
    for record in records:
        by_name.setdefault(str(record["record"]), []).append(record)
    intents = tuple(map(_intent, by_name.get("intent", [])))
    answered = {
        (_number(record["seq"]), Key(row["kind"], row["key"]))
        for record in by_name.get("outcome", [])
        for row in _rows(record, "settled")
    }
    closing = _closing(records[-1:])
    return Log(
        path=path,
        header=_header(records[0]),
        plan=_plan(records[1]),
        intents=intents,
        outcomes=tuple(
            StepOutcome(Key(row["kind"], row["key"]), **_others(row))  # type: ignore[arg-type]
            for record in by_name.get("outcome", [])
            for row in _rows(record, "settled")
        ),
        unanswered=tuple(_unanswered(intents, answered)),
        existing={
            str(record["kind"]): frozenset(cast("list[str]", record["ids"])) for record in by_name.get("known", [])
        },
        results=tuple(
            Result(Key(row["kind"], row["key"]), **_others(row))  # type: ignore[arg-type]
            for record in by_name.get("results", [])[-1:]
            for row in _rows(record, "results")
        ),
        ending=_ending(closing),
        ended_at=_ended_at(closing),
        created_at=max(_creates(records), default=None),
        requests=sum(_number(record["requests"]) for record in by_name.get("close", [])),
        message=_message(closing),
        answered_at={
            Key(row["kind"], row["key"]): str(record["at"])
            for record in by_name.get("outcome", [])
            for row in _rows(record, "settled")
        },
    )


def _creates(records: Iterable[Body]) -> Iterator[float]:
    """Yield when each request with a create was sent and when it was answered, in seconds since 1970."""
    for record in records:
        member = _STEPS.get(str(record["record"]))
        if member and any(row["step"] == "create" for row in _rows(record, member)):
            yield _seconds(record["at"])


def _unanswered(intents: Iterable[Intent], answered: set[tuple[int, Key]]) -> Iterator[Intent]:
    for intent in intents:
        writes = tuple(write for write in intent.writes if (intent.seq, write.key) not in answered)
        if writes:
            yield intent._replace(writes=writes)


def _header(record: Body) -> Header:
    members = {name: record[name] for name in Header._fields if name in record or name not in _LATER}
    incarnation = tuple((str(id), str(at)) for id, at in cast("list[list[str]]", members.pop("incarnation")))
    advances = bool(members.pop("advances"))
    texts = {name: None if value is None and name in _NULLABLE else _text(value) for name, value in members.items()}
    return Header(**texts, incarnation=incarnation, advances=advances)  # type: ignore[arg-type]


def _plan(record: Body) -> Body:
    """Return the plan of a run, after a look at the members of its changes that every reader of a record needs."""
    plan = cast("dict[str, Any]", record["plan"])
    for change in plan["changes"]:
        for member in (change["kind"], change["key"], change["action"]):
            _text(member)
        _text_or_none(change["id"])
    return plan


def _intent(record: Body) -> Intent:
    kind = str(record["kind"])
    writes = tuple(
        Write(Key(kind, row["key"]), cast("Step", row["step"]), row["id"]) for row in _rows(record, "writes")
    )
    return Intent(_number(record["seq"]), str(record["call"]), kind, writes)


def _closing(last: list[Body]) -> Body:
    """Return the last record if it closes the run, else an empty one."""
    return last[0] if last and last[0].get("record") == "close" else {}


def _ending(closing: Body) -> Ending | None:
    return cast("Ending", _text(closing["ending"])) if closing else None


def _ended_at(closing: Body) -> str | None:
    return cast("str | None", closing.get("at"))


def _message(closing: Body) -> str:
    return str(closing.get("message", ""))


def _totals(closing: Body) -> Totals | None:
    """Return the totals of a closing record; None where it has none, as those of earlier versions."""
    totals = closing.get("totals")
    if not isinstance(totals, dict):
        return None
    created_at = totals["created_at"]
    return Totals(
        planned=_number(totals["planned"]),
        applied=_number(totals["applied"]),
        requests=_number(totals["requests"]),
        created_at=None if created_at is None else _seconds(created_at),
    )


def _seconds(at: Json) -> float:
    """Return a time of a record in seconds since 1970."""
    return datetime.fromisoformat(str(at)).timestamp()


def _rows(record: Body, member: str) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", record[member])


def _others(row: dict[str, str]) -> dict[str, str]:
    """Return the members of a row beside its key."""
    others = {name: value for name, value in row.items() if name not in ("kind", "key")}
    for value in others.values():
        _text_or_none(value)
    return others


def _number(value: Json) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is not a number")
    return value


def _text_or_none(value: Json) -> str | None:
    return None if value is None else _text(value)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value
