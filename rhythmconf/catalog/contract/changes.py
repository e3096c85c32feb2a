"""Compare two schemas of a kind: which fields and values came, went or changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.catalog.contract.lookup import elements, members
from rhythmconf.model import Body, Json, canonical, pointer


class Changes(NamedTuple):
    """The fields that were added, removed and changed, each with what changed."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def compare(old: Body, new: Body) -> Changes:
    """Return the changes from one schema of a kind to another."""
    before, after = dict(_fields(old, ())), dict(_fields(new, ()))
    changed = [
        f"{path}: {text}" for path in after if path in before for text in _differences(before[path], after[path])
    ]
    return Changes(
        tuple(path for path in after if path not in before),
        tuple(path for path in before if path not in after),
        tuple(changed),
    )


def _fields(schema: Body, path: tuple[str, ...]) -> Iterator[tuple[str, Body]]:
    for name, child in members(schema.get("properties")).items():
        described = members(child)
        yield pointer((*path, name)), described
        yield from _fields(described, (*path, name))
        yield from _fields(members(described.get("items")), (*path, name, "*"))


def _differences(old: Body, new: Body) -> Iterator[str]:
    for word in ("type", "format", "pattern", "readOnly"):
        if old.get(word) != new.get(word):
            yield f"{word} {_show(old.get(word))} -> {_show(new.get(word))}"
    before, after = ({*map(_show, elements(schema.get("enum")))} for schema in (old, new))
    if came := after - before:
        yield f"enum + {', '.join(sorted(came))}"
    if went := before - after:
        yield f"enum - {', '.join(sorted(went))}"


def _show(value: Json) -> str:
    return canonical(value).decode() if value is not None else "none"
