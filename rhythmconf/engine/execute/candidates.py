"""Records of an answer or a list -> those that may be the one that a step wrote."""

from __future__ import annotations

from collections.abc import Iterable

from rhythmconf.engine.execute.sending import Context, Sending
from rhythmconf.engine.identity import Mark, mark, parse_mark
from rhythmconf.engine.identity.marks import FIELD
from rhythmconf.model import Body


def candidates(context: Context, sending: Sending, bodies: Iterable[Body]) -> list[Body]:
    """Those that may be what was written: they have its id, or are new and don't carry another's mark."""
    if sending.id is not None:
        return [body for body in bodies if body.get("id") == sending.id]
    identified = [body for body in bodies if isinstance(body.get("id"), str)]
    own = own_mark(context, sending)
    if own is not None:
        texts = (mark(own.project, own.key), mark(own.project, own.key, protected=True))
        return [body for body in identified if body.get(FIELD) in texts]
    return _new(context, sending, identified)


def unmarked(context: Context, sending: Sending, bodies: Iterable[Body]) -> list[Body]:
    """The new ones that carry no mark at all: so a create may look whose tenant doesn't keep marks, after all."""
    bare = [body for body in bodies if isinstance(body.get("id"), str) and not body.get(FIELD)]
    return _new(context, sending, bare) if own_mark(context, sending) else []


def _new(context: Context, sending: Sending, bodies: Iterable[Body]) -> list[Body]:
    known = {*context.known.get(sending.key.kind, ()), *context.ledger.ids.values()}
    return [body for body in bodies if body["id"] not in known]


def own_mark(context: Context, sending: Sending) -> Mark | None:
    """The mark that a created record carries, None where the tenant keeps none."""
    return parse_mark((sending.body or {}).get(FIELD)) if context.dialect.external_id == "writable" else None
