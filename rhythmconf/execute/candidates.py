"""Records of an answer or a list -> those that may be the one that a step wrote."""

from __future__ import annotations

from rhythmconf.execute.sending import Context, Sending
from rhythmconf.identity import Mark, parse_mark
from rhythmconf.identity.marks import FIELD
from rhythmconf.model import Body


def may_be(context: Context, sending: Sending, body: Body) -> bool:
    """Whether a record may be what was written: it has the id, or it is new and doesn't carry another's mark."""
    id = body.get("id")
    if not isinstance(id, str) or sending.id is not None:
        return id is not None and id == sending.id
    own = own_mark(context, sending)
    if own is not None:
        return carries(own, body)
    return id not in context.known.get(sending.key.kind, ()) and id not in context.ledger.ids.values()


def own_mark(context: Context, sending: Sending) -> Mark | None:
    """The mark that a created record carries, None where the tenant keeps none."""
    return parse_mark((sending.body or {}).get(FIELD)) if context.dialect.external_id == "writable" else None


def carries(own: Mark, body: Body) -> bool:
    """Whether a record has that mark, protected or not."""
    found = parse_mark(body.get(FIELD))
    return found is not None and (found.project, found.key) == (own.project, own.key)
