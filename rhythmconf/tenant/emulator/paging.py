"""Pages of records, and the fields of a record that a request asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

from rhythmconf.model import Body, decode
from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Refusal
from rhythmconf.tenant.emulator.store import Row

_CHUNK = 500
"""How many records are read from the store at once."""


class Page(NamedTuple):
    """Some records, and `{"LastEvaluatedKey": ...}` if there may be more."""

    records: list[Body]
    key: Body


def read_start(call: Call) -> int:
    """Return the position after which a page begins. Raises Refusal for a key that was never sent."""
    key = call.request.query("exclusiveStartKey") or "0"
    if not key.isdecimal():
        raise Refusal(400, f"this tenant never sent the exclusiveStartKey {key!r}")
    return int(key)


def select_fields(record: Body, names: str | None) -> Body:
    """Return the fields that a comma-separated list names; all of them without one."""
    if names is None:
        return record
    wanted = names.split(",")
    return {name: value for name, value in record.items() if name in wanted}


class Scan(NamedTuple):
    """Reads the records of a kind in the order of their creation, and keeps those that match."""

    call: Call
    matches: Callable[[Body], bool]

    def page(self, after: int, *, sparse: bool) -> Page:
        """Return the matching records of a page.

        It ends after `page_size` matching records, or, if `sparse`, after that many records of any kind.
        """
        return self._scanned_page(after) if sparse else self._full_page(after)

    def _scanned_page(self, after: int) -> Page:
        rows = self._rows(after, self.call.options.page_size)
        found = [record for row in rows if self.matches(record := _decode(row))]
        more = bool(rows) and bool(self._rows(rows[-1].position, 1))
        return Page(found, _key(rows[-1].position) if more else {})

    def _full_page(self, after: int) -> Page:
        found: list[Body] = []
        end = after
        while rows := self._rows(after, _CHUNK):
            for row in rows:
                if not self.matches(record := _decode(row)):
                    continue
                # One record more than a page shows whether there is a next page.
                if len(found) == self.call.options.page_size:
                    return Page(found, _key(end))
                found.append(record)
                end = row.position
            after = rows[-1].position
        return Page(found, {})

    def _rows(self, after: int, limit: int) -> list[Row]:
        until = self.call.now - self.call.options.list_lag_s
        return self.call.store.page(self.call.kind.name, after=after, limit=limit, until=until)


def _decode(row: Row) -> Body:
    return cast("Body", decode(row.text))


def _key(position: int) -> Body:
    return {"LastEvaluatedKey": str(position)}
