"""The Mark that a managed record carries in `sys_external_id`: text <-> Mark."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from rhythmconf.model import Json, Record

FIELD = "sys_external_id"
_SHAPE = re.compile(r"rhythmconf/([a-z0-9][a-z0-9-]*)/([a-z0-9][a-z0-9._-]*)(#protected)?")


class Mark(NamedTuple):
    """Which project manages a record, under which key name (unique within the record's kind)."""

    project: str
    key: str
    protected: bool = False


def mark(project: str, name: str, protected: bool = False) -> str:
    """Write a mark: `rhythmconf/hisp/cmsi`, with `#protected` where the record may not be deleted."""
    return f"rhythmconf/{project}/{name}{'#protected' if protected else ''}"


def parse_mark(text: Json) -> Mark | None:
    """Read a mark; None for any other external id, an import's for example."""
    return _read(text) if isinstance(text, str) else None


@cache
def _read(text: str) -> Mark | None:
    """A plan asks three times for the mark of each record."""
    found = _SHAPE.fullmatch(text)
    return Mark(found[1], found[2], found[3] is not None) if found else None


def external_id(record: Record) -> Json:
    """What stands in the record's `sys_external_id`; None where that is empty."""
    return record.body.get(FIELD) or None


def mark_of(record: Record) -> Mark | None:
    """The mark that a record carries."""
    return parse_mark(record.body.get(FIELD))
