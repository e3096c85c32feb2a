"""Names that are probably misspelt: a binding or an overlay of such a name would silently stand for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rhythmconf.catalog import Catalog, targets
from rhythmconf.model import Bindings, Diagnostic, Key, Location, Origin, pointer
from rhythmconf.model.suggest import suggest
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.overlays import Gathered, Merged
from rhythmconf.source.desired.places import Places
from rhythmconf.source.desired.references import Names

_NUMBER = re.compile("[-._]?[0-9]+")


class Looked(NamedTuple):
    """What slips are looked for in: one environment whose references are resolved."""

    gathered: Gathered
    names: Names
    catalog: Catalog
    places: Places


def misspelt_bindings(bindings: Bindings, looked: Looked) -> Iterator[Diagnostic]:
    """Kinds that the catalogue doesn't know, and keys that nothing knows but that are nearly those of a document.

    A key that no document declares is no error: the record of a document that was removed has one until it is deleted.
    """
    if not bindings:
        return
    kinds = {key.kind for key in bindings}
    unknown = {kind for kind in kinds if not _is_known(kind, looked)}
    yield from (_unknown_kind(kind, looked) for kind in sorted(unknown))
    named = {str(answer.value["$ref"]) for answer in looked.names.answers.values() if isinstance(answer.value, dict)}
    declared = looked.gathered.declared
    for key in sorted(bindings.keys() - declared - looked.names.moved.keys()):
        unbound = (one for one in declared if one.kind == key.kind and one not in bindings)
        if str(key) not in named and (help := _slip(key, unbound)):
            shown = looked.names.shown(key.kind)
            message = f"no document declares {shown} '{key.name}', and none refers to it"
            where, place = _place((key.kind, key.name), looked)
            yield Diagnostic(codes.UNUSED_BINDING, message, "warning", place, where, key, help)


def misspelt_overlays(merged: Iterable[Merged], looked: Looked) -> Iterator[Diagnostic]:
    """Overlays that are a document of this environment alone although a base document is called nearly so."""
    alone = [one for one in merged if not one.based]
    based = [one.key for one in looked.gathered.merged if one.based] if alone else []
    for one in alone:
        if help := _slip(one.key, based):
            message = f"this overlay has no base: {one.key} is a record of {looked.names.environment} alone"
            place = looked.places.of(one.documents[-1].origin, "/key")
            yield Diagnostic(codes.MISSPELT_OVERLAY_KEY, message, "warning", place, "/key", one.key, help)


def _is_known(kind: str, looked: Looked) -> bool:
    """Whether it is a kind, or what a field refers to outside of the catalogue: first in the kinds that are in use."""
    every = looked.catalog.kinds
    if kind in every:
        return True
    used = dict.fromkeys(merged.kind for merged in looked.gathered.merged)
    return any(kind in targets(one) for one in (*used, *every.values()))


def _unknown_kind(kind: str, looked: Looked) -> Diagnostic:
    names = looked.names
    every = [*looked.catalog.kinds, *(name for one in looked.catalog.kinds.values() for name in targets(one))]
    known = dict.fromkeys(names.shown(one) for one in every)
    where, place = _place((kind,), looked)
    help = suggest(names.shown(kind), known) or f"kinds: {', '.join(known)}"
    message = f"there is no kind '{names.shown(kind)}'"
    return Diagnostic(codes.UNKNOWN_KIND, message, location=place, pointer=where, help=help)


def _place(path: tuple[str, ...], looked: Looked) -> tuple[str, Location]:
    """Pointer and place of a name in the bindings file, where the kind stands with its module or without."""
    origin = Origin(f"bindings/{looked.names.environment}.yaml")
    ways = [pointer((kind, *path[1:])) for kind in (looked.names.shown(path[0]), path[0])]
    return max(((way, looked.places.name_of(origin, way)) for way in ways), key=lambda found: found[1])


def _slip(key: Key, others: Iterable[Key]) -> str:
    """A suggestion among keys of the kind; what differs by a number only (`renewal-30`, `renewal-60`) is no slip."""
    plain = _NUMBER.sub("", key.name)
    return suggest(
        key.name, [one.name for one in others if one.kind == key.kind and _NUMBER.sub("", one.name) != plain]
    )
