"""Translate a schema of a contract into the fields of a kind: only what is said, never what is guessed."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field

from rhythmconf.catalog.contract.lookup import ContractFault, elements, members, place, resolve
from rhythmconf.model import Body, Json

_NODES = 20_000
"""Schemas of one kind, after references were followed."""
_NAMES = 60
"""Names on the way to a field."""
_PATTERN = 1_000
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_SCALARS = {"boolean", "integer", "number", "string"}
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems")
_BOUNDS = ("minimum", "maximum")


@dataclass
class Translation:
    """The work on one kind: `notes` says what was left out and why."""

    contract: Body
    notes: list[str] = field(default_factory=list)
    nodes: int = 0

    def translate(self, value: Json, path: tuple[str | int, ...], taken: tuple[str, ...] = ()) -> Body:
        """Return the field that a schema describes. Raises ContractFault if it is too large, or leads nowhere."""
        self.nodes += 1
        if self.nodes > _NODES:
            raise ContractFault(f"the kind has more than {_NODES:,} fields", path, "leave it out with --only")
        schema, references = resolve(self.contract, value, path)
        if len(path) > _NAMES or any(reference in taken for reference in references):
            why = "is too deep" if len(path) > _NAMES else "contains itself"
            self.notes.append(f"{place(path)}: the schema {why}; below here nothing is described")
            return {"type": "object"}
        taken = (*taken, *references)
        described = self._combine(schema, path, taken)
        text = members(value).get("description") or described.get("description")
        return {**described, **({"description": _clean(text)} if isinstance(text, str) and text.strip() else {})}

    def _combine(self, schema: Body, path: tuple[str | int, ...], taken: tuple[str, ...]) -> Body:
        found = self._own(schema, path, taken)
        for part in elements(schema.get("allOf")):
            found = _both(found, self.translate(part, path, taken))
        for word in ("oneOf", "anyOf"):
            forms = [self.translate(form, path, taken) for form in elements(schema.get(word))]
            if not forms:
                continue
            described = [form for form in forms if form.get("type") != "null"]
            if described:
                found = _both(found, self._any(described, path))
            if len(described) < len(forms):
                found = _nullable(found)
        if schema.get("nullable") is True:
            found = _nullable(found)
        return _as_list(found)

    def _own(self, schema: Body, path: tuple[str | int, ...], taken: tuple[str, ...]) -> Body:
        found: Body = {}
        if (kind := _type(schema)) is not None:
            found["type"] = kind
        if enum := elements(schema.get("enum")):
            found["enum"] = [*dict.fromkeys(value for value in enum if isinstance(value, str | int | float | None))]
        elif isinstance(schema.get("const"), str | int | float):
            found["enum"] = [schema["const"]]
        if isinstance(schema.get("description"), str):
            found["description"] = schema["description"]
        if isinstance(schema.get("format"), str):
            found["format"] = _clean(str(schema["format"]))
        for word in _COUNTS:
            number = schema.get(word)
            if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
                found[word] = number
        for word in _BOUNDS:
            number = schema.get(word)
            if isinstance(number, int | float) and not isinstance(number, bool):
                found[
                    f"exclusive{word.capitalize()}" if schema.get(f"exclusive{word.capitalize()}") is True else word
                ] = number
        if isinstance(pattern := schema.get("pattern"), str):
            self._pattern(found, pattern, path)
        if schema.get("readOnly") is True:
            found["readOnly"] = True
        if fields := members(schema.get("properties")):
            found["properties"] = self._properties(fields, path, taken)
        required = [name for name in elements(schema.get("required")) if isinstance(name, str)]
        if required:
            found["required"] = [*dict.fromkeys(required)]
        if "items" in schema:
            found["items"] = self.translate(schema["items"], (*path, "items"), taken)
        return found

    def _pattern(self, found: Body, pattern: str, path: tuple[str | int, ...]) -> None:
        if len(pattern) <= _PATTERN and _is_pattern(pattern):
            found["pattern"] = pattern
        else:
            self.notes.append(f"{place(path)}: the pattern {pattern[:80]!r} is not valid and was left out")

    def _properties(self, fields: Body, path: tuple[str | int, ...], taken: tuple[str, ...]) -> Body:
        found: Body = {}
        for name, schema in fields.items():
            if not name or not name.isprintable() or _clean(name) != name or len(name) > 200:
                self.notes.append(f"{place(path)}: a field has a name that can't be written: {ascii(name)[:80]}")
                continue
            found[name] = self.translate(schema, (*path, "properties", name), taken)
        return found

    def _any(self, forms: list[Body], path: tuple[str | int, ...]) -> Body:
        """Return what fits each of several forms: members of all, required where all of them require it."""
        if len(forms) == 1:
            return forms[0]
        self.notes.append(f"{place(path)}: has {len(forms)} forms; a value of any of them is taken")
        kinds = {name for form in forms for name in _types(form)}
        found: Body = {"type": [*sorted(kinds)]} if len(kinds) > 1 else {"type": next(iter(kinds))} if kinds else {}
        if any(not _types(form) for form in forms):
            return {}
        if all("enum" in form for form in forms):
            values = [value for form in forms for value in elements(form["enum"])]
            found["enum"] = [*dict.fromkeys(value for value in values if not isinstance(value, dict | list))]
        if kinds == {"object"}:
            found["properties"] = _merged([members(form.get("properties")) for form in forms])
            shared = set.intersection(*({*map(str, elements(form.get("required")))} for form in forms))
            found["required"] = [*sorted(shared)]
        elif kinds == {"array"} and all(form.get("items") == forms[0].get("items") for form in forms):
            found |= {"items": forms[0]["items"]} if "items" in forms[0] else {}
        return {name: value for name, value in found.items() if value not in ([], {})}


def _clean(text: str) -> str:
    """Return a text as it can be written: half characters are replaced."""
    return text.encode("utf-8", "replace").decode().strip()


def _is_scalar(described: Body) -> bool:
    """Tell whether the values of a field are all scalars."""
    return bool(_types(described)) and {*_types(described)} <= _SCALARS


def _as_list(found: Body) -> Body:
    """Say how the items of a list are matched: scalars are a set, anything else is replaced whole."""
    if "items" in found and "type" not in found:
        found = {"type": "array", **found}
    if "properties" in found and "type" not in found:
        found = {"type": "object", **found}
    if "array" not in _types(found):
        return {name: value for name, value in found.items() if name not in ("items", "x-list-type")}
    return {**found, "x-list-type": "set" if _is_scalar(members(found.get("items"))) else "atomic"}


def _type(schema: Body) -> Json:
    kinds = schema.get("type")
    chosen: list[Json] = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind in _TYPES]
    return chosen[0] if len(chosen) == 1 else [*dict.fromkeys(chosen)] or None


def _types(found: Body) -> list[str]:
    kinds = found.get("type")
    return [str(kind) for kind in (kinds if isinstance(kinds, list) else [] if kinds is None else [kinds])]


def _nullable(found: Body) -> Body:
    if not _types(found) or "null" in _types(found):
        return found
    more: Body = (
        {"enum": [*elements(found["enum"]), None]} if "enum" in found and None not in elements(found["enum"]) else {}
    )
    return {**found, "type": [*_types(found), "null"], **more}


def _both(one: Body, other: Body) -> Body:
    """Return a field that is described twice; the members of both count, and the later words."""
    found = {**one, **other}
    if "properties" in one and "properties" in other:
        found["properties"] = _merged([members(one["properties"]), members(other["properties"])])
    if "required" in one and "required" in other:
        found["required"] = [*dict.fromkeys(map(str, [*elements(one["required"]), *elements(other["required"])]))]
    return found


def _merged(objects: list[Body]) -> Body:
    found: Body = {}
    for fields in objects:
        for name, described in fields.items():
            found[name] = _both(members(found.get(name)), members(described))
    return found


def _is_pattern(pattern: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, Warning, RecursionError, OverflowError):
        return False
    return _clean(pattern) == pattern.strip()
