"""The closed list of addresses: each is the environment's base URL, a segment, the tenant, and an id or `batch`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from rhythmconf.errors import TenantError
from rhythmconf.settings import Environment, url_problem

if TYPE_CHECKING:
    from rhythmconf.catalog import Kind

MODULE = re.compile(r"[a-z][a-z0-9-]*")


def collection(environment: Environment, kind: Kind) -> str:
    """Where the records of a kind live. Refuses what could lead anywhere else."""
    base = environment.base_url
    if problem := url_problem(base):
        raise TenantError(f"The base URL {problem}.", where=environment.name, help="Mend base_url of the environment.")
    if not MODULE.fullmatch(kind.module):
        raise TenantError(f"{kind.module!r} can't be a part of a host name.", where=kind.name)
    root = base.replace("{module}", kind.module).rstrip("/")
    return "/".join((root, _part(kind.segment, "segment"), _part(environment.tenant, "tenant")))


def page(address: str, cursor: str | None) -> str:
    """One page of a collection; `cursor` is what the page before said."""
    return address if cursor is None else f"{address}?{urlencode({'exclusiveStartKey': cursor})}"


def record(address: str, id: str) -> str:
    """Where one record lives."""
    return f"{address}/{_part(id, 'id')}"


def _part(text: str, what: str) -> str:
    # A part of dots would be resolved away, and a call on a record would become one on its collection.
    if not text.strip(".") or len(text) > 1000:
        raise TenantError(f"{text[:50]!r} can't be used as a {what} in an address: nothing was sent.")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise TenantError(f"{text[:50]!r} can't be used as a {what} in an address: nothing was sent.") from None
