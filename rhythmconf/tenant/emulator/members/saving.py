"""Read and store the records of a simulation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from rhythmconf.model import Body, decode
from rhythmconf.tenant.emulator.http import encode
from rhythmconf.tenant.emulator.members.values import Member
from rhythmconf.tenant.emulator.store import Store
from rhythmconf.tenant.emulator.writes import CALLER, moment, touched

_NO_LIMIT = -1
_ALWAYS = 0.0
"""The time of creation of members: lists show them at once."""


def read_all(store: Store, kind: str) -> list[Body]:
    """Return all records of a kind."""
    rows = store.page(kind, after=0, limit=_NO_LIMIT, until=float("inf"))
    return [cast("Body", decode(row.text)) for row in rows]


def save(store: Store, records: Iterable[Member], now: float) -> None:
    """Store records, new ones and changed ones, with the fields that the tenant sets."""
    written = moment(now)
    for kind, body in records:
        version = body.get("sys_version")
        next_version = version + 1 if isinstance(version, int) else 1
        stamps: Body = {"sys_created_at": written, "sys_created_by_id": CALLER}
        text = encode(stamps | body | touched(written, next_version)).decode()
        if store.contains(kind, str(body["id"])):
            store.replace(kind, str(body["id"]), text, None)
        else:
            store.insert(kind, str(body["id"]), text, (), created=_ALWAYS)
