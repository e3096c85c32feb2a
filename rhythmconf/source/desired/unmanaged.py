"""Fields that are not managed in an environment: takes a merged spec, gives it without them."""

from __future__ import annotations

from collections.abc import Sequence

from rhythmconf.model import MISSING, Body, Diagnostic, Document, Json, at, tokens
from rhythmconf.model.suggest import suggest
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.overlays import Merged
from rhythmconf.source.desired.places import Places


def unmanage(merged: Merged, places: Places, found: list[Diagnostic]) -> Body:
    """The spec without the fields that its documents call unmanaged."""
    body = merged.spec
    for document in merged.documents:
        for position, where in enumerate(document.unmanaged):
            problem = _unmanageable(merged, document, where)
            if problem is None:
                body = _without(body, tokens(where))
            elif problem.code != codes.UNMANAGED_UNDECLARED or not document.match:
                found.append(_placed(problem, merged, document, f"/unmanaged/{position}", places))
    return body


def _unmanageable(merged: Merged, document: Document, where: str) -> Diagnostic | None:
    """Why the field at `where` can't be dropped, without a place yet."""
    above, _, name = where.rpartition("/")
    container = at(merged.spec, above)
    if isinstance(container, list):
        return Diagnostic(
            codes.UNMANAGED_ITEM,
            f"'{where}' is the item of a list, and a list is owned whole",
            help=f"name the list: {above}",
        )
    if not isinstance(container, dict) or at(merged.spec, where) is MISSING:
        names = list(container) if isinstance(container, dict) else []
        return Diagnostic(
            codes.UNMANAGED_UNDECLARED,
            f"'{where}' names no field that {merged.key} declares",
            severity="warning",
            help=suggest(name, names) or "a field that is not declared isn't managed anyway",
        )
    return None


def _placed(problem: Diagnostic, merged: Merged, document: Document, where: str, places: Places) -> Diagnostic:
    return problem._replace(location=places.of(document.origin, where), pointer=where, key=merged.key)


def _without(value: Json, path: Sequence[str]) -> Body:
    """`value` without the member at `path`; only what lies on the path is copied."""
    made = _drop(value, path)
    return made if isinstance(made, dict) else {}


def _drop(value: Json, path: Sequence[str]) -> Json:
    head, rest = path[0], path[1:]
    if isinstance(value, list):
        return [_drop(item, rest) if str(position) == head else item for position, item in enumerate(value)]
    if not isinstance(value, dict) or head not in value:
        return value
    if not rest:
        return {name: one for name, one in value.items() if name != head}
    return {**value, head: _drop(value[head], rest)}
