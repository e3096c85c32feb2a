"""What the files want: takes Documents, the Catalog, one environment and its bindings, gives a DesiredState and
every finding of every file."""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.model import Bindings, DesiredState, Diagnostic, Document, Location, Resource
from rhythmconf.source.desired.misspelt import Looked, misspelt_bindings, misspelt_overlays
from rhythmconf.source.desired.overlays import Merged, gather
from rhythmconf.source.desired.places import Places, locate_field
from rhythmconf.source.desired.references import Broken, Names, resolve_references
from rhythmconf.source.desired.unmanaged import unmanage
from rhythmconf.source.desired.validation import validate
from rhythmconf.source.documents import Loaded

__all__ = ["Desired", "locate_field", "resolve"]


class Desired(NamedTuple):
    """The state that the files want, without the documents that have errors, and all diagnostics by place."""

    state: DesiredState
    diagnostics: tuple[Diagnostic, ...]


def resolve(
    base: Loaded,
    overlays: Loaded,
    *,
    catalog: Catalog,
    module: str,
    environment: str,
    bindings: Bindings,
    texts: Mapping[str, bytes],
) -> Desired:
    """Merge, validate and resolve everything; the diagnostics of both loads are among the findings.

    `texts` are the files that the documents came from, read again only where something has to be located.
    """
    places = Places(texts)
    found = [*base.diagnostics, *overlays.diagnostics]
    broken = Broken.of(found, texts, module)
    gathered = gather(base.documents, overlays.documents, catalog, module, places, found)
    names = Names.of(gathered, bindings, broken, kinds=catalog.kinds, module=module, environment=environment)
    resources = {
        merged.key: resource
        for merged in gathered.merged
        if merged.spec or merged.key not in broken.keys  # a spec that couldn't be read misses no field
        for resource in _resource(merged, names, places, found)
    }
    looked = Looked(gathered, names, catalog, places)
    found += misspelt_bindings(bindings, looked)
    found += misspelt_overlays([one for one in gathered.merged if one.key in resources], looked)
    return Desired(DesiredState(resources, gathered.skipped), _in_order(found))


def _resource(merged: Merged, names: Names, places: Places, found: list[Diagnostic]) -> Iterator[Resource]:
    """The resource of one key; nothing where it has errors, which are added to `found`."""
    errors = [*validate(merged, names, places)]
    body = unmanage(merged, places, errors)
    body = resolve_references(merged, body, names, places, errors)
    found += errors
    if not any(one.severity == "error" for one in errors):
        first, *others = merged.documents
        alone = Resource(merged.key, body, (first.origin,), first.protect, first.moved, first.unmanaged)
        yield reduce(_with_overlay, others, alone)


def _with_overlay(resource: Resource, overlay: Document) -> Resource:
    """What an overlay says of a resource beside its fields."""
    return resource._replace(
        origins=(*resource.origins, overlay.origin),
        protect=resource.protect if overlay.protect is None else overlay.protect,
        moved=tuple(dict.fromkeys((*resource.moved, *overlay.moved))),
        unmanaged=tuple(dict.fromkeys((*resource.unmanaged, *overlay.unmanaged))),
    )


def _in_order(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by place; what one overlay does wrong to many resources is said once."""
    once = {(one.code, one.location, one.pointer, one.message): one for one in reversed(found)}
    return tuple(sorted(once.values(), key=_place))


def _place(found: Diagnostic) -> tuple[Location, str, str]:
    return found.location or Location("", 0, 0), found.pointer, found.message
