"""Leave out of a spec what the schema of its kind refuses, so that what a pull writes is always valid.

A tenant may have values that no schema knows, such as a new member of an enum. One invalid document would stop every
plan of the project.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.catalog import Kind, missing, switched_on
from rhythmconf.catalog.undeclared import note_on
from rhythmconf.engine.pull.text_files import above_lists, with_member
from rhythmconf.model import MISSING, Body, Missing, at, pointer, tokens

Path = tuple[str, ...]


NO_NOTES: Body = {}


class LeftOut(NamedTuple):
    """A member that was left out, why the schema refuses it, and the notes on the kind that would allow it."""

    path: Path
    reason: str
    notes: Body = NO_NOTES


class Conforming(NamedTuple):
    """The valid part of a spec, None where there is none, and what was left out."""

    spec: Body | None
    left_out: tuple[LeftOut, ...] = ()


def conform(kind: Kind, spec: Body) -> Conforming:
    """Return the largest valid part of a spec. A list is left out whole: without some of its items it would lie."""
    left: list[LeftOut] = []
    while not kind.check(spec):
        refused = [*_refused(kind, spec)] or [LeftOut((), "it is refused")]
        for one in refused:
            left.append(one)
            smaller = without(spec, one.path) if one.path else spec
            if smaller == spec:
                return Conforming(None, tuple(left))
            spec = smaller
    return Conforming(spec, tuple(left))


def keep_valid(kind: Kind, before: Body, after: Body) -> Conforming:
    """Return `after` with the values of `before`, which is valid, where the schema refuses the new ones."""
    conforming = conform(kind, after)
    if not conforming.left_out:
        return Conforming(after)
    kept = after
    for path, *_ in conforming.left_out:
        value = at(before, pointer(path)) if path else MISSING
        if path:
            kept = without(kept, path) if isinstance(value, Missing) else with_member(kept, path, value)
    return Conforming(kept if kind.check(kept) else _valid_members(kind, before, after), conforming.left_out)


def _valid_members(kind: Kind, before: Body, after: Body) -> Body:
    """Return `before` with each member of `after` that leaves it valid."""
    kept = before
    # Twice, because a switch may need its options first.
    for name, value in [*after.items()] * 2:
        candidate = {**kept, name: value}
        kept = candidate if kind.check(candidate) else kept
    return kept


def without(spec: Body, path: Path) -> Body:
    """Return the spec without the member at `path`, which leads through objects only."""
    name, *rest = path
    if not rest:
        return {other: value for other, value in spec.items() if other != name}
    inner = spec.get(name)
    return {**spec, name: without(inner, tuple(rest))} if isinstance(inner, dict) else spec


def _refused(kind: Kind, spec: Body) -> Iterator[LeftOut]:
    """Yield the members to leave out, those that lack something first. An empty path is the whole spec."""
    for place, field in missing(kind.root, spec):
        *parent, name = map(str, place)
        if field.when:
            # Without its switches nothing needs the field.
            for switch in field.when:
                yield from _removable(kind, spec, (*parent, switch), f"{name} is missing")
        else:
            yield from _removable(kind, spec, tuple(parent), f"{name} is missing")
        return  # one at a time: what is left out may be what the others are about
    for where, reason in kind.complaints(spec):
        value = at(spec, where)
        notes = NO_NOTES if isinstance(value, Missing) else note_on(kind, tokens(where), value)
        for left_out in _removable(kind, spec, tokens(where), reason):
            yield left_out._replace(notes=notes)
        return


def _removable(kind: Kind, spec: Body, path: Path, reason: str) -> Iterator[LeftOut]:
    """Yield the nearest members at or above a path that a document need not have."""
    path = above_lists(spec, path)
    while path:
        parent = kind.field(pointer(path[:-1]))
        field = parent.child(path[-1]) if parent else None
        if parent is None or path[-1] not in parent.required:
            break
        path = path[:-1]
    else:
        yield LeftOut((), reason)
        return
    yield LeftOut(path, reason)
    body = at(spec, pointer(path[:-1]))
    if field is not None and field.when and isinstance(body, dict) and switched_on(field.when, body):
        for switch in field.when:
            yield from _removable(kind, spec, (*path[:-1], switch), reason)
