"""The addresses that the client may call: base URL, segment and tenant, then nothing, a record's id or `batch`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlencode

from rhythmconf.errors import TenantError
from rhythmconf.settings import Environment, url_problem

if TYPE_CHECKING:
    from rhythmconf.catalog import Kind

Members = Literal["certifications", "applications", "billingRuns", "billingRunActions"]
"""What the client reads of members and of what runs do to them, by the segment of the address."""
MODULE = re.compile(r"[a-z][a-z0-9-]*")
ID_CAP = 1000
"""Characters of one part of an address; a longer one is certainly a mistake."""


def collection_url(environment: Environment, kind: Kind) -> str:
    """Return the address of a kind's records. Raises TenantError for anything that could lead to another host."""
    base = environment.base_url
    if problem := url_problem(base):
        raise TenantError(
            f"The base URL {problem}.", where=environment.name, help=f"Correct {environment.base_url_setting}."
        )
    if not MODULE.fullmatch(kind.module):
        raise TenantError(
            f"The module {kind.module!r} can't be part of a host name.",
            where=kind.name,
            help="Correct `module` in the x-resource of its schema: lower-case letters, digits and hyphens only.",
        )
    root = base.replace("{module}", kind.module).rstrip("/")
    if problem := url_problem(root):
        raise TenantError(
            f"The base URL {problem} for the module {kind.module!r}.",
            where=environment.name,
            help=f"Correct {environment.base_url_setting}, or `module` in the x-resource of the kind's schema.",
        )
    return "/".join((root, _quote(kind.segment, "segment"), _quote(environment.tenant, "tenant")))


def members_url(environment: Environment, members: Members) -> str:
    """Return the address of the members of the module `certifications`, which no catalog has as a kind."""
    root = environment.base_url.replace("{module}", "certifications").rstrip("/")
    return "/".join((root, members, _quote(environment.tenant, "tenant")))


def fields_url(address: str, name: str, fields: Sequence[str], cursor: str | None) -> str:
    """Return the address of a page of members with only some of their fields. `name` is the parameter for these."""
    start = {} if cursor is None else {"exclusiveStartKey": cursor}
    return f"{address}?{urlencode({name: ','.join(fields), **start}, safe=',')}"


def page_url(collection: str, cursor: str | None) -> str:
    """Return the address of one page of a collection. `cursor` is the key that the page before ended with."""
    return collection if cursor is None else f"{collection}?{urlencode({'exclusiveStartKey': cursor})}"


def record_url(collection: str, id: str) -> str:
    """Return the address of one record."""
    return f"{collection}/{_quote(id, 'id')}"


def _quote(text: str, what: str) -> str:
    # HTTP libraries resolve a part that consists of dots: a call on a record would become one on its collection.
    if text.strip(".") and len(text) <= ID_CAP:
        try:
            return quote(text, safe="")
        except UnicodeEncodeError:  # half of a surrogate pair has no UTF-8 form
            pass
    raise TenantError(f"{text[:50]!r} can't be used as a {what} in an address: nothing was sent.")
