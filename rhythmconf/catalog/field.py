"""Build a tree of Fields from a schema: everything that the schema says about each position."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from rhythmconf.catalog.inline import Schema
from rhythmconf.catalog.verdict import matches
from rhythmconf.model import MISSING, Body, Does, Json, Missing, Risk, same

Tokens: TypeAlias = tuple[str | int, ...]
"""The parts of a JSON Pointer; array indices are integers."""

FieldType = Literal["object", "array", "string", "number", "boolean", "any"]
ListType = Literal["atomic", "set", "map"]
Takes = Literal["certifications", "applications", "memberships"]

_TYPES: Mapping[str, FieldType] = {
    "object": "object",
    "array": "array",
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
}


_BLANKS: Mapping[FieldType, Json] = {"object": {}, "array": []}


class StepRole(NamedTuple):
    """What a step of a run does, and what it takes (`x-step`)."""

    does: Does
    takes: Takes


class ScheduleRole(NamedTuple):
    """The fields beside the text of a schedule (`x-schedule`): the template that it runs, and its lead time in days."""

    runs: str
    lead: str


class Field(NamedTuple):
    """One position of a kind: a record, a member, or the items of a list.

    `fields` and `required` describe an object, `items` and the list keywords an array. `ref` and `external` name
    qualified kinds. They are set on the string that is the reference; in a list of references that is its items.
    `when` makes the field required while every sibling that it names has one of those values; it then needs at least
    `when_min_items` items. An object without `fields` is opaque.

    `step` marks an option of a template that is a step of its runs, `window` the two bounds of a step, and `schedule`
    the text of a schedule. `active` marks the field that says whether a record is in use, `passes` a date that makes
    no sense once it has passed, `is_date` any other date, and `merge_fields` a text with placeholders. `title` is what
    people call the field.
    """

    kind_of: FieldType = "any"
    fields: "Mapping[str, Field] | None" = None
    items: "Field | None" = None
    required: frozenset[str] = frozenset()
    read_only: bool = False
    runtime: bool = False
    ref: tuple[str, ...] = ()
    external: str | None = None
    list_type: ListType | None = None
    map_keys: tuple[tuple[str, ...], ...] = ()
    ordered: bool = False
    when: Mapping[str, tuple[Json, ...]] | None = None
    when_min_items: int = 0
    risk: Risk | None = None
    description: str = ""
    open: bool = False
    patterns: tuple[str, ...] = ()
    blank: "Json | Missing" = MISSING
    step: StepRole | None = None
    window: Literal["start", "end"] | None = None
    schedule: ScheduleRole | None = None
    active: bool = False
    passes: bool = False
    is_date: bool = False
    merge_fields: bool = False
    title: str = ""

    def allows(self, name: str) -> bool:
        """Tell whether a member that is not among `fields` may be in a document."""
        return self.open or any(matches(pattern, name) for pattern in self.patterns)

    @property
    def targets(self) -> tuple[str, ...]:
        """Return every kind that a reference at this position may name."""
        return (*self.ref, self.external) if self.external else self.ref

    def child(self, name: str) -> "Field | None":
        """Return the field one step down a pointer; None where the schema has none."""
        if self.items is not None:
            return self.items if name == "-" or name.isdecimal() else None
        return self.fields.get(name) if self.fields else None


OPAQUE = Field()
"""A field that the schema says nothing about."""


def build(schema: Schema, module: str) -> Field:
    """Build the Field of an inlined schema, and all below it; a kind without a module gets `module`."""
    properties = schema.get("properties")
    items = schema.get("items")
    when = schema.get("x-when")
    external = schema.get("x-external")
    step, schedule = schema.get("x-step"), schema.get("x-schedule")
    return Field(
        kind_of=_type(schema),
        fields={name: build(child, module) for name, child in properties.items()} if properties else None,
        items=build(items, module) if isinstance(items, dict) else None,
        required=frozenset(schema.get("required", ())),
        read_only=bool(schema.get("readOnly")),
        runtime=bool(schema.get("x-runtime")),
        ref=tuple(qualify(name, module) for name in _listed(schema.get("x-ref", ()))),
        external=qualify(external, module) if external else None,
        list_type=schema.get("x-list-type"),
        map_keys=tuple(tuple(_listed(names)) for names in schema.get("x-list-map-keys", ())),
        ordered=schema.get("x-list-order") == "significant",
        when={name: tuple(values) for name, values in when.items()} if when else None,
        when_min_items=schema.get("x-when-min-items", 0),
        risk=schema.get("x-risk"),
        description=str(schema.get("description") or schema.get("title") or ""),
        open=schema.get("additionalProperties", False) is not False,
        patterns=tuple(schema.get("patternProperties", ())),
        blank=_BLANKS.get(_type(schema), MISSING),
        step=StepRole(**step) if step else None,
        window=schema.get("x-window"),
        schedule=ScheduleRole(**schedule) if schedule else None,
        active=bool(schema.get("x-active")),
        passes=bool(schema.get("x-passes")),
        is_date=bool(schema.get("x-date")),
        merge_fields=bool(schema.get("x-merge-fields")),
        title=str(schema.get("title") or ""),
    )


def qualify(name: str, module: str) -> str:
    """Return the qualified name of a kind: `program` becomes `certifications/program`; a name with a module stays."""
    return name if "/" in name else f"{module}/{name}"


def missing(field: Field, body: Json, path: Tokens = ()) -> Iterator[tuple[Tokens, Field]]:
    """Yield path (below `path`) and Field of every required value that `body` lacks; `x-when` is taken into account.

    Fields that the tenant sets (`readOnly`) don't count. Null, and a list shorter than `when_min_items`, count as
    missing. Nothing is required in a field whose switch is off.
    """
    if isinstance(body, list) and field.items is not None:
        for position, item in enumerate(body):
            yield from missing(field.items, item, (*path, position))
    if isinstance(body, dict) and field.fields:
        for name, child in field.fields.items():
            if not child.read_only and is_required(field, name, body) and _lacks(child, body.get(name)):
                yield (*path, name), child
            elif name in body and not is_switched_off(child, body):
                yield from missing(child, body[name], (*path, name))


def is_required(parent: Field, name: str, body: Body) -> bool:
    """Tell whether the object `body` must have the member `name`, given the values of its switches."""
    child = (parent.fields or {})[name]
    return name in parent.required or (child.when is not None and switched_on(child.when, body))


def is_switched_off(field: Field, body: Body) -> bool:
    """Tell whether a member of the object `body` has a switch, and the switch is off."""
    return field.when is not None and not switched_on(field.when, body)


def switched_on(when: Mapping[str, tuple[Json, ...]], body: Body) -> bool:
    """Tell whether every sibling that an `x-when` names has one of its values in `body`."""
    return all(name in body and any(same(body[name], one) for one in values) for name, values in when.items())


def _lacks(field: Field, value: Json) -> bool:
    return value is None or (isinstance(value, list) and field.when is not None and len(value) < field.when_min_items)


def _type(schema: Schema) -> FieldType:
    # `["string", "null"]` is a string: null is allowed for whatever isn't required.
    names = [name for name in _listed(schema.get("type", ())) if name != "null"]
    return _TYPES.get(names[0], "any") if len(names) == 1 else "any"


def _listed(value: str | list[str] | tuple[str, ...]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
