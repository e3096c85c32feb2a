"""Combine descriptions of one field: what fits all of them, what fits any of them."""

from __future__ import annotations

from rhythmconf.catalog.contract.lookup import elements, members
from rhythmconf.model import Body, Json, canonical

_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
_SCALARS = {"boolean", "integer", "number", "string"}


def both(one: Body, other: Body) -> Body:
    """Return a field that is described twice: the members and limits of both count, and the later words."""
    found = {**one, **other}
    if _types(one) and _types(other):
        found["type"] = _one_or_list(_shared_types(_types(one), _types(other)))
    if "enum" in one and "enum" in other:
        shown = [canonical(value) for value in elements(other["enum"])]
        shared = [value for value in elements(one["enum"]) if canonical(value) in shown]
        found["enum"] = shared or other["enum"]
    if "properties" in one and "properties" in other:
        fields: Body = {**members(one["properties"])}
        for name, described in members(other["properties"]).items():
            fields[name] = both(members(fields.get(name)), members(described))
        found["properties"] = fields
    if "items" in one and "items" in other:
        found["items"] = both(members(one["items"]), members(other["items"]))
    if "required" in one and "required" in other:
        found["required"] = [*dict.fromkeys(map(str, [*elements(one["required"]), *elements(other["required"])]))]
    return as_list(found) if "x-list-type" in found else found


def any_of(forms: list[Body]) -> Body:
    """Return what fits each of several forms: members of all, required where all of them require it."""
    first = forms[0]
    if all(form == first for form in forms):
        return first
    found: Body = {word: first[word] for word in first if all(form.get(word) == first[word] for form in forms)}
    kinds = [*dict.fromkeys(kind for form in forms for kind in _types(form))]
    if all("enum" in form for form in forms):
        found["enum"] = distinct([value for form in forms for value in elements(form["enum"])])
    elif not all(_types(form) for form in forms):
        return {"description": found["description"]} if "description" in found else {}
    if all(_types(form) for form in forms):
        found["type"] = _one_or_list(sorted(kinds))
    if "object" in kinds and {*kinds} <= {"object", "null"}:
        found |= _any_object([form for form in forms if _types(form) != ["null"]])
    return as_list({name: value for name, value in found.items() if value not in ([], {}) or name == "items"})


def _any_object(forms: list[Body]) -> Body:
    described: dict[str, list[Body]] = {}
    for form in forms:
        for name, field in members(form.get("properties")).items():
            described.setdefault(name, []).append(members(field))
    fields: Body = {name: any_of(fields) for name, fields in described.items()}
    shared = set.intersection(*({*map(str, elements(form.get("required")))} for form in forms))
    required: list[Json] = [*sorted(shared)]
    return {"properties": fields, "required": required}


def nullable(found: Body) -> Body:
    """Return a field that may be null as well."""
    more: Body = {}
    if "enum" in found and None not in elements(found["enum"]):
        more["enum"] = [*elements(found["enum"]), None]
    if _types(found) and "null" not in _types(found):
        more["type"] = [*_types(found), "null"]
    return {**found, **more}


def as_list(found: Body) -> Body:
    """Say how the items of a list are matched: scalars are a set, anything else is replaced whole."""
    if "items" in found and "type" not in found:
        found = {"type": "array", **found}
    if "properties" in found and "type" not in found:
        found = {"type": "object", **found}
    if "array" not in _types(found):
        return {name: value for name, value in found.items() if name not in ("items", "x-list-type")}
    return {**found, "x-list-type": "set" if _is_scalar(members(found.get("items"))) else "atomic"}


def distinct(values: list[Json]) -> list[Json]:
    """Return values without repetitions. The number 1 and `true` differ."""
    return [*{canonical(value): value for value in values}.values()]


def types_of(values: list[Json]) -> Json:
    """Return the type of scalars, or their types; whole and other numbers together are numbers."""
    kinds = {_NAMES[type(value)] for value in values}
    return _one_or_list(sorted(kinds - {"integer"} if "number" in kinds else kinds))


def _is_scalar(described: Body) -> bool:
    """Tell whether the values of a field are all scalars."""
    return bool(_types(described)) and {*_types(described)} <= _SCALARS


def _shared_types(one: list[str], other: list[str]) -> list[str]:
    """Return the types of both, for an integer is a number; the later ones if there is none."""
    shared = [kind for kind in one if kind in other or (kind == "integer" and "number" in other)]
    shared += [kind for kind in other if kind == "integer" and "number" in one and "integer" not in one]
    return shared or other


def _one_or_list(kinds: list[str]) -> Json:
    every: list[Json] = [*kinds]
    return every[0] if len(every) == 1 else every


def _types(found: Body) -> list[str]:
    kinds = found.get("type")
    return [str(kind) for kind in (kinds if isinstance(kinds, list) else [] if kinds is None else [kinds])]
