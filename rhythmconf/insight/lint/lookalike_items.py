"""RC234: two items of one list that have the same name, or names that look the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Field, Kind
from rhythmconf.insight.lint.bodies import Path
from rhythmconf.insight.lint.subject import Subject
from rhythmconf.model import Diagnostic, Json
from rhythmconf.model.appearance import appearance, contrast
from rhythmconf.model.code import Rule
from rhythmconf.source.desired.locate import locate_value
from rhythmconf.source.desired.overlays import MergedSpec

LOOKALIKE_ITEMS = Rule(
    "RC234",
    "two items of a list look the same",
    what=(
        "Two items of a list have the same name in one document. Or their names differ only in case, width, Unicode "
        "form, spaces, invisible characters, dashes or quotes."
    ),
    why=(
        "Items are matched by their names. If two have the same name, only their other values and their order show "
        "which id each of them has in the tenant, and people can't tell them apart."
    ),
    example="reminders:\n  - name: 60 days\n  - name: 60 days",
    fix="Give each item a name of its own, or remove one of them.",
)


class _Lists(NamedTuple):
    """The part of a Field tree that leads to lists of named items; `at` is the Field of such a list."""

    at: Field | None
    members: tuple[tuple[str, _Lists], ...]
    items: _Lists | None


class _Twins(NamedTuple):
    """Two items of the list at `path` that look the same: their positions, the field that names them, their names."""

    path: Path
    earlier: int
    later: int
    name: str
    there: str
    here: str


def check_lookalike_items(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about each item that has the name of an earlier one of its list, or one that looks like it."""
    resources = subject.desired.state.resources
    for merged in subject.desired.key_set.merged:
        lists = _lists_of(merged.kind)
        if lists is not None and merged.key in resources:
            for twins in _find(lists, resources[merged.key].body, ()):
                yield _warn(merged, twins, subject)


def _warn(merged: MergedSpec, twins: _Twins, subject: Subject) -> Diagnostic:
    locator, documents = subject.desired.locator, merged.documents
    pointer, location = locate_value(locator, documents, (*twins.path, twins.later, twins.name))
    _, other = locate_value(locator, documents, (*twins.path, twins.earlier, twins.name))
    name, here, there = twins.name, twins.here, twins.there
    where = (
        f"the item in line {other.line}" if other.file == location.file else f"the item in {other.file}:{other.line}"
    )
    if here == there:
        message = f"this item has the same {name} as {where}: {here!r}"
    else:
        shown, other_shown = contrast(here, there)
        message = f"this item looks like {where}: its {name} is {shown}, that one's is {other_shown}"
    help = "Give each item a name of its own, or remove one of the two."
    return Diagnostic(LOOKALIKE_ITEMS, f"{merged.key}: {message}", "warning", location, pointer, merged.key, help)


@lru_cache(maxsize=256)
def _lists_of(kind: Kind) -> _Lists | None:
    return _lists(kind.root)


def _lists(field: Field) -> _Lists | None:
    """Return the lists at a field and below it; None where there are none."""
    at = field if field.list_type == "map" and len(field.map_keys[-1]) == 1 else None
    below = ((name, _lists(child)) for name, child in (field.fields or {}).items() if not child.read_only)
    members = tuple((name, lists) for name, lists in below if lists)
    items = _lists(field.items) if field.items else None
    return _Lists(at, members, items) if at or members or items else None


def _find(lists: _Lists, value: Json, path: Path) -> Iterator[_Twins]:
    if isinstance(value, dict):
        for name, below in lists.members:
            if name in value:
                yield from _find(below, value[name], (*path, name))
    elif isinstance(value, list):
        if lists.at is not None and len(value) > 1:
            yield from _compare(lists.at, value, path)
        if lists.items is not None:
            for position, item in enumerate(value):
                yield from _find(lists.items, item, (*path, position))


def _compare(field: Field, items: list[Json], path: Path) -> Iterator[_Twins]:
    """Yield each item of a list that looks like an earlier one."""
    name = field.map_keys[-1][0]
    key = (field.items or OPAQUE).child(name) or OPAQUE
    first: dict[str, tuple[int, str]] = {}
    for position, item in enumerate(items):
        value = item.get(name) if isinstance(item, dict) else None
        if value is None:
            continue
        shown = str(value.get("$ref")) if isinstance(value, dict) else str(value)
        # A reference is no text that a person mistakes for another one.
        earlier, other = first.setdefault(shown if key.targets else appearance(shown), (position, shown))
        if earlier != position:
            yield _Twins(path, earlier, position, name, other, shown)
