"""The pages of a list. A tenant answers with a bare array or with `{Count, Items, LastEvaluatedKey}`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Literal

from rhythmconf.errors import TenantError
from rhythmconf.model import Body, Json

PAGE_CAP = 10_000
Form = Literal["auto", "array", "envelope"]
Page = tuple[list[Body], str | None]
"""The records of one page and the cursor of the next page, None after the last."""


def iterate_pages(fetch: Callable[[str | None], Json], *, form: Form, where: str) -> Iterator[list[Body]]:
    """Yield the records of each page. `fetch` takes a cursor and returns the JSON value of the answer.

    Raises TenantError for an answer in another form, for a cursor that comes twice and after `PAGE_CAP` pages.
    """
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(PAGE_CAP):
        records, cursor = read_page(fetch(cursor), form=form, where=where)
        yield records
        if cursor is None:
            return
        if cursor in seen:
            raise TenantError(
                "The list never ends: the tenant sent the same page key twice.",
                where=where,
                help="Try again; if it happens again, report it to Rhythm.",
            )
        seen.add(cursor)
    raise TenantError(f"The list has more than {PAGE_CAP:,} pages.", where=where)


def read_page(value: Json, *, form: Form, where: str) -> Page:
    """Read one answer to a list. Raises TenantError for a form that the environment's dialect rules out."""
    if isinstance(value, list) and form != "envelope":
        return _records(value, where), None
    if isinstance(value, dict) and form != "array" and isinstance(value.get("Items"), list):
        return _records(value["Items"], where), _cursor(value.get("LastEvaluatedKey"))
    expected = {"array": "an array", "envelope": "{Items, LastEvaluatedKey}", "auto": "a list"}[form]
    raise TenantError(
        f"The tenant answers a list with {_describe(value)}, instead of {expected}.",
        where=where,
        help="Check base_url and `dialect: {list: ...}` of the environment in rhythmconf.yaml.",
    )


def _records(items: Json, where: str) -> list[Body]:
    records = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if not isinstance(items, list) or len(records) != len(items):
        raise TenantError("The tenant's list contains something that is not a record.", where=where)
    return records


def _cursor(key: Json) -> str | None:
    # The documents call the key a string. Look-ups in the same API answer with an object, which is sent back as JSON.
    if key in (None, "", {}):
        return None
    return key if isinstance(key, str) else json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def _describe(value: Json) -> str:
    if isinstance(value, dict):
        return f"an object with {', '.join(sorted(value)[:5])}" if value else "an empty object"
    return "an array" if isinstance(value, list) else json.dumps(value)[:50]
