"""The file of a run -> a Log, or a Glance at its ends. A last line that a crash tore is passed over; other damage is
told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

from rhythmconf.engine.journal.records import (
    FORMAT_VERSION,
    Ending,
    Glance,
    Header,
    Intent,
    Log,
    Settled,
    Step,
    Write,
    trouble,
    whole,
)
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body, Json, Key, Result

NO_PLAN = "ends before its plan: nothing was written by that run"
TAIL = 64 * 1024
"""Bytes in which the closing record of a run fits."""
OPEN = ("commit", "undoes")
"""Members of a header that may be null."""
_STEPS = {"intent": "writes", "outcome": "settled"}
"""The member of a record that lists steps."""


def read(path: Path) -> Log:
    """Read a run record. Raises RhythmconfError (RC510) when it isn't one, or of a format that isn't known."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise trouble(path, f"can't be read: {error}") from error
    records, damaged, length = _records(data)
    _refuse_strange(path, records)
    if [one.get("record") for one in records[1:2]] != ["plan"]:
        raise trouble(path, NO_PLAN)
    try:
        return replace(_log(path, records), damaged=damaged, length=length)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise trouble(path, f"lacks or garbles a member: {error}") from error


def glance(path: Path) -> Glance:
    """Read the first and the last record only. Raises RhythmconfError (RC510) where the first is no run's."""
    try:
        with path.open("rb") as file:
            first = file.readline()
            file.seek(max(len(first), file.seek(0, os.SEEK_END) - TAIL))
            last = file.read()
    except OSError as error:
        raise trouble(path, f"can't be read: {error}") from error
    records, *_ = _records(first)
    _refuse_strange(path, records)
    if not whole(last) and path.read_bytes().count(b"\n") < 2:
        raise trouble(path, NO_PLAN)
    lines = last[: whole(last)].splitlines(keepends=True)
    try:
        return Glance(path, _header(records[0]), _ending(_records(lines[-1])[0] if lines else []))
    except (KeyError, TypeError, ValueError) as error:
        raise trouble(path, f"lacks or garbles a member: {error}") from error


def _refuse_strange(path: Path, records: list[Body]) -> None:
    if not records or records[0].get("record") != "run":
        raise trouble(path, "is no run record, or ends before its first record: nothing was written by that run")
    if records[0].get("format_version") != FORMAT_VERSION:
        raise trouble(path, f"has format {records[0].get('format_version')!r}; this version reads {FORMAT_VERSION}")


def glances(folder: Path) -> Iterator[Glance]:
    """The runs whose records a folder keeps, as their files are called, the last one first; files that hold no run
    are passed over."""
    for path in sorted(folder.glob("*.jsonl"), reverse=True):
        with suppress(RhythmconfError):
            yield glance(path)


def history(folder: Path) -> list[Log]:
    """The same as whole Logs, oldest first."""
    return sorted(_readable(folder.glob("*.jsonl")), key=lambda log: log.header.run)


def _readable(paths: Iterable[Path]) -> Iterator[Log]:
    for path in paths:
        with suppress(RhythmconfError):
            yield read(path)


def _records(data: bytes) -> tuple[list[Body], int | None, int]:
    """All records up to the first line that can't be read, the number of that line unless it is the last one, and the
    bytes before it."""
    lines = data[: whole(data)].split(b"\n")[:-1]
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
    named: dict[str, list[Body]] = {}
    for record in records:
        named.setdefault(str(record["record"]), []).append(record)
    intents = tuple(map(_intent, named.get("intent", [])))
    answered = {
        (_number(record["seq"]), Key(row["kind"], row["key"]))
        for record in named.get("outcome", [])
        for row in _rows(record, "settled")
    }
    closing: Body = records[-1] if records[-1]["record"] == "close" else {}
    return Log(
        path=path,
        header=_header(records[0]),
        plan=_plan(records[1]),
        intents=intents,
        settled=tuple(_settled(row) for record in named.get("outcome", []) for row in _rows(record, "settled")),
        open=tuple(_unanswered(intents, answered)),
        known={str(one["kind"]): frozenset(cast("list[str]", one["ids"])) for one in named.get("known", [])},
        results=tuple(_result(row) for record in named.get("results", [])[-1:] for row in _rows(record, "results")),
        ending=_ending(records[-1:]),
        ended_at=cast("str | None", closing.get("at")),
        created_at=max(_creates(records), default=None),
        requests=sum(_number(record["requests"]) for record in named.get("close", [])),
        message=str(closing.get("message", "")),
    )


def _creates(records: Iterable[Body]) -> Iterator[float]:
    """When each request with a create was sent, and when it was answered."""
    for record in records:
        member = _STEPS.get(str(record["record"]))
        if member and any(row["step"] == "create" for row in _rows(record, member)):
            yield datetime.fromisoformat(str(record["at"])).timestamp()


def _unanswered(intents: Iterable[Intent], answered: set[tuple[int, Key]]) -> Iterator[Intent]:
    for intent in intents:
        writes = tuple(write for write in intent.writes if (intent.seq, write.key) not in answered)
        if writes:
            yield intent._replace(writes=writes)


def _header(record: Body) -> Header:
    members = {name: record[name] for name in Header.__dataclass_fields__}
    sample = tuple((str(one), str(at)) for one, at in cast("list[list[str]]", members.pop("incarnation")))
    advances = bool(members.pop("advances"))
    texts = {name: None if value is None and name in OPEN else _text(value) for name, value in members.items()}
    return Header(**texts, incarnation=sample, advances=advances)  # type: ignore[arg-type]


def _number(value: Json) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no number")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _plan(record: Body) -> Body:
    return cast(Body, record["plan"])


def _ending(last: list[Body]) -> Ending | None:
    return cast("Ending", _text(last[0]["ending"])) if last and last[0].get("record") == "close" else None


def _rows(record: Body, member: str) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", record[member])


def _intent(record: Body) -> Intent:
    kind = str(record["kind"])
    writes = tuple(Write(Key(kind, row["key"]), cast(Step, row["step"]), row["id"]) for row in _rows(record, "writes"))
    return Intent(_number(record["seq"]), str(record["call"]), kind, writes)


def _settled(row: dict[str, str]) -> Settled:
    members = {name: value for name, value in row.items() if name not in ("kind", "key")}
    return Settled(Key(row["kind"], row["key"]), **members)  # type: ignore[arg-type]


def _result(row: dict[str, str]) -> Result:
    members = {name: value for name, value in row.items() if name not in ("kind", "key")}
    return Result(Key(row["kind"], row["key"]), **members)  # type: ignore[arg-type]
