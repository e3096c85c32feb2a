"""Resolve documents to the desired State of one environment, and collect the diagnostics of all its files."""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.model import Bindings, DesiredState, Diagnostic, Document, Location, Resource
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.bindings import check_bindings, locate_binding
from rhythmconf.source.desired.load_errors import LoadErrors, correct_first
from rhythmconf.source.desired.locate import locate_field
from rhythmconf.source.desired.overlays import KeySet, MergedSpec, gather
from rhythmconf.source.desired.references import ReferenceNames, resolve_references
from rhythmconf.source.desired.unmanaged import check_matched, drop_unmanaged
from rhythmconf.source.desired.validation import validate
from rhythmconf.source.documents import Loaded, Locator

__all__ = ["Desired", "correct_first", "in_order", "locate_binding", "locate_field", "resolve"]


class Desired(NamedTuple):
    """The desired State, without the documents that have errors, and all diagnostics in the order of locations.

    `key_set`, `names` and `locator` are what the State was made from; further checks use them.
    """

    state: DesiredState
    diagnostics: tuple[Diagnostic, ...]
    key_set: KeySet
    names: ReferenceNames
    locator: Locator


def resolve(
    base: Loaded,
    overlays: Loaded,
    *,
    catalog: Catalog,
    environment: str,
    bindings: Bindings,
    texts: Mapping[str, bytes],
) -> Desired:
    """Merge, validate and resolve the documents of one environment.

    The diagnostics of both loads are among the result's. `texts` are the files of the documents and the bindings; they
    are parsed again only to locate diagnostics.
    """
    locator = Locator(texts)
    loading = [*base.diagnostics, *overlays.diagnostics]
    diagnostics = [*loading]
    key_set = gather(base.documents, overlays.documents, catalog, locator, diagnostics)
    diagnostics += check_bindings(bindings, key_set, catalog, environment, locator)
    load_errors = LoadErrors.of(loading, diagnostics, texts, catalog)
    names = ReferenceNames.of(key_set, bindings, load_errors, catalog=catalog, environment=environment)
    resources = {
        merged.key: resource
        for merged in key_set.merged
        if merged.spec
        or merged.key not in load_errors.keys  # a spec with errors was dropped: its fields aren't missing
        for resource in _resource(merged, names, locator, diagnostics)
    }
    diagnostics += check_matched(key_set.merged, locator)
    state = DesiredState(resources, key_set.skipped)
    return Desired(state, in_order(diagnostics), key_set, names, locator)


def _resource(
    merged: MergedSpec, names: ReferenceNames, locator: Locator, diagnostics: list[Diagnostic]
) -> Iterator[Resource]:
    """Yield the resource of one key; nothing where it has errors."""
    own = [*validate(merged, names, locator)]
    body = drop_unmanaged(merged, locator, own)
    body = resolve_references(merged, body, names, locator, own)
    # A text from a file is located at the path in `files`, which a fix of the text would replace. Names are there.
    in_files = [d.pointer.startswith("/files/") and d.code != codes.UNKNOWN_FIELD for d in own]
    diagnostics += [d._replace(fix=None) if is_path else d for d, is_path in zip(own, in_files, strict=True)]
    if not any(diagnostic.severity == "error" for diagnostic in own):
        first, *overlays = merged.documents
        resource = Resource(merged.key, body, (first.origin,), first.protect, first.moved, first.unmanaged)
        yield reduce(_with_overlay, overlays, resource)


def _with_overlay(resource: Resource, overlay: Document) -> Resource:
    """Add what an overlay says about a resource beside its fields."""
    return resource._replace(
        origins=(*resource.origins, overlay.origin),
        protect=resource.protect if overlay.protect is None else overlay.protect,
        moved=tuple(dict.fromkeys((*resource.moved, *overlay.moved))),
        unmanaged=tuple(dict.fromkeys((*resource.unmanaged, *overlay.unmanaged))),
    )


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort diagnostics by location, each once: an error of one overlay shows up in many resources.

    Errors that hide keys come first: references to these keys are errors only because of them.
    """
    once = {(d.code, d.location, d.pointer, d.message): d for d in reversed([*diagnostics])}
    return tuple(
        sorted(
            once.values(),
            key=lambda d: (not (d.fails and d.hides_keys), d.location or Location("", 0, 0), d.pointer, d.message),
        )
    )
