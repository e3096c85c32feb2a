"""Show a difference to people, one FieldChange for each leaf, and keep the fields that a rollback needs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Field, Kind
from rhythmconf.engine.diff.target import RESOLVED, Items, is_compared, match_items
from rhythmconf.model import MARK_FIELD, MISSING, Body, FieldChange, Json, Missing, Risk, pointer, same
from rhythmconf.model.quoting import bracketed_name


class _Position(NamedTuple):
    """A position in a record: its path, its label for people, and the risk of the field around it.

    `former` is the label with the names that list items had before, `items` are the names of the list items.
    """

    path: tuple[str | int, ...] = ()
    risk: Risk | None = None
    label: str = ""
    former: str = ""
    items: tuple[str, ...] = ()

    def member(self, name: str) -> _Position:
        label, former = (f"{above}.{name}" if above else name for above in (self.label, self.former))
        return _Position((*self.path, name), self.risk, label, former, self.items)

    def item(self, index: int, name: str, former: str = "") -> _Position:
        label, earlier = f"{self.label}[{name}]", f"{self.former}[{former or name}]"
        return _Position((*self.path, index), self.risk, label, earlier, (*self.items, name))


def field_changes(kind: Kind, live: Body, target: Body) -> tuple[FieldChange, ...]:
    """Return every leaf that differs. A list without keys is one leaf, and so is an item that is added or removed.

    The path of a removed item counts in the live list, every other path in the target.
    """
    return tuple(_changes(kind.root, live, target, _Position()))


def managed_fields(field: Field, desired: Body, live: Body) -> Body:
    """Return the live values of everything that `desired` declares."""
    fields, managed = field.fields or {}, {}
    for name, want in desired.items():
        child, have = fields.get(name, OPAQUE), live.get(name, MISSING)
        if not is_compared(child) or isinstance(have, Missing):
            continue
        nested = isinstance(want, dict) and isinstance(have, dict) and not child.targets
        managed[name] = managed_fields(child, want, have) if nested else have  # type: ignore[arg-type]
    return managed


def restorable_body(root: Field, live: Body) -> Body:
    """Return what is needed to create the record again: no read-only fields, but the mark."""
    kept = {name: value for name, value in live.items() if name != "id" and not name.startswith("sys_")}
    return {**_object(_without_read_only(root, kept)), MARK_FIELD: live.get(MARK_FIELD)}


def _without_read_only(field: Field, live: Json) -> Json:
    if isinstance(live, list):
        return [_without_read_only(field.items or OPAQUE, item) for item in live]
    if not isinstance(live, dict):
        return live
    fields = field.fields or {}
    kept = {name: value for name, value in live.items() if not fields.get(name, OPAQUE).read_only}
    return {name: _without_read_only(fields.get(name, OPAQUE), value) for name, value in kept.items()}


def _changes(field: Field, old: Json | Missing, new: Json | Missing, position: _Position) -> Iterator[FieldChange]:
    if same(old, new):
        return
    position = position._replace(risk=field.risk or position.risk)
    values = [value for value in (old, new) if value is not None and value is not MISSING]
    if not field.targets and any(values) and all(isinstance(value, dict) for value in values):
        # An object on one side, an object or nothing on the other: each member is shown by itself.
        fields, before, after = field.fields or {}, _object(old), _object(new)
        for name in dict.fromkeys([*before, *after]):
            child = fields.get(name, OPAQUE)
            yield from _changes(child, before.get(name, MISSING), after.get(name, MISSING), position.member(name))
    elif field.list_type == "map":
        yield from _item_changes(field, old, new, position)
    else:
        yield _leaf(field, old, new, position)


def _leaf(field: Field, old: Json | Missing, new: Json | Missing, position: _Position) -> FieldChange:
    label = position.label if "[" in position.label else ""
    former = position.former if position.former != position.label else ""
    risk = position.risk or _risk_within(field)
    return FieldChange(pointer(position.path), old, new, risk, label=label, former=former, items=position.items)


def _object(value: Json | Missing) -> Body:
    return value if isinstance(value, dict) else {}


def _item_changes(field: Field, old: Json | Missing, new: Json | Missing, position: _Position) -> Iterator[FieldChange]:
    before, after = old if isinstance(old, list) else [], new if isinstance(new, list) else []
    matched = match_items(field, after, before, RESOLVED) if before or after else None
    if matched is None or _is_reordered(*matched):
        yield _leaf(field, old, new, position)
        return
    wanted, had = matched
    items, names, former = field.items or OPAQUE, _names(field, wanted), _names(field, had)
    for index, (key, item) in enumerate(had.items()):
        if key not in wanted:
            yield _leaf(items, item, MISSING, position.item(index, former[key]))
    for index, (key, item) in enumerate(wanted.items()):
        at_item = position.item(index, names[key], former.get(key, ""))
        yield from _changes(items, had[key], item, at_item) if key in had else [_leaf(items, MISSING, item, at_item)]


def _is_reordered(wanted: Items, had: Items) -> bool:
    return [key for key in had if key in wanted] != [key for key in wanted if key in had]


def _names(field: Field, items: Items) -> dict[int, str]:
    """Return what people call each item; of several with one name, the second is `60 days #2`."""
    seen: Counter[str] = Counter()
    names: dict[int, str] = {}
    for number, item in items.items():
        name = bracketed_name(_name(field, item))
        seen[name] += 1
        names[number] = f"{name} #{seen[name]}" if seen[name] > 1 else name
    return names


def _name(field: Field, item: Body) -> str:
    """Return what people call an item: the values of its last possible key, which the author chose."""
    keys = [[item.get(name) for name in names] for names in reversed(field.map_keys)]
    values = next(values for values in keys if None not in values)
    return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values)


def _risk_within(field: Field) -> Risk | None:
    """Return the risk of the field or of something inside it, because a leaf is shown whole."""
    if field.risk is not None:
        return field.risk
    inside = [*(field.fields or {}).values(), *([field.items] if field.items else [])]
    return next((risk for risk in map(_risk_within, inside) if risk is not None), None)
