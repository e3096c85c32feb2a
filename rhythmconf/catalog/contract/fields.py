"""Translate a schema of a contract into the fields of a kind: only what is said, never what is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rhythmconf.catalog.contract.combine import any_of, as_list, both, distinct, nullable, types_of
from rhythmconf.catalog.contract.lookup import ContractFault, elements, members, place, resolve
from rhythmconf.catalog.verdict import compiled, is_valid
from rhythmconf.model import Body, Json

_NODES = 20_000
"""Schemas of one kind, after references were followed."""
_VALUES = 2_000
"""Values of an enum, names of a `required`, or schemas that describe one field."""
_DESCRIPTION = 20_000
"""Characters of a description."""
_NAMES = 60
"""Names on the way to a field."""
_PATTERN = 1_000
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems")
_BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))


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
        if references and (beside := self._beside(members(value))):
            described = both(described, self._combine(beside, path, taken))
        if references and members(value).get("nullable") is True:
            described = nullable(described)
        text = members(value).get("description")
        if isinstance(text, str) and text.strip():
            return {**described, "description": _clean(text[:_DESCRIPTION])}
        return {word: child for word, child in described.items() if word != "description" or child}

    def _beside(self, value: Body) -> Body:
        """Return what stands beside a `$ref` and counts: in version 3.0 that it is read-only, in 3.1 everything."""
        old = str(self.contract.get("openapi")).startswith("3.0")
        return {
            word: child for word, child in value.items() if word in (("readOnly",) if old else value) and word != "$ref"
        }

    def _combine(self, schema: Body, path: tuple[str | int, ...], taken: tuple[str, ...]) -> Body:
        found = self._own(schema, path, taken)
        if any(len(elements(schema.get(word))) > _VALUES for word in ("allOf", "oneOf", "anyOf")):
            raise ContractFault(f"more than {_VALUES:,} schemas describe one field", path, "leave it out with --only")
        for part in elements(schema.get("allOf")):
            found = both(found, self.translate(part, path, taken))
        for word in ("oneOf", "anyOf"):
            forms = [self.translate(form, path, taken) for form in elements(schema.get(word))]
            if not forms:
                continue
            described = [form for form in forms if form.get("type") != "null"]
            if len(described) > 1:
                self.notes.append(f"{place(path)}: has {len(described)} forms; a value of any of them is taken")
            if described:
                found = both(found, any_of(described))
            if len(described) < len(forms):
                found = nullable(found)
        if schema.get("nullable") is True:
            found = nullable(found)
        return as_list(found)

    def _own(self, schema: Body, path: tuple[str | int, ...], taken: tuple[str, ...]) -> Body:
        found: Body = {}
        if (kind := _type(schema)) is not None:
            found["type"] = kind
        if enum := elements(schema.get("enum", [schema["const"]] if "const" in schema else [])):
            if len(enum) > _VALUES or any(isinstance(value, dict | list) for value in enum):
                why = f"more than {_VALUES:,} values" if len(enum) > _VALUES else "objects or lists"
                self.notes.append(f"{place(path)}: the enum has {why} and was left out")
            elif enum == [None]:
                found["type"] = "null"
            else:
                found["enum"] = distinct(enum)
                found.setdefault("type", types_of(enum))
        if isinstance(text := schema.get("description"), str):
            found["description"] = _clean(text[:_DESCRIPTION])
        if isinstance(schema.get("format"), str):
            found["format"] = _clean(str(schema["format"]))
        for word in _COUNTS:
            number = schema.get(word)
            if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
                found[word] = number
        for word, exclusive in _BOUNDS:
            for name, bound in ((exclusive, schema.get(exclusive)), (word, schema.get(word))):
                if isinstance(bound, int | float) and not isinstance(bound, bool):
                    # Up to 3.0, `true` makes the bound beside it exclusive.
                    found[exclusive if schema.get(exclusive) is True else name] = bound
        if isinstance(pattern := schema.get("pattern"), str):
            self._pattern(found, pattern, path)
        if schema.get("readOnly") is True:
            found["readOnly"] = True
        if fields := members(schema.get("properties")):
            found["properties"] = self._properties(fields, path, taken)
        required = [name for name in elements(schema.get("required"))[:_VALUES] if isinstance(name, str)]
        if required:
            found["required"] = [*dict.fromkeys(required)]
        if "items" in schema:
            found["items"] = self.translate(schema["items"], (*path, "items"), taken)
        return found

    def _pattern(self, found: Body, pattern: str, path: tuple[str | int, ...]) -> None:
        if len(pattern) <= _PATTERN and _is_pattern(pattern):
            found["pattern"] = pattern
        else:
            self.notes.append(f"{place(path)}: the pattern {pattern[:80]!r} is not valid here and was left out")

    def _properties(self, fields: Body, path: tuple[str | int, ...], taken: tuple[str, ...]) -> Body:
        found: Body = {}
        for name, schema in fields.items():
            if not name or not name.isprintable() or _clean(name) != name or len(name) > 200:
                self.notes.append(f"{place(path)}: a field has a name that can't be written: {ascii(name)[:80]}")
                continue
            if members(schema).get("writeOnly") is True:
                self.notes.append(f"{place((*path, 'properties', name))}: is never returned and was left out")
                continue
            found[name] = self.translate(schema, (*path, "properties", name), taken)
        return found


def _clean(text: str) -> str:
    """Return a text as it can be written: half characters are replaced."""
    return text.encode("utf-8", "replace").decode().strip()


def _type(schema: Body) -> Json:
    kinds = schema.get("type")
    chosen: list[Json] = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind in _TYPES]
    return chosen[0] if len(chosen) == 1 else [*dict.fromkeys(chosen)] or None


_DELIMITED = re.compile(r"/\^.*\$/[a-z]*", re.DOTALL)
"""A pattern as a literal of JavaScript, which no text can fit."""


def _is_pattern(pattern: str) -> bool:
    """Tell whether documents can be checked with a pattern: the words of ECMA count, as in a schema of a kind."""
    if _DELIMITED.fullmatch(pattern) or not is_valid(compiled({"format": "regex"}), pattern):
        return False
    try:
        compiled({"pattern": pattern})
    except ValueError:  # too large
        return False
    return True
