"""Live and target -> what people see (one FieldChange a leaf), and what a rollback needs (the managed fields)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Field, Kind
from rhythmconf.engine.diff.lay import Items, Rules, is_ours, match
from rhythmconf.engine.identity.marks import FIELD
from rhythmconf.model import MISSING, Body, FieldChange, Json, Missing, Risk, pointer, same

_PLAIN = Rules({}, (MISSING, None))


class Place(NamedTuple):
    """Where in a record: the path, the words for it when it passes through an item, the risk of what lies around."""

    path: tuple[str | int, ...] = ()
    risk: Risk | None = None
    words: str = ""

    @property
    def label(self) -> str:
        """The words, where they say more than the path."""
        return self.words if "[" in self.words else ""

    def member(self, name: str) -> Place:
        """One step down into an object."""
        return Place((*self.path, name), self.risk, f"{self.words}.{name}" if self.words else name)

    def item(self, position: int, name: str) -> Place:
        """One step down into a keyed list."""
        return Place((*self.path, position), self.risk, f"{self.words}[{name}]")


def field_changes(kind: Kind, live: Body, target: Body) -> tuple[FieldChange, ...]:
    """Every leaf that differs. A list that isn't keyed, and an item that comes or goes, is one leaf.

    The path of an item that goes counts in the live list, every other path in the target.
    """
    return tuple(_changes(kind.root, live, target, Place()))


def managed(field: Field, desired: Body, live: Body) -> Body:
    """What the record has now of all that `desired` declares."""
    fields, kept = field.fields or {}, {}
    for name, want in desired.items():
        child, have = fields.get(name, OPAQUE), live.get(name, MISSING)
        if not is_ours(child) or isinstance(have, Missing):
            continue
        nested = isinstance(want, dict) and isinstance(have, dict) and not child.targets
        kept[name] = managed(child, want, have) if nested else have  # type: ignore[arg-type]
    return kept


def restorable(root: Field, live: Body) -> Body:
    """A record without what only the tenant can set, so that it can be created again; the mark is kept."""
    kept = {name: value for name, value in live.items() if name != "id" and not name.startswith("sys_")}
    return {**_object(_without_read_only(root, kept)), FIELD: live.get(FIELD)}


def _without_read_only(field: Field, live: Json) -> Json:
    if isinstance(live, list):
        return [_without_read_only(field.items or OPAQUE, item) for item in live]
    if not isinstance(live, dict):
        return live
    fields = field.fields or {}
    kept = {name: value for name, value in live.items() if not fields.get(name, OPAQUE).read_only}
    return {name: _without_read_only(fields.get(name, OPAQUE), value) for name, value in kept.items()}


def _changes(field: Field, old: Json | Missing, new: Json | Missing, place: Place) -> Iterator[FieldChange]:
    if same(old, new):
        return
    place = place._replace(risk=field.risk or place.risk)
    if _branches(field, old, new):
        yield from _members(field, _object(old), _object(new), place)
    elif field.list_type == "map":
        yield from _items(field, old, new, place)
    else:
        yield _leaf(field, old, new, place)


def _leaf(field: Field, old: Json | Missing, new: Json | Missing, place: Place) -> FieldChange:
    return FieldChange(pointer(place.path), old, new, place.risk or _within(field), label=place.label)


def _branches(field: Field, old: Json | Missing, new: Json | Missing) -> bool:
    """Whether the change is shown member by member: an object on one side, an object or nothing on the other."""
    sides = [side for side in (old, new) if side is not None and side is not MISSING]
    return not field.targets and any(sides) and all(isinstance(side, dict) for side in sides)


def _object(value: Json | Missing) -> Body:
    return value if isinstance(value, dict) else {}


def _members(field: Field, old: Body, new: Body, place: Place) -> Iterator[FieldChange]:
    fields = field.fields or {}
    for name in dict.fromkeys([*old, *new]):
        yield from _changes(
            fields.get(name, OPAQUE), old.get(name, MISSING), new.get(name, MISSING), place.member(name)
        )


def _items(field: Field, old: Json | Missing, new: Json | Missing, place: Place) -> Iterator[FieldChange]:
    before, after = old if isinstance(old, list) else [], new if isinstance(new, list) else []
    found = match(field, after, before, _PLAIN) if before or after else None
    if found is None or _reordered(*found):
        yield _leaf(field, old, new, place)
        return
    wanted, had = found
    items = field.items or OPAQUE
    for position, (key, item) in enumerate(had.items()):
        if key not in wanted:
            yield _leaf(items, item, MISSING, place.item(position, _name(field, item)))
    for position, (key, item) in enumerate(wanted.items()):
        here = place.item(position, _name(field, item))
        yield from _changes(items, had[key], item, here) if key in had else [_leaf(items, MISSING, item, here)]


def _reordered(wanted: Items, had: Items) -> bool:
    return [key for key in had if key in wanted] != [key for key in wanted if key in had]


def _name(field: Field, item: Body) -> str:
    """What people call an item: the values of its last possible key, which is the author's."""
    keys = [[item.get(name) for name in names] for names in reversed(field.map_keys)]
    values = next(values for values in keys if None not in values)
    return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values)


def _within(field: Field) -> Risk | None:
    """The risk of something inside, for what is shown whole."""
    if field.risk is not None:
        return field.risk
    inside = [*(field.fields or {}).values(), *([field.items] if field.items else [])]
    return next((risk for risk in map(_within, inside) if risk is not None), None)
