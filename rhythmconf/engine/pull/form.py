"""A record to the spec of a document: without what is the tenant's own, ids turned into keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.catalog.field import is_required
from rhythmconf.engine.pull.names import Names
from rhythmconf.model import MISSING, Body, Identity, Json, LiveState, Missing


@dataclass(slots=True)
class Form:
    """How values are written: `empty_lists` tells whether an optional `[]` is written, `fill_in` whether a required
    list that is absent is an empty one, `numbers` whether items of lists keep the ids that the tenant gave them.

    `spelled` has the words that a document uses already for an id. `dangling` collects the ids that name no record,
    `lost` the texts that no file can hold.
    """

    names: Names
    empty_lists: bool = False
    fill_in: bool = False
    numbers: bool = False
    spelled: Mapping[tuple[tuple[str, ...], str], str] = field(default_factory=dict)
    dangling: set[str] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)


def spoken(field: Field | None, value: Json | Missing, who: Identity, live: LiveState) -> Json | Missing:
    """A value of a record as a document would say it."""
    if isinstance(value, Missing):
        return value
    return form(field or OPAQUE, value, Form(Names.of(who, live), empty_lists=True))


def form(field: Field, value: Json, how: Form) -> Json | Missing:
    """The value as a new document says it; MISSING where there is nothing to say."""
    if value is None:
        return MISSING
    if field.targets:
        return _reference(field, value, how)
    if isinstance(value, dict):
        return _object(field, value, how)
    if isinstance(value, list):
        return [_item(field, item, how) for item in value]
    if isinstance(value, str) and not value.isascii() and _is_broken(value):
        how.lost.append(value)
        return MISSING
    return value


def _reference(field: Field, value: Json, how: Form) -> Json:
    if not isinstance(value, str):
        return value
    text = how.spelled.get((field.targets, value)) or how.names.refer(field.targets, value)
    if text is not None:
        return text
    how.dangling.add(value)
    return f"id:{value}"


def _object(field: Field, body: Body, how: Form) -> Json | Missing:
    fields = dict.fromkeys(body, OPAQUE) if field.fields is None else field.fields
    made: Body = {}
    for name, child in fields.items():
        if child.read_only or child.runtime:
            continue
        value = form(child, body.get(name), how)
        if value is MISSING and how.fill_in and child.kind_of == "array" and _is_needed(field, name, body):
            value = []
        if not isinstance(value, Missing) and (value != [] or how.empty_lists or _is_needed(field, name, body)):
            made[name] = value
    return made


def _is_needed(field: Field, name: str, body: Body) -> bool:
    return field.fields is None or is_required(field, name, body)


def _item(field: Field, item: Json, how: Form) -> Json:
    made = form(field.items or OPAQUE, item if how.numbers else unnumbered(field, item), how)
    return None if isinstance(made, Missing) else made


def unnumbered(field: Field, item: Json) -> Json:
    """An item of a list without the id that the tenant gave it, so that it can go to any tenant."""
    numbers = {name for names in field.map_keys[:-1] for name in names}.difference(*field.map_keys[-1:])
    if not numbers or not isinstance(item, dict):
        return item
    return {name: value for name, value in item.items() if name not in numbers}


def _is_broken(text: str) -> bool:
    """Whether the text has half a character, which JSON can hold and no file can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
