"""The record of a singleton: a kind with one record in each tenant, whose address has no id.

The documentation shows the address, not what it answers before the record exists. So every answer without a record
means that there is none yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rhythmconf.errors import TenantError
from rhythmconf.model import Body, Json

if TYPE_CHECKING:
    from rhythmconf.catalog import Kind


def read_singleton(kind: Kind, value: Json, *, where: str) -> Body | None:
    """Read the answer to a GET: an object, a list with one object, or nothing. Raises TenantError for anything else."""
    listed = value.get("Items", [value]) if isinstance(value, dict) else value
    records = [] if listed is None else listed
    if not isinstance(records, list) or len(records) > 1 or not all(isinstance(record, dict) for record in records):
        answer = f"a list of {len(records)}" if isinstance(records, list) else "something that is not a record"
        raise TenantError(
            f"The tenant has one record of {kind.name}, but answers with {answer}.",
            where=where,
            help="Check the address in the line above. If the tenant really has several, `class` in the schema of the "
            "kind must be `config`.",
        )
    body = next((record for record in records if isinstance(record, dict)), {})
    return with_id(kind, body) if body else None


def with_id(kind: Kind, body: Body) -> Body:
    """Return a record with an id. No address needs it, but identity, run records and bindings do."""
    id = body.get("id")
    return body if isinstance(id, str) and id else {**body, "id": kind.short}
