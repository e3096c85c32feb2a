"""Select the records of an answer or a list that may be the one that a step wrote."""

from __future__ import annotations

from collections.abc import Iterable

from rhythmconf.engine.execute.prepared import PreparedStep, RunContext
from rhythmconf.engine.identity import Mark, mark, parse_mark
from rhythmconf.model import MARK_FIELD, Body


def candidates(context: RunContext, prepared: PreparedStep, bodies: Iterable[Body]) -> list[Body]:
    """Return the records that may be the one written: by its id, else by the mark that was sent, else the new ones."""
    if prepared.id is not None:
        return [body for body in bodies if body.get("id") == prepared.id]
    identified = [body for body in bodies if isinstance(body.get("id"), str)]
    own = own_mark(context, prepared)
    if own is not None:
        texts = (mark(own.project, own.key), mark(own.project, own.key, protected=True))
        return [body for body in identified if body.get(MARK_FIELD) in texts]
    return _new(context, prepared, identified)


def unmarked(context: RunContext, prepared: PreparedStep, bodies: Iterable[Body]) -> list[Body]:
    """Return the new records without any mark. If the tenant drops marks, a created record is one of them."""
    without_mark = [body for body in bodies if isinstance(body.get("id"), str) and not body.get(MARK_FIELD)]
    return _new(context, prepared, without_mark) if own_mark(context, prepared) else []


def _new(context: RunContext, prepared: PreparedStep, bodies: Iterable[Body]) -> list[Body]:
    old_ids = {*context.existing_ids.get(prepared.key.kind, ()), *context.account.ids.values()}
    return [body for body in bodies if body["id"] not in old_ids]


def own_mark(context: RunContext, prepared: PreparedStep) -> Mark | None:
    """Return the mark that a create sends, None if callers of the tenant can't write marks."""
    return parse_mark((prepared.body or {}).get(MARK_FIELD)) if context.site.dialect.external_id == "writable" else None
