"""Put changes into waves: a record after those that it refers to; deletions last, and in the opposite order.

A cycle of references is cut at its first optional one. A create leaves that reference out and adds it afterwards with
its `patch`; a delete removes it with its `patch` before anything is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from rhythmconf.catalog import Catalog, Field, Kind, references
from rhythmconf.catalog.field import is_required
from rhythmconf.engine.diff import Difference
from rhythmconf.engine.plan import codes
from rhythmconf.engine.plan.graph import Edge, Levels, levels
from rhythmconf.errors import PlanError
from rhythmconf.model import Body, Change, Json, Key, Missing, Operation, at, pointer, tokens


class Link(NamedTuple):
    """A reference at a pointer. It is `unresolved` while the record that it names does not exist."""

    pointer: str
    unresolved: bool


Links = Mapping[Key, Mapping[Key, Sequence[Link]]]
"""For each changed key: the changed keys that it refers to, and where."""


def order(differences: Sequence[Difference], catalog: Catalog) -> tuple[Change, ...]:
    """Return the changes with `depends_on` and `wave`, sorted by wave, kind and key.

    Raises PlanError (RC313) for a cycle in which every reference is required.
    """
    writes = [difference for difference in differences if difference.change.action != "delete"]
    deletes = [difference for difference in differences if difference.change.action == "delete"]
    changes = _order_writes(writes, catalog)
    last = max((change.wave for change in changes), default=-1)
    changes += [change._replace(wave=change.wave + last + 1) for change in _order_deletes(deletes, catalog)]
    return tuple(sorted(changes, key=sort_key))


def sort_key(change: Change) -> tuple[int, Key]:
    """Return what changes are sorted by: the wave, then kind and key."""
    return change.wave, change.key


def _order_writes(differences: Sequence[Difference], catalog: Catalog) -> list[Change]:
    named = {
        (difference.change.key.kind, difference.change.id): difference.change.key
        for difference in differences
        if _matters(difference.change)
    }
    links = {
        difference.change.key: _links(difference.change.key, difference.target or {}, named, catalog)
        for difference in differences
    }
    creates = {difference.change.key for difference in differences if difference.change.action == "create"}
    among_writes = {key: {to: between for to, between in below.items() if to in links} for key, below in links.items()}
    bodies = {difference.change.key: difference.target or {} for difference in differences}
    placed = levels(among_writes, partial(_drop, links=among_writes, bodies=bodies, catalog=catalog))
    return [_place(difference.change, among_writes, placed, catalog, creates) for difference in differences]


def _place(change: Change, links: Links, placed: Levels, catalog: Catalog, creates: set[Key]) -> Change:
    key, below = change.key, links[change.key]
    dropped = [to for to in below if (key, to) in placed.dropped or to == key]
    open_pointers = [link.pointer for to in dropped if to in creates for link in below[to] if link.unresolved]
    change = change._replace(
        depends_on=tuple(sorted(to for to in below if to not in dropped)),
        wave=placed.level[key],
    )
    return _leave_out(change, open_pointers, catalog.kind(key.kind)) if open_pointers else change


def _order_deletes(differences: Sequence[Difference], catalog: Catalog) -> list[Change]:
    named = {(difference.change.key.kind, difference.change.id): difference.change.key for difference in differences}
    links = {
        difference.change.key: _links(difference.change.key, difference.live or {}, named, catalog)
        for difference in differences
    }
    after: dict[Key, dict[Key, Sequence[Link]]] = {key: {} for key in links}
    for key, below in links.items():
        for to, between in below.items():
            after[to][key] = between
    bodies = {difference.change.key: difference.live or {} for difference in differences}
    drop = partial(_drop_before_delete, links=links, bodies=bodies, catalog=catalog)
    placed = levels(after, drop)
    return [_place_delete(difference.change, after, links, placed, bodies, catalog) for difference in differences]


def _place_delete(
    change: Change,
    after: Links,
    links: Links,
    placed: Levels,
    bodies: Mapping[Key, Body],
    catalog: Catalog,
) -> Change:
    """Place a deletion. If it comes after a record that it refers to, its patch removes that reference first."""
    key = change.key
    dropped = [link.pointer for to, between in links[key].items() if (to, key) in placed.dropped for link in between]
    kind, body = catalog.kind(key.kind), bodies[key]
    patch: list[Operation] = [{"op": "remove", "path": unit} for unit in _units(kind, body, dropped)]
    earlier = tuple(sorted(by for by in after[key] if by != key and (key, by) not in placed.dropped))
    return change._replace(depends_on=earlier, wave=placed.level[key], patch=tuple(patch))


def _matters(change: Change) -> bool:
    """Tell whether references to the record make its change come first. A mere adoption changes nothing in it."""
    return change.id is not None and bool(change.fields)


def _links(
    key: Key, body: Body, named: Mapping[tuple[str, str | None], Key], catalog: Catalog
) -> dict[Key, list[Link]]:
    links: dict[Key, list[Link]] = {}
    for reference_pointer, field, value in references(catalog.kind(key.kind), body):
        for to in _referred(field, value, named):
            links.setdefault(to, []).append(Link(reference_pointer, isinstance(value, dict)))
    return links


def _referred(field: Field, value: Json, named: Mapping[tuple[str, str | None], Key]) -> Iterable[Key]:
    if isinstance(value, dict):
        return [Key.parse(str(value.get("$ref")))]
    return [named[kind, value] for kind in field.targets if isinstance(value, str) and (kind, value) in named]


def _drop(cycle: Sequence[Edge], links: Links, bodies: Mapping[Key, Body], catalog: Catalog) -> Edge:
    """Choose the edge of a cycle to ignore: one between existing records, else the first optional reference."""
    for key, to in cycle:
        if not any(link.unresolved for link in links[key][to]):
            return key, to
    for key, to in cycle:
        if _optional(catalog.kind(key.kind), bodies[key], [link.pointer for link in links[key][to]]):
            return key, to
    raise _uncuttable(cycle)


def _drop_before_delete(cycle: Sequence[Edge], links: Links, bodies: Mapping[Key, Body], catalog: Catalog) -> Edge:
    """Choose the edge of a cycle to ignore. Here the first key is deleted after the second, which refers to it."""
    for to, key in cycle:
        if _optional(catalog.kind(key.kind), bodies[key], [link.pointer for link in links[key][to]]):
            return to, key
    raise _uncuttable([(to, key) for key, to in reversed(cycle)])


def _uncuttable(cycle: Sequence[Edge]) -> PlanError:
    ring = " -> ".join(str(key) for key, _ in [*cycle, cycle[0]])
    return PlanError(
        f"these records need each other, so none can come first: {ring}",
        help="Make one of the references optional, or create one record in Rhythm and bind it.",
        code=codes.REFERENCE_CYCLE,
    )


def _leave_out(change: Change, open_pointers: Sequence[str], kind: Kind) -> Change:
    """Return a create without the references at `open_pointers`, and with the patch that adds them afterwards."""
    import jsonpatch  # only circles of references need it

    body = change.body or {}
    if not _optional(kind, body, open_pointers):
        raise _uncuttable([(change.key, change.key)])
    units = list(_units(kind, body, open_pointers))
    patch: list[Operation] = [{"op": "add", "path": unit, "value": _value_at(body, unit)} for unit in units]
    bare = jsonpatch.JsonPatch([{"op": "remove", "path": unit} for unit in units]).apply(body)
    return change._replace(body=bare, patch=tuple(patch))


def _value_at(body: Body, unit: str) -> Json:
    value = at(body, unit)
    return None if isinstance(value, Missing) else value


def _optional(kind: Kind, body: Body, pointers: Iterable[str]) -> bool:
    return all(_unit(kind, body, reference) for reference in pointers)


def _units(kind: Kind, body: Body, pointers: Iterable[str]) -> Iterator[str]:
    """Yield the members to leave out so that the references at `pointers` are left out, none inside another."""
    units: list[str] = []
    for unit in sorted({_unit(kind, body, reference) for reference in pointers} - {""}, key=len):
        if not any(unit.startswith(f"{above}/") for above in units):
            units.append(unit)
            yield unit


def _unit(kind: Kind, body: Body, reference: str) -> str:
    """Return the innermost optional member around a reference; empty if every one is required."""
    path = tokens(reference)
    for length in range(len(path), 0, -1):
        above, name = pointer(path[: length - 1]), path[length - 1]
        parent, value = kind.field(above), at(body, above)
        if parent is None or not parent.fields or not isinstance(value, dict):
            continue
        if not is_required(parent, name, value) and not _is_key(kind, path[: length - 1], name):
            return pointer(path[:length])
    return ""


def _is_key(kind: Kind, item: Sequence[str], name: str) -> bool:
    """Tell whether `name` is one of the fields by which items of the list are matched."""
    above = kind.field(pointer(item[:-1])) if item else None
    return above is not None and any(name in names for names in above.map_keys)
