"""Write a record as the spec of a document: without read-only fields, with keys for ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.catalog.field import is_required, is_switched_off
from rhythmconf.catalog.unknown import EMPTY, is_the_tenants_own
from rhythmconf.engine.pull.names import Names
from rhythmconf.engine.pull.text_files import fits_file
from rhythmconf.model import MISSING, Body, Identity, Json, LiveState, Missing, same

DEEPEST = 80
"""The levels of a value that no schema bounds. A document may have 100 with the members around it."""
LONG_TEXT = 1_000_000
"""The characters from which on a text is only written if it fits into a file of its own."""


@dataclass(slots=True)
class SpecWriter:
    """Write values as documents say them, and collect what a reviewer should know.

    `empty_lists` writes an optional `[]`; `empty_options` writes an empty value whose switch is off; `fill_required`
    writes `[]` for a required list that is absent; `item_ids` keeps the ids that the tenant gave to list items. It is
    `suspended` below a switch that is off. `spelled` has the texts that a document already uses for an id.
    `dangling` collects the ids that name no record, `unwritable` says what no file can hold.
    """

    names: Names
    empty_lists: bool = False
    empty_options: bool = False
    fill_required: bool = False
    item_ids: bool = False
    suspended: bool = False
    spelled: Mapping[tuple[tuple[str, ...], str], str] = field(default_factory=dict)
    dangling: set[str] = field(default_factory=set)
    unwritable: list[str] = field(default_factory=list)

    def write(self, field: Field, value: Json, path: str = "") -> Json | Missing:
        """Return the value as a document says it, or MISSING if it says nothing. `path` leads to it in its record."""
        if value is None:
            return MISSING
        if field.targets:
            return self._reference(field, value)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict | list) and _is_opaque(field, value) and not _is_shallow(value):
            return self._unwritable("a value that is nested too deep")
        if isinstance(value, dict):
            return self._object(field, value, path)
        if isinstance(value, list):
            items = [self._item(field, item, path) for item in value]
            return _distinct(items) if field.list_type == "set" else items
        return value

    def _unwritable(self, what: str) -> Missing:
        self.unwritable.append(what)
        return MISSING

    def _text(self, value: str) -> Json | Missing:
        if not value.isascii() and _has_lone_surrogate(value):
            return self._unwritable("a text with half a character")
        if len(value) > LONG_TEXT and not fits_file(value):
            return self._unwritable("a text that is too long for a file")
        return value

    def _reference(self, field: Field, value: Json) -> Json | Missing:
        if not isinstance(value, str):
            return value
        if not value:
            return MISSING  # no record has an empty id
        text = self.spelled.get((field.targets, value)) or self.names.refer(field.targets, value)
        if text is not None:
            return text
        self.dangling.add(value)
        return f"id:{value}"

    def _object(self, field: Field, body: Body, path: str) -> Json | Missing:
        spec: Body = {}
        for name, child in _fields(field, body, path).items():
            if child.read_only or child.runtime:
                continue
            if not name.isascii() and _has_lone_surrogate(name):
                self._unwritable("a name with half a character")
                continue
            have = body.get(name)
            off = have is not None and is_switched_off(child, body)
            # The schema requires nothing in a field whose switch is off.
            suspends = off and not self.suspended and isinstance(have, dict | list)
            value = (replace(self, suspended=True) if suspends else self).write(child, have, name)
            needed = not self.suspended and _is_needed(field, name, body)
            if value is MISSING and self.fill_required and child.kind_of == "array" and needed:
                value = []
            if isinstance(value, Missing) or (off and value in EMPTY and not self.empty_options):
                continue
            if value != [] or self.empty_lists or needed:
                spec[name] = value
        return spec

    def _item(self, field: Field, item: Json, path: str) -> Json:
        value = self.write(field.items or OPAQUE, item if self.item_ids else without_item_id(field, item), path)
        return None if isinstance(value, Missing) else value


def document_value(field: Field | None, value: Json | Missing, identity: Identity, live: LiveState) -> Json | Missing:
    """Return a value of a record as a document would say it."""
    if isinstance(value, Missing):
        return value
    return SpecWriter(Names.of(identity, live), empty_lists=True).write(field or OPAQUE, value, "value")


def without_item_id(field: Field, item: Json) -> Json:
    """Return a list item without the id that the tenant gave it, so that it fits any tenant."""
    ids = {name for names in field.map_keys[:-1] for name in names}.difference(*field.map_keys[-1:])
    if not ids or not isinstance(item, dict):
        return item
    return {name: value for name, value in item.items() if name not in ids}


def _fields(field: Field, body: Body, path: str) -> Mapping[str, Field]:
    """Return the members that a document may have: those of the schema, and others where it allows them."""
    if field.fields is None:
        return dict.fromkeys(body, OPAQUE)
    if not (field.open or field.patterns):
        return field.fields
    others = [name for name in body if name not in field.fields and field.allows(name)]
    return {**field.fields, **dict.fromkeys((name for name in others if not is_the_tenants_own(name, path)), OPAQUE)}


def _is_needed(field: Field, name: str, body: Body) -> bool:
    return field.fields is None or name not in field.fields or is_required(field, name, body)


def _distinct(items: list[Json]) -> list[Json]:
    """Return the items of a set, each once: a document may not list one twice, and a plan compares them as a set."""
    if all(isinstance(item, str) for item in items):
        return list(dict.fromkeys(items))
    return [item for position, item in enumerate(items) if not any(same(item, before) for before in items[:position])]


def _is_opaque(field: Field, value: Body | list[Json]) -> bool:
    """Tell whether the schema doesn't bound how deep a value is nested."""
    return field.fields is None if isinstance(value, dict) else field.items is None


def _is_shallow(value: Json) -> bool:
    """Tell whether a value is not nested too deep for a document. It may be too deep to be looked at by recursion."""
    level: list[Json] = [value]
    for _ in range(DEEPEST):
        inner = [each for each in level if isinstance(each, dict | list)]
        level = [child for each in inner for child in (each.values() if isinstance(each, dict) else each)]
        if not level:
            return True
    return False


def _has_lone_surrogate(text: str) -> bool:
    """Whether the text has half a character, which JSON can hold and a UTF-8 file can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
