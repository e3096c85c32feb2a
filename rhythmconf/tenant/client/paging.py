"""The pages of a list, in the forms that the API documents: a bare array, or `{Count, Items, LastEvaluatedKey}`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Literal

from rhythmconf.errors import TenantError
from rhythmconf.model import Body, Json

PAGE_CAP = 10_000
Form = Literal["auto", "array", "envelope"]
Page = tuple[list[Body], str | None]
"""The records of one page, and the cursor of the next."""


def pages(fetch: Callable[[str | None], Json], *, form: Form, where: str) -> Iterator[list[Body]]:
    """Fetch page after page until there is no cursor. `fetch` takes a cursor and gives the answer's JSON."""
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(PAGE_CAP):
        records, cursor = read_page(fetch(cursor), form=form, where=where)
        yield records
        if cursor is None:
            return
        if cursor in seen:
            raise TenantError("The list goes round in circles: a page key came twice.", where=where)
        seen.add(cursor)
    raise TenantError(f"The list has more than {PAGE_CAP:,} pages.", where=where)


def read_page(value: Json, *, form: Form, where: str) -> Page:
    """Read one list answer. Raises TenantError for a form that the environment's dialect doesn't have."""
    if isinstance(value, list) and form != "envelope":
        return _records(value, where), None
    if isinstance(value, dict) and form != "array" and isinstance(value.get("Items"), list):
        return _records(value["Items"], where), _cursor(value.get("LastEvaluatedKey"))
    expected = {"array": "an array", "envelope": "{Items, LastEvaluatedKey}", "auto": "a list"}[form]
    raise TenantError(
        f"The tenant answers a list with {_told(value)}, not {expected}.",
        where=where,
        help="Check the base URL, and the environment's dialect (list).",
    )


def _records(items: Json, where: str) -> list[Body]:
    records = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if not isinstance(items, list) or len(records) != len(items):
        raise TenantError("The tenant's list holds something that is not a record.", where=where)
    return records


def _cursor(key: Json) -> str | None:
    """The documents call the key a string; look-ups in the same API give an object, which goes back as JSON."""
    if key in (None, "", {}):
        return None
    return key if isinstance(key, str) else json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def _told(value: Json) -> str:
    if isinstance(value, dict):
        return "an object with " + (", ".join(sorted(value)[:5]) or "nothing in it")
    return "an array" if isinstance(value, list) else json.dumps(value)[:50]
