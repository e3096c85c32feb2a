"""Live and target -> a patch that never targets a key field: an item keeps its key, or goes and another comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.engine.diff.lay import Items, Rules, match
from rhythmconf.model import MISSING, Body, Json, Operation, pointer, same, tokens
from rhythmconf.patch import make_patch, unshelved
from rhythmconf.settings import Dialect

Path = tuple[str | int, ...]
_PLAIN = Rules({}, (MISSING, None))


def patch(root: Field, live: Body, target: Body, dialect: Dialect) -> tuple[Operation, ...]:
    """The smallest patch; where that would rename an item into another one, or replace the record, a safer one."""
    smallest = unshelved(make_patch(live, target, operations=dialect.patch_ops))
    if not any(_rewrites(root, str(place)) for each in smallest for place in _places(each)):
        return tuple(smallest)
    return tuple(_members(root, live, target, ()))


def _places(operation: Operation) -> Iterator[Json]:
    yield operation["path"]
    if operation["op"] == "move":
        yield operation["from"]


def _rewrites(root: Field, where: str) -> bool:
    """Whether the pointer is the whole record, or the key field of an item."""
    *above, last = tokens(where) or ("",)
    field: Field | None = root
    keys: set[str] = set()
    for token in above:
        if field is None:
            return False
        keys = {name for names in field.map_keys for name in names}
        field = field.child(token)
    return not where or (last in keys and bool(above) and _is_index(str(above[-1])))


def _is_index(token: str) -> bool:
    return token.isdecimal()


def _edits(field: Field, live: Json, target: Json, path: Path) -> Iterator[Operation]:
    if same(live, target):
        return
    if isinstance(live, dict) and isinstance(target, dict):
        yield from _members(field, live, target, path)
    elif field.map_keys and isinstance(live, list) and isinstance(target, list):
        found = match(field, target, live, _PLAIN)
        if found is None:
            yield {"op": "replace", "path": pointer(path), "value": target}
        else:
            yield from _items(field, *found, path)
    else:
        for each in make_patch(live, target):
            yield {**each, "path": f"{pointer(path)}{each['path']}"}


def _members(field: Field, live: Mapping[str, Json], target: Mapping[str, Json], path: Path) -> Iterator[Operation]:
    fields = field.fields or {}
    for name in dict.fromkeys([*live, *target]):
        place = (*path, name)
        if name not in target:
            yield {"op": "remove", "path": pointer(place)}
        elif name not in live:
            yield {"op": "add", "path": pointer(place), "value": target[name]}
        else:
            yield from _edits(fields.get(name, OPAQUE), live[name], target[name], place)


def _items(field: Field, wanted: Items, had: Items, path: Path) -> Iterator[Operation]:
    """Take away what goes, from the end; then walk the target, and put in what comes or stands elsewhere."""
    now = list(had)
    for position in reversed(range(len(now))):
        if now[position] not in wanted:
            del now[position]
            yield {"op": "remove", "path": pointer((*path, position))}
    for position, (key, item) in enumerate(wanted.items()):
        place = (*path, position)
        if position < len(now) and now[position] == key:
            yield from _edits(field.items or OPAQUE, had[key], item, place)
            continue
        if key in now:
            yield {"op": "remove", "path": pointer((*path, now.index(key)))}
            now.remove(key)
        now.insert(position, key)
        yield {"op": "add", "path": pointer(place), "value": item}
