"""Find fields that are indented as members of the wrong mapping, and say how far to move them.

A field one level too far left or right is still valid YAML. The schema alone would call it unknown where it is and
missing where it belongs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rhythmconf.catalog import Kind, Tokens
from rhythmconf.model import MISSING, Body, Diagnostic, Json, Location, at, pointer
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.overlays import MergedSpec
from rhythmconf.source.documents import Locator

_BLOCK = re.compile(rb" *")
"""What stands before a name in a line of its own."""


class Move(NamedTuple):
    """A field whose name is unknown at `path`, but known in the mapping `owner`. `indent` is the one that it needs."""

    path: Tokens
    owner: Tokens
    location: Location
    indent: int
    has_lines_below: bool


def find_moves(merged: MergedSpec, locator: Locator) -> list[Move]:
    """Return the fields to move, in the order of the text. A spec with overlays has several texts: it has none."""
    if len(merged.documents) > 1:
        return []
    moves: list[Move] = []
    for path in _unknown(merged.kind, merged.spec, ()):
        owner = next(_owners(merged, path, {move.path for move in moves}), None)
        if owner is not None and (move := _locate(merged, path, owner, locator)):
            moves.append(move)
    return moves


def moved(spec: Body, moves: Sequence[Move]) -> Body:
    """Return a copy of a spec with each field where it belongs."""
    spec = {name: _copy(value) for name, value in spec.items()}
    for move in moves:
        source, target = at(spec, pointer(move.path[:-1])), at(spec, pointer(move.owner))
        if target is None:
            target = {}
            _put(spec, move.owner, target)
        if isinstance(source, dict) and isinstance(target, dict):
            target[str(move.path[-1])] = source.pop(str(move.path[-1]))
    return spec


def _copy(value: Json) -> Json:
    """Copy a value, and each time it is in there by itself: the reader of YAML gives equal texts one value."""
    if isinstance(value, dict):
        return {name: _copy(member) for name, member in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _put(spec: Body, path: Tokens, value: Json) -> None:
    parent = at(spec, pointer(path[:-1]))
    if isinstance(parent, dict):
        parent[str(path[-1])] = value


def report_moves(merged: MergedSpec, moves: Sequence[Move]) -> Iterator[Diagnostic]:
    """Yield an error for each run of fields that belong to one mapping."""
    for (owner, column, indent), run in groupby(moves, lambda one: (one.owner, one.location.column, one.indent)):
        first, *others = run
        last = (others or [first])[-1]
        names = " and ".join(f"`{move.path[-1]}`" for move in (first, *others))
        belong, are = ("belong", "are") if others else ("belongs", "is")
        where, here = _label(merged, owner), _label(merged, first.path[:-1])
        by = indent - (column - 1)
        how = f"put {by} more spaces in front of" if by > 0 else f"take {-by} spaces away in front of"
        lines = f"lines {first.location.line} to {last.location.line}" if others else f"line {first.location.line}"
        below = " and the lines below that belong to it" if last.has_lines_below else ""
        yield Diagnostic(
            codes.UNKNOWN_FIELD,
            f"{names} {belong} to {where}, but {are} indented as a member of {here}",
            location=first.location,
            pointer=f"/spec{pointer(first.path)}",
            key=merged.key,
            help=f"{how} {lines}{below}: the members of {where} are indented by {indent}",
        )


def _label(merged: MergedSpec, path: Tokens) -> str:
    names = [position for position, token in enumerate(path) if isinstance(token, str)]
    if not names:
        return f"the spec of {merged.documents[0].kind}"
    return f"`{path[names[-1]]}{''.join(f'[{token}]' for token in path[names[-1] + 1 :])}`"


def _unknown(kind: Kind, value: Json, path: Tokens) -> Iterator[Tokens]:
    """Yield the path of each member that its mapping doesn't know, with its value unread."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(kind, item, (*path, index))
    elif isinstance(value, dict):
        for name, member in value.items():
            field = kind.field(pointer((*path, name)))
            if field is None and _has_fields(kind, path):
                yield (*path, name)
            elif field is not None:
                yield from _unknown(kind, member, (*path, name))


def _has_fields(kind: Kind, path: Tokens) -> bool:
    field = kind.field(pointer(path)) if path else kind.root
    return field is not None and bool(field.fields)


def _owners(merged: MergedSpec, path: Tokens, unknown: set[Tokens]) -> Iterator[Tokens]:
    """Yield each mapping near a field that knows its name and lacks it: first those above it, then those around it."""
    parent, name = path[:-1], path[-1]
    around = (parent[:length] for length in range(len(parent) - 1, -1, -1))
    for owner in (*_ends_above(merged.spec, path, unknown), *around):
        field, value = merged.kind.field(pointer((*owner, name))), at(merged.spec, pointer(owner))
        fits = value is None or (isinstance(value, dict) and name not in value)
        if field is not None and not field.read_only and fits and _has_fields(merged.kind, owner):
            yield owner


def _ends_above(spec: Body, path: Tokens, unknown: set[Tokens]) -> Iterator[Tokens]:
    """Yield the mappings that the member before a field ends with, from the outside in."""
    parent = at(spec, pointer(path[:-1]))
    names = list(parent) if isinstance(parent, dict) else []
    before = [name for name in names[: names.index(str(path[-1]))] if (*path[:-1], name) not in unknown]
    value: Json | object = parent
    inner = path[:-1]
    last: str | int | None = before[-1] if before else None
    while last is not None:
        inner = (*inner, last)
        value = at(spec, pointer(inner))
        if isinstance(value, list):
            last = len(value) - 1 if value else None
            continue
        if isinstance(value, dict) or value is None:
            yield inner
        last = [*value][-1] if isinstance(value, dict) and value else None


def _locate(merged: MergedSpec, path: Tokens, owner: Tokens, locator: Locator) -> Move | None:
    """Return the move, if both the field and the members of its owner are in lines of their own."""
    origin = merged.documents[0].origin
    location = locator.name(origin, f"/spec{pointer(path)}")
    lines = locator.texts.get(origin.file, b"").split(b"\n")
    value = at(merged.spec, pointer(owner))
    if isinstance(value, dict) and value:
        member = next(iter(value))
        first = locator.name(origin, f"/spec{pointer((*owner, member))}")
        before = lines[first.line - 1][: first.column - 1]
        indent = first.column - 1
        if before.strip(b" -"):
            return None
    elif value is None or value is MISSING:
        indent = locator.name(origin, f"/spec{pointer(owner)}").column + 1
    else:
        return None
    is_alone = _BLOCK.fullmatch(lines[location.line - 1][: location.column - 1])
    below = locator.value(origin, f"/spec{pointer(path)}").line > location.line
    return Move(path, owner, location, indent, below) if is_alone and indent != location.column - 1 else None
