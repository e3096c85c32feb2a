"""Group the documents of each key and merge them: the base document, then the overlays of one environment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.catalog import Catalog, Kind
from rhythmconf.model import Body, Diagnostic, Document, Fix, Json, Key
from rhythmconf.model.suggest import did_you_mean, nearest, nearest_keys
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.load_errors import correct_first, hiding_files
from rhythmconf.source.documents import Locator


class MergedSpec(NamedTuple):
    """One key of one environment: its documents in merge order, and their merged spec.

    `has_base` is False where no base document declares the key.
    """

    key: Key
    kind: Kind
    spec: Body
    documents: tuple[Document, ...]
    has_base: bool = True


class KeySet(NamedTuple):
    """All keys of one environment. `declared` has the key of every document, with or without errors, skipped or not."""

    merged: tuple[MergedSpec, ...]
    skipped: frozenset[Key]
    declared: frozenset[Key]


class _Layers(NamedTuple):
    """The documents that a merge lays over each other, from the most general to the most specific."""

    base: Mapping[Key, Document]
    by_kind: Mapping[str, Document]
    by_key: Mapping[Key, Document]

    def of(self, key: Key) -> tuple[Document, ...]:
        """Return the documents of a key in merge order."""
        documents = (self.base.get(key), self.by_kind.get(key.kind), self.by_key.get(key))
        return tuple(document for document in documents if document is not None)


def gather(
    base: Iterable[Document],
    overlays: Iterable[Document],
    catalog: Catalog,
    locator: Locator,
    diagnostics: list[Diagnostic],
) -> KeySet:
    """Merge the documents of each key. A document that can't be used becomes a diagnostic and is left out."""
    of_base = [*_qualified(base, catalog, locator, diagnostics)]
    of_overlays = [*_qualified(overlays, catalog, locator, diagnostics)]
    diagnostics += [_match_in_base(document, locator) for _, document in of_base if document.match]
    for_kinds = _by_key([pair for pair in of_overlays if pair[1].match], locator, catalog, diagnostics)
    layers = _Layers(
        base=_by_key([pair for pair in of_base if not pair[1].match], locator, catalog, diagnostics),
        by_kind={key.kind: document for key, document in for_kinds.items()},
        by_key=_by_key([pair for pair in of_overlays if not pair[1].match], locator, catalog, diagnostics),
    )
    # An overlay that only skips, protects or leaves fields unmanaged makes no sense without a base document.
    baseless = [
        key
        for key, document in layers.by_key.items()
        if key not in layers.base and (document.skip or not (document.spec or document.files))
    ]
    suspects = hiding_files(diagnostics, locator.texts)
    diagnostics += [_without_base(key, layers, suspects, catalog, locator) for key in baseless]
    keys = dict.fromkeys((*layers.base, *layers.by_key))  # a set would lose the order
    if layers.by_kind and not any(diagnostic.severity == "error" for diagnostic in diagnostics):
        # With errors, the documents of the kind may be among those that could not be read.
        kinds = {key.kind for key in keys}
        diagnostics += [
            _matches_nothing(kind, document, catalog, locator)
            for kind, document in layers.by_kind.items()
            if kind not in kinds
        ]
    skipped = frozenset(key for key in keys if any(document.skip for document in layers.of(key)))
    merged = tuple(
        _merged(key, catalog.kinds[key.kind], layers.of(key), key in layers.base)
        for key in keys
        if key not in skipped and key not in baseless
    )
    diagnostics += _second_documents(merged, catalog, locator)
    return KeySet(merged, skipped, frozenset(keys))


def _qualified(
    documents: Iterable[Document], catalog: Catalog, locator: Locator, diagnostics: list[Diagnostic]
) -> Iterator[tuple[str, Document]]:
    """Yield each document with its qualified kind; a kind that isn't in the catalog becomes a diagnostic."""
    for document in documents:
        kind = catalog.qualify(document.kind)
        if kind in catalog.kinds and catalog.kinds[kind].is_managed:
            yield kind, document
            continue
        if kind in catalog.kinds:
            diagnostics.append(_not_managed(document, locator))
            continue
        names = [catalog.shown(name) for name, each in catalog.kinds.items() if each.is_managed]
        near = nearest(document.kind, names)
        diagnostics.append(
            Diagnostic(
                codes.UNKNOWN_KIND,
                f"there is no kind '{document.kind}'",
                location=locator.value(document.origin, "/kind"),
                pointer="/kind",
                help=did_you_mean(near) or f"kinds: {', '.join(names)}",
                fix=Fix.only(near),
            )
        )


def _not_managed(document: Document, locator: Locator) -> Diagnostic:
    return Diagnostic(
        codes.NOT_MANAGED,
        f"'{document.kind}' is a kind of records about single members, which no document may describe",
        location=locator.value(document.origin, "/kind"),
        pointer="/kind",
        help="remove the document: rhythmconf manages configuration only",
    )


def _second_documents(merged: Iterable[MergedSpec], catalog: Catalog, locator: Locator) -> Iterator[Diagnostic]:
    """Yield each further document of a kind of which a tenant has only one record."""
    first: dict[str, MergedSpec] = {}
    for one in merged:
        if not one.kind.is_singleton or first.setdefault(one.key.kind, one) is one:
            continue
        other = locator.value(first[one.key.kind].documents[0].origin, "/key")
        yield Diagnostic(
            codes.SECOND_OF_SINGLETON,
            f"a tenant has one record of {catalog.names.kind(one.key.kind)}, which "
            f"{catalog.names.key(first[one.key.kind].key)} at {other} describes already",
            location=locator.value(one.documents[0].origin, "/key"),
            pointer="/key",
            key=one.key,
            help="make them one document; what differs between environments belongs in overlays",
        )


def _match_in_base(document: Document, locator: Locator) -> Diagnostic:
    return Diagnostic(
        codes.MATCH_IN_BASE,
        "match: '*' is in a base document, but only overlays may have it",
        location=locator.name(document.origin, "/match"),
        pointer="/match",
        help="move the document to overlays/<environment>/, or give it a 'key' instead",
    )


def _by_key(
    documents: Iterable[tuple[str, Document]], locator: Locator, catalog: Catalog, diagnostics: list[Diagnostic]
) -> dict[Key, Document]:
    """Return the first document of each key; every further one becomes a diagnostic."""
    first: dict[Key, Document] = {}
    for kind, document in documents:
        key = Key(kind, document.key)
        if key in first:
            diagnostics.append(_duplicate(key, first[key], document, catalog, locator))
        else:
            first[key] = document
    return first


def _duplicate(key: Key, first: Document, second: Document, catalog: Catalog, locator: Locator) -> Diagnostic:
    member = "/match" if second.match else "/key"
    subject = f"every {catalog.names.kind(key.kind)}" if second.match else catalog.names.key(key)
    return Diagnostic(
        codes.DUPLICATE_KEY,
        f"{subject} is also declared at {locator.value(first.origin, member)}",
        location=locator.value(second.origin, member),
        pointer=member,
        key=None if second.match else key,
        help="make them one document" if second.match else "give one of them another key, or remove it",
    )


def _without_base(key: Key, layers: _Layers, suspects: Sequence[str], catalog: Catalog, locator: Locator) -> Diagnostic:
    near = [] if suspects else nearest_keys(key, layers.base)
    help = correct_first(suspects[0]) if suspects else did_you_mean(near) or "remove it, or declare one"
    return Diagnostic(
        codes.OVERLAY_WITHOUT_BASE,
        f"this overlay changes {catalog.names.key(key)}, which no document declares",
        location=locator.value(layers.by_key[key].origin, "/key"),
        pointer="/key",
        key=key,
        help=help,
        fix=Fix.only(near, safe=False),
    )


def _matches_nothing(kind: str, document: Document, catalog: Catalog, locator: Locator) -> Diagnostic:
    return Diagnostic(
        codes.MATCHES_NOTHING,
        f"this overlay is for every {catalog.shown(kind)}, but there is no document of this kind",
        "warning",
        locator.value(document.origin, "/match"),
        "/match",
        help="correct the kind, or remove the overlay",
    )


def _merged(key: Key, kind: Kind, documents: tuple[Document, ...], has_base: bool) -> MergedSpec:
    spec: Body = documents[0].spec
    for document in documents[1:]:
        spec = merge(spec, document.spec)
    return MergedSpec(key, kind, spec, documents, has_base)


def merge(body: Body, overlay: Body) -> Body:
    """Merge `overlay` into `body` as RFC 7396 (JSON Merge Patch) does, but keep null as a value.

    Neither argument is changed.
    """
    return {**body, **{name: _merge(body.get(name), value) for name, value in overlay.items()}}


def _merge(value: Json, overlay: Json) -> Json:
    return merge(value, overlay) if isinstance(value, dict) and isinstance(overlay, dict) else overlay
