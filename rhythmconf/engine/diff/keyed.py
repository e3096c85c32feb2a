"""Make a patch that keeps the keys of list items: an item keeps its key, or is removed and another one added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from rhythmconf import patch as patching
from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.engine.diff.target import RESOLVED, Items, item_keys, match_items
from rhythmconf.model import Body, Json, Operation, pointer, same, tokens
from rhythmconf.settings import Dialect

Path = tuple[str | int, ...]


def make_keyed_patch(root: Field, live: Body, target: Body, dialect: Dialect) -> tuple[Operation, ...]:
    """Return the smallest patch, or a safer one where that would replace the record or make one item into another.

    A patch makes an item into another one where it changes its key. Of items that share a key it may edit the wrong
    one: then it also writes what the tenant keeps in them and no document declares.
    """
    smallest = patching.without_short_names(patching.make_patch(live, target, operations=dialect.patch_ops))
    touched = [str(operation["path"]) for operation in smallest]
    touched += [str(operation["from"]) for operation in smallest if operation["op"] == "move"]
    if any(_is_record_or_key(root, where) for where in touched) or any(
        _has_twins(*at_list) for side in (live, target) for at_list in _keyed_lists(root, side, touched)
    ):
        return tuple(_members(root, live, target, ()))
    return tuple(smallest)


def _is_record_or_key(root: Field, where: str) -> bool:
    """Whether the pointer leads to the whole record or to the key field of an item."""
    *above, last = tokens(where) or ("",)
    field: Field | None = root
    keys: set[str] = set()
    for token in above:
        if field is None:
            return False
        keys = {name for names in field.map_keys for name in names}
        field = field.child(token)
    return not where or (last in keys and bool(above) and str(above[-1]).isdecimal())


def _keyed_lists(root: Field, body: Body, touched: Iterable[str]) -> Iterator[tuple[Field, Json]]:
    """Yield the outer keyed lists that have the items to which the pointers lead."""
    for above in {tokens(where)[:-1] for where in touched}:
        field, value = root, cast("Json", body)
        for token in above:
            if field.map_keys or not isinstance(value, dict):
                break
            field, value = field.child(token) or OPAQUE, value.get(token)
        if field.map_keys:
            yield field, value


def _has_twins(field: Field, value: Json) -> bool:
    """Whether a keyed list or one inside its items has items that no key tells apart."""
    if isinstance(value, dict):
        return any(_has_twins(child, value.get(name)) for name, child in (field.fields or {}).items())
    if not isinstance(value, list) or field.items is None:
        return False
    keys = item_keys(field, value, RESOLVED) or [] if field.map_keys else []
    last = [names[-1] for names in keys if all(name is None for name in names[:-1])]
    return len(set(last)) < len(last) or any(_has_twins(field.items, item) for item in value)


def _edits(field: Field, live: Json, target: Json, path: Path) -> Iterator[Operation]:
    if same(live, target):
        return
    if isinstance(live, dict) and isinstance(target, dict):
        yield from _members(field, live, target, path)
    elif field.map_keys and isinstance(live, list) and isinstance(target, list):
        matched = match_items(field, target, live, RESOLVED)
        if matched is None:
            yield {"op": "replace", "path": pointer(path), "value": target}
        else:
            yield from _items(field, *matched, path)
    else:
        for operation in patching.make_patch(live, target):
            yield {**operation, "path": f"{pointer(path)}{operation['path']}"}


def _members(field: Field, live: Mapping[str, Json], target: Mapping[str, Json], path: Path) -> Iterator[Operation]:
    fields = field.fields or {}
    for name in dict.fromkeys([*live, *target]):
        member = (*path, name)
        if name not in target:
            yield {"op": "remove", "path": pointer(member)}
        elif name not in live:
            yield {"op": "add", "path": pointer(member), "value": target[name]}
        else:
            yield from _edits(fields.get(name, OPAQUE), live[name], target[name], member)


def _items(field: Field, wanted: Items, had: Items, path: Path) -> Iterator[Operation]:
    """Remove items from the end, then go through the target and add what is missing or stands elsewhere."""
    now = list(had)
    for position in reversed(range(len(now))):
        if now[position] not in wanted:
            del now[position]
            yield {"op": "remove", "path": pointer((*path, position))}
    for position, (key, item) in enumerate(wanted.items()):
        if position < len(now) and now[position] == key:
            yield from _edits(field.items or OPAQUE, had[key], item, (*path, position))
            continue
        if key in now:
            yield {"op": "remove", "path": pointer((*path, now.index(key)))}
            now.remove(key)
        now.insert(position, key)
        yield {"op": "add", "path": pointer((*path, position)), "value": item}
