"""A plan and the catalogue -> nothing, or a refusal: what its fields tell a reviewer is not what its patches do.

Whoever can write a digest can write one behind any plan; the fields are what a reviewer reads of it.
"""

from __future__ import annotations

import jsonpatch

from rhythmconf.catalog import Catalog, Kind
from rhythmconf.engine.diff import field_changes
from rhythmconf.engine.identity.marks import FIELD
from rhythmconf.engine.plan.file import damaged
from rhythmconf.model import MISSING, Body, Change, Json, Missing, Plan, canonical, tokens


def refuse_untrue(plan: Plan, catalog: Catalog) -> None:
    """Raise Refused (RC314) for a change whose fields are not what its patch, or its body, does.

    The kinds must be known: see `refuse_misfits`. A deletion does what its title says.
    """
    for change in plan.changes:
        if change.action != "delete" and not _true(change, catalog.kinds[change.key.kind]):
            raise damaged(f"{change.key}: its fields don't say what it would do")


def _true(change: Change, kind: Kind) -> bool:
    had = {} if change.action == "create" else _compared(change)
    try:
        made: Body = jsonpatch.JsonPatch(list(change.patch)).apply(change.body or had)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        return False
    if change.action != "create":
        done = {_told(each.path, each.old, each.new) for each in field_changes(kind, had, made)}
        said = {_told(each.path, each.old, each.new) for each in change.fields}
    else:
        # What a dialect sends for options that are switched off is not told: it is blank.
        done = {_told(each.path, MISSING, each.new) for each in field_changes(kind, {}, _filled(made))}
        news = ((each.path, _without_blanks(each.new)) for each in change.fields)
        said = {_told(path, MISSING, new) for path, new in news if not _blank(new)}
    own = set() if change.action == "update" else {f"/{FIELD}"}
    return said == {each for each in done if each[0] not in own}


def _compared(change: Change) -> Body:
    """What is compared with the record before the patch is sent: all that it touches."""
    had: Body = {}
    for where, value in change.precondition.values.items():
        *above, name = tokens(where)
        _inside(had, above)[name] = value
    for where in change.precondition.absent:
        _inside(had, tokens(where)[:-1])
    return had


def _inside(body: Body, path: list[str] | tuple[str, ...]) -> Body:
    for name in path:
        inner = body.setdefault(name, {})
        if not isinstance(inner, dict):
            return {}
        body = inner
    return body


def _told(path: str, old: Json | Missing, new: Json | Missing) -> tuple[str, bytes, bytes]:
    return path, _bytes(old), _bytes(new)


def _bytes(value: Json | Missing) -> bytes:
    return b"" if isinstance(value, Missing) else canonical(value)


def _filled(body: Body) -> Body:
    kept = _without_blanks(body)
    return kept if isinstance(kept, dict) else {}


def _without_blanks(value: Json | Missing) -> Json | Missing:
    if isinstance(value, list):
        return [_without_blanks(item) for item in value]  # type: ignore[misc]
    if not isinstance(value, dict):
        return value
    kept = {name: _without_blanks(member) for name, member in value.items()}
    return {name: member for name, member in kept.items() if not _blank(member)}  # type: ignore[misc]


def _blank(value: Json | Missing) -> bool:
    return value in ({}, [], "", None) or value is MISSING
