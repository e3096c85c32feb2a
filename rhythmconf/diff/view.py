"""Live and target -> what people see (one FieldChange a leaf), and what a rollback needs (the managed fields)."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.catalog import Field, Kind
from rhythmconf.diff.lay import OPAQUE, Rules, is_ours, match
from rhythmconf.model import MISSING, Body, FieldChange, Json, Missing, Risk, pointer, same

Path = tuple[str | int, ...]
_PLAIN = Rules({}, (MISSING, None))


def field_changes(kind: Kind, live: Body, target: Body) -> tuple[FieldChange, ...]:
    """Every leaf that differs. A list that isn't keyed, and an item that comes or goes, is one leaf.

    The path of an item that goes counts in the live list, every other path in the target.
    """
    return tuple(_changes(kind.root, live, target, (), None))


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


def whole(field: Field, live: Json) -> Json:
    """A record without what only the tenant can set, so that it can be created again."""
    if isinstance(live, list):
        return [whole(field.items or OPAQUE, item) for item in live]
    if not isinstance(live, dict):
        return live
    fields = field.fields or {}
    kept = {name: value for name, value in live.items() if not fields.get(name, OPAQUE).read_only}
    return {name: whole(fields.get(name, OPAQUE), value) for name, value in kept.items()}


def _changes(
    field: Field, old: Json | Missing, new: Json | Missing, path: Path, inherited: Risk | None
) -> Iterator[FieldChange]:
    risk = field.risk or inherited
    if same(old, new):
        return
    if _branches(field, old, new):
        yield from _members(field, _object(old), _object(new), path, risk)
    elif field.list_type == "map":
        yield from _items(field, old, new, path, risk)
    else:
        yield FieldChange(pointer(path), old, new, risk or _within(field))


def _branches(field: Field, old: Json | Missing, new: Json | Missing) -> bool:
    """Whether the change is shown member by member: an object on one side, an object or nothing on the other."""
    sides = [side for side in (old, new) if side is not None and side is not MISSING]
    return not field.targets and bool(sides) and all(isinstance(side, dict) and side for side in sides)


def _object(value: Json | Missing) -> Body:
    return value if isinstance(value, dict) else {}


def _members(field: Field, old: Body, new: Body, path: Path, risk: Risk | None) -> Iterator[FieldChange]:
    fields = field.fields or {}
    for name in dict.fromkeys([*old, *new]):
        child = fields.get(name, OPAQUE)
        yield from _changes(child, old.get(name, MISSING), new.get(name, MISSING), (*path, name), risk)


def _items(
    field: Field, old: Json | Missing, new: Json | Missing, path: Path, risk: Risk | None
) -> Iterator[FieldChange]:
    before, after = old if isinstance(old, list) else [], new if isinstance(new, list) else []
    found, items = match(field, after, before, _PLAIN), field.items or OPAQUE
    if found is None or not (before or after):
        yield FieldChange(pointer(path), old, new, risk or _within(items))
        return
    wanted, had = found
    if [key for key in had if key in wanted] != [key for key in wanted if key in had]:
        yield FieldChange(pointer(path), old, new, risk or _within(items))
        return
    for position, (key, item) in enumerate(had.items()):
        if key not in wanted:
            yield FieldChange(pointer((*path, position)), item, MISSING, risk or _within(items))
    for position, (key, item) in enumerate(wanted.items()):
        if key in had:
            yield from _changes(items, had[key], item, (*path, position), risk)
        else:
            yield FieldChange(pointer((*path, position)), MISSING, item, risk or _within(items))


def _within(field: Field) -> Risk | None:
    """The risk of something inside, for what is shown whole."""
    if field.risk is not None:
        return field.risk
    inside = [*(field.fields or {}).values(), *([field.items] if field.items else [])]
    return next((risk for risk in map(_within, inside) if risk is not None), None)
