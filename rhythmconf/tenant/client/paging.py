"""The pages of a list. A tenant answers with a bare array or with `{Count, Items, LastEvaluatedKey}`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Literal

from rhythmconf.errors import TenantError, codes
from rhythmconf.model import Body, Json
from rhythmconf.tenant.client.exchange import Reply

PAGE_CAP = 10_000
RECORD_CAP = 1_000_000
BYTE_CAP = 256 * 1024 * 1024
"""Bytes of all pages of one list. Ten lists are read at the same time, and values need more memory than their text."""
CURSOR_CAP = 4096
"""Characters of a page key. It is sent in an address, and servers refuse long ones."""
Form = Literal["auto", "array", "envelope"]
Page = tuple[list[Body], str | None]
"""The records of one page and the cursor of the next page, None after the last."""


def iterate_pages(fetch: Callable[[str | None], Reply], *, form: Form, where: str) -> Iterator[list[Body]]:
    """Yield the records of each page. `fetch` takes a cursor and returns the answer.

    Raises TenantError for an answer in another form, for a cursor that comes twice or can't be sent, and for a list
    that is larger than the caps.
    """
    cursor: str | None = None
    seen: set[str] = set()
    count = size = 0
    for _ in range(PAGE_CAP):
        reply = fetch(cursor)
        records, cursor = read_page(reply.value, form=form, where=where)
        count, size = count + len(records), size + reply.size
        _check_size(count, size, where)
        yield records
        if cursor is None:
            return
        if cursor in seen:
            raise TenantError(
                "The list never ends: the tenant sent the same page key twice.",
                where=where,
                help="Try again; if it happens again, report it to Rhythm.",
                code=codes.ENDLESS_LIST,
            )
        seen.add(cursor)
    raise _too_large(f"{PAGE_CAP:,} pages", where)


def _check_size(count: int, size: int, where: str) -> None:
    if count > RECORD_CAP:
        raise _too_large(f"{RECORD_CAP:,} records", where)
    if size > BYTE_CAP:
        raise _too_large(f"{BYTE_CAP // 2**20} MiB", where)


def _too_large(what: str, where: str) -> TenantError:
    return TenantError(
        f"The list has more than {what}: the rest was not read.",
        where=where,
        help="Check the address in the line above: base_url of the environment, or the variable RHYTHMCONF_BASE_URL. A "
        "list of the Rhythm API is never that large.",
        code=codes.ENDLESS_LIST,
    )


def read_page(value: Json, *, form: Form, where: str) -> Page:
    """Read one answer to a list. Raises TenantError for a form that the environment's dialect rules out."""
    if isinstance(value, list) and form != "envelope":
        return _records(value, where), None
    if isinstance(value, dict) and form != "array" and isinstance(value.get("Items"), list):
        return _records(value["Items"], where), _cursor(value.get("LastEvaluatedKey"), where)
    expected = {"array": "an array", "envelope": "{Items, LastEvaluatedKey}", "auto": "a list"}[form]
    raise TenantError(
        f"The tenant answers a list with {_describe(value)}, instead of {expected}.",
        where=where,
        help="Check the address in the line above, and `dialect: {list: ...}` of the environment in rhythmconf.yaml.",
    )


def _records(items: Json, where: str) -> list[Body]:
    records = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if not isinstance(items, list) or len(records) != len(items):
        raise TenantError("The tenant's list contains something that is not a record.", where=where)
    return records


def _cursor(key: Json, where: str) -> str | None:
    # The documents call the key a string. Look-ups in the same API answer with an object, which is sent back as JSON.
    if key in (None, "", {}):
        return None
    cursor = key if isinstance(key, str) else json.dumps(key, ensure_ascii=False, separators=(",", ":"))
    if len(cursor) > CURSOR_CAP:
        raise _unusable_cursor(f"has {len(cursor):,} characters; at most {CURSOR_CAP:,} can be sent", where)
    if not _is_text(cursor):
        raise _unusable_cursor("contains half of a surrogate pair, which has no form in an address", where)
    return cursor


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unusable_cursor(problem: str, where: str) -> TenantError:
    return TenantError(
        f"The page key that the tenant sent {problem}: the next page can't be asked for.",
        where=where,
        help="Try again; if it happens again, report it to Rhythm.",
    )


def _describe(value: Json) -> str:
    if isinstance(value, dict):
        return f"an object with {', '.join(name[:30] for name in sorted(value)[:5])}" if value else "an empty object"
    return "an array" if isinstance(value, list) else json.dumps(value)[:50]
