"""Say what the catalog knows of one field, as values that reports put into words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rhythmconf.catalog.field import Field
from rhythmconf.catalog.inline import Schema
from rhythmconf.catalog.kind import Kind
from rhythmconf.model import Json, Risk

Condition = Mapping[str, tuple[Json, ...]]
"""Values by the path of the switch that must have one of them."""

_WORDS = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
}

_PLURALS = {"text": "texts", "number": "numbers", "object": "objects", "key": "keys"}


class FieldFacts(NamedTuple):
    """What the schema says about a field. `path` leads to it with dots, and passes through lists without a sign.

    `values` are all that are allowed, `examples` some of several. `targets` are the qualified kinds that a reference
    may name. `when` is the condition under which the field is required, `within` the conditions of the fields around
    it, outermost first. `risk` also comes from the nearest field above. `opaque` says that nothing is known of the
    inside. `members` are the fields below. `title` is what people call the field in reports; empty without one.
    """

    kind: str
    path: str
    type: str
    description: str
    required: bool = False
    read_only: bool = False
    runtime: bool = False
    values: tuple[Json, ...] = ()
    examples: tuple[Json, ...] = ()
    limits: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    when: Condition | None = None
    when_min_items: int = 0
    within: tuple[Condition, ...] = ()
    risk: Risk | None = None
    comment: str = ""
    opaque: bool = False
    members: tuple[str, ...] = ()
    title: str = ""


class _Place(NamedTuple):
    """Where a walk through a kind is: the schema and the Field there, and what it inherits from above."""

    schema: Schema
    field: Field
    tokens: tuple[str, ...] = ()
    risk: Risk | None = None
    required: bool = False
    within: tuple[Condition, ...] = ()

    @property
    def inside(self) -> tuple[Schema, Field]:
        """Return what the members belong to: for a list, its items."""
        schema, field = self.schema, self.field
        while field.items is not None:
            schema, field = schema["items"], field.items
        return schema, field


def describe_fields(kind: Kind) -> Iterator[FieldFacts]:
    """Yield every field of a kind, each before its members."""
    yield from _walk(kind, _Place(kind.schema, kind.root))


def find_field(kind: Kind, path: str) -> FieldFacts | tuple[str, tuple[str, ...]]:
    """Return the field at a path such as `drop_options.drop_notice_id`.

    Where there is none, return the path above the first name that doesn't exist, and the names that do exist there
    and that a document may have.
    """
    place = _Place(kind.schema, kind.root)
    for name in path.split("."):
        # `reminders.0.name`, `reminders.*.name` and `reminders.name` are the same field.
        if place.field.items is not None and (name in ("*", "") or name.isdecimal()):
            continue
        children = {child.tokens[-1]: child for child in _children(place)}
        if name not in children:
            return ".".join(place.tokens), tuple(name for name, child in children.items() if not child.field.read_only)
        place = children[name]
    return _facts(kind, place)


def _walk(kind: Kind, place: _Place) -> Iterator[FieldFacts]:
    for child in _children(place):
        yield _facts(kind, child)
        if not child.field.read_only:
            yield from _walk(kind, child)


def _children(place: _Place) -> Iterator[_Place]:
    schema, owner = place.inside
    above = ".".join(place.tokens)
    within = place.within
    if place.field.when:
        parent = above.rpartition(".")[0]
        within = (*within, _named(place.field.when, parent))
    for name, field in (owner.fields or {}).items():
        required = name in owner.required
        yield _Place(
            schema["properties"][name], field, (*place.tokens, name), field.risk or place.risk, required, within
        )


def _named(when: Condition, parent: str) -> Condition:
    return {f"{parent}.{name}" if parent else name: values for name, values in when.items()}


def _facts(kind: Kind, place: _Place) -> FieldFacts:
    field, path = place.field, ".".join(place.tokens)
    schema, inner = place.inside
    return FieldFacts(
        kind=kind.name,
        path=path,
        type=_type(place.schema, field),
        description=field.description,
        required=place.required,
        read_only=field.read_only,
        runtime=field.runtime,
        values=tuple(schema.get("enum", ())),
        examples=tuple(schema.get("examples", ())),
        limits=tuple(_limits(schema)),
        targets=inner.targets,
        when=_named(field.when, path.rpartition(".")[0]) if field.when else None,
        when_min_items=field.when_min_items,
        within=place.within,
        risk=place.risk,
        comment=str(place.schema.get("$comment") or schema.get("$comment") or ""),
        opaque=inner.kind_of in ("object", "any") and not inner.fields,
        members=tuple(name for name, child in (inner.fields or {}).items() if not child.read_only),
        title=field.title,
    )


def _type(schema: Schema, field: Field) -> str:
    if field.items is not None:
        entries = _type(schema["items"], field.items)
        how = {"set": "in any order", "map": _matched(field), "atomic": "replaced as a whole"}
        entries = _PLURALS.get(entries, entries)
        return f"list of {entries}, {how[field.list_type]}" if field.list_type else f"list of {entries}"
    if field.targets:
        return "key"
    named = schema.get("type")
    return _WORDS.get(named, "any value") if isinstance(named, str) else "any value"


def _matched(field: Field) -> str:
    names = " or ".join(" and ".join(f"`{name}`" for name in names) for names in field.map_keys)
    return f"matched by {names}" + (", in order" if field.ordered else "")


def _limits(schema: Schema) -> Iterator[str]:
    words = {"minimum": "at least {}", "maximum": "at most {}", "minLength": "at least {} characters"}
    for name, text in words.items():
        if name in schema:
            yield text.format(schema[name])
    if "pattern" in schema:
        yield f"matches `{schema['pattern']}`"
