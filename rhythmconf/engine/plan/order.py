"""Differences -> Changes in waves: referred-to records first, deletions last and the other way round.

A cycle is cut at its first optional reference: a create leaves that out and closes the cycle with its `patch`,
a delete drops it with its `patch` before anything is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import jsonpatch

from rhythmconf.catalog import Catalog, Field, Kind, references
from rhythmconf.catalog.field import is_required
from rhythmconf.engine.diff import Difference
from rhythmconf.engine.plan import codes
from rhythmconf.engine.plan.graph import Levels, Step, levels
from rhythmconf.errors import PlanError
from rhythmconf.model import Body, Change, Json, Key, Missing, Operation, at, pointer, tokens


class Link(NamedTuple):
    """A reference at pointer `where`; `open` while the record it names does not exist yet."""

    where: str
    open: bool


Links = Mapping[Key, Mapping[Key, Sequence[Link]]]
"""What each key refers to among the changed ones, and where."""


def ordered(differences: Sequence[Difference], catalog: Catalog) -> tuple[Change, ...]:
    """The changes with `depends_on` and `wave`, sorted by wave, kind and key.

    Raises PlanError for a cycle of references none of which can be left out at first.
    """
    writes = [each for each in differences if each.change.action != "delete"]
    deletes = [each for each in differences if each.change.action == "delete"]
    done = _writes(writes, catalog)
    last = max((change.wave for change in done), default=-1)
    done += [change._replace(wave=change.wave + last + 1) for change in _deletes(deletes, catalog)]
    return tuple(sorted(done, key=in_order))


def in_order(change: Change) -> tuple[int, Key]:
    """What changes are sorted by."""
    return change.wave, change.key


def _writes(differences: Sequence[Difference], catalog: Catalog) -> list[Change]:
    named = {(each.change.key.kind, each.change.id): each.change.key for each in differences if _matters(each.change)}
    links = {each.change.key: _links(each.change.key, each.target or {}, named, catalog) for each in differences}
    creates = {each.change.key for each in differences if each.change.action == "create"}
    known = {key: {to: found for to, found in below.items() if to in links} for key, below in links.items()}
    bodies = {each.change.key: each.target or {} for each in differences}
    found = levels(known, partial(_drop, links=known, bodies=bodies, catalog=catalog))
    return [_placed(each.change, known, found, catalog, creates) for each in differences]


def _placed(change: Change, links: Links, found: Levels, catalog: Catalog, creates: set[Key]) -> Change:
    key, below = change.key, links[change.key]
    dropped = [to for to in below if (key, to) in found.dropped or to == key]
    holes = [link.where for to in dropped if to in creates for link in below[to] if link.open]
    change = change._replace(
        depends_on=tuple(sorted(to for to in below if to not in dropped)),
        wave=found.of[key],
    )
    return _opened(change, holes, catalog.kind(key.kind)) if holes else change


def _deletes(differences: Sequence[Difference], catalog: Catalog) -> list[Change]:
    named = {(each.change.key.kind, each.change.id): each.change.key for each in differences}
    links = {each.change.key: _links(each.change.key, each.live or {}, named, catalog) for each in differences}
    after: dict[Key, dict[Key, Sequence[Link]]] = {key: {} for key in links}
    for key, below in links.items():
        for to, found in below.items():
            after[to][key] = found
    bodies = {each.change.key: each.live or {} for each in differences}
    drop = partial(_drop_before_delete, links=links, bodies=bodies, catalog=catalog)
    placed = levels(after, drop)
    return [_freed(each.change, after, links, placed, bodies, catalog) for each in differences]


def _freed(
    change: Change,
    after: Links,
    links: Links,
    placed: Levels,
    bodies: Mapping[Key, Body],
    catalog: Catalog,
) -> Change:
    """A deletion in its place; where it is deleted after what it refers to, its patch drops the reference first."""
    key = change.key
    dropped = [link.where for to, found in links[key].items() if (to, key) in placed.dropped for link in found]
    kind, body = catalog.kind(key.kind), bodies[key]
    patch: list[Operation] = [{"op": "remove", "path": unit} for unit in _units(kind, body, dropped)]
    earlier = tuple(sorted(by for by in after[key] if by != key and (key, by) not in placed.dropped))
    return change._replace(depends_on=earlier, wave=placed.of[key], patch=tuple(patch))


def _matters(change: Change) -> bool:
    return change.id is not None and bool(change.fields)


def _links(
    key: Key, body: Body, named: Mapping[tuple[str, str | None], Key], catalog: Catalog
) -> dict[Key, list[Link]]:
    found: dict[Key, list[Link]] = {}
    for where, field, value in references(catalog.kind(key.kind), body):
        for to in _referred(field, value, named):
            found.setdefault(to, []).append(Link(where, isinstance(value, dict)))
    return found


def _referred(field: Field, value: Json, named: Mapping[tuple[str, str | None], Key]) -> Iterable[Key]:
    if isinstance(value, dict):
        return [Key.parse(str(value.get("$ref")))]
    return [named[kind, value] for kind in field.targets if isinstance(value, str) and (kind, value) in named]


def _drop(cycle: Sequence[Step], links: Links, bodies: Mapping[Key, Body], catalog: Catalog) -> Step:
    """The step not to heed: one between records that exist already, else the first optional reference."""
    for key, to in cycle:
        if not any(link.open for link in links[key][to]):
            return key, to
    for key, to in cycle:
        if _optional(catalog.kind(key.kind), bodies[key], [link.where for link in links[key][to]]):
            return key, to
    raise _endless(cycle)


def _drop_before_delete(cycle: Sequence[Step], links: Links, bodies: Mapping[Key, Body], catalog: Catalog) -> Step:
    """Here a step says that the first is deleted after the second, which refers to it."""
    for to, key in cycle:
        if _optional(catalog.kind(key.kind), bodies[key], [link.where for link in links[key][to]]):
            return to, key
    raise _endless([(to, key) for key, to in reversed(cycle)])


def _endless(cycle: Sequence[Step]) -> PlanError:
    ring = " -> ".join(str(key) for key, _ in [*cycle, cycle[0]])
    return PlanError(
        f"these records need each other, so none can come first: {ring}",
        help="Make one of the references optional, or create one record in Rhythm and bind it.",
        code=codes.REFERENCE_CYCLE,
    )


def _opened(change: Change, holes: Sequence[str], kind: Kind) -> Change:
    """A create without the references at `holes`, and the patch that puts them in afterwards."""
    body = change.body or {}
    if not _optional(kind, body, holes):
        raise _endless([(change.key, change.key)])
    units = list(_units(kind, body, holes))
    patch: list[Operation] = [{"op": "add", "path": unit, "value": _there(body, unit)} for unit in units]
    bare = jsonpatch.JsonPatch([{"op": "remove", "path": unit} for unit in units]).apply(body)
    return change._replace(body=bare, patch=tuple(patch))


def _there(body: Body, where: str) -> Json:
    value = at(body, where)
    return None if isinstance(value, Missing) else value


def _optional(kind: Kind, body: Body, wheres: Iterable[str]) -> bool:
    return all(_unit(kind, body, where) for where in wheres)


def _units(kind: Kind, body: Body, wheres: Iterable[str]) -> Iterator[str]:
    """The members to leave out for the references at `wheres`, none inside another."""
    found: list[str] = []
    for unit in sorted({_unit(kind, body, where) for where in wheres} - {""}, key=len):
        if not any(unit.startswith(f"{above}/") for above in found):
            found.append(unit)
            yield unit


def _unit(kind: Kind, body: Body, where: str) -> str:
    """The innermost member around a reference that a record can do without; empty where there is none."""
    path = tokens(where)
    for length in range(len(path), 0, -1):
        above, name = pointer(path[: length - 1]), path[length - 1]
        parent, value = kind.field(above), at(body, above)
        if parent is None or not parent.fields or not isinstance(value, dict):
            continue
        if not is_required(parent, name, value) and not _is_key(kind, path[: length - 1], name):
            return pointer(path[:length])
    return ""


def _is_key(kind: Kind, item: Sequence[str], name: str) -> bool:
    """Whether `name` may tell an item from the others of its list."""
    above = kind.field(pointer(item[:-1])) if item else None
    return above is not None and any(name in names for names in above.map_keys)
