"""Which documents make one resource: takes base and overlay documents, gives one merged spec a key."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rhythmconf.catalog import Catalog, Kind, qualify
from rhythmconf.model import Body, Diagnostic, Document, Json, Key
from rhythmconf.model.suggest import suggest, suggest_key
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.places import Places


class Merged(NamedTuple):
    """One key of one environment: its documents in merge order, and the spec they make together.

    `based` is False where no base document declares the key.
    """

    key: Key
    kind: Kind
    spec: Body
    documents: tuple[Document, ...]
    based: bool = True


class Gathered(NamedTuple):
    """All keys of one environment; `declared` are those that any document has, good or bad, `skipped` included."""

    merged: tuple[Merged, ...]
    skipped: frozenset[Key]
    declared: frozenset[Key]


class _Overlays(NamedTuple):
    by_key: Mapping[Key, Document]
    by_kind: Mapping[str, Document]


def gather(
    base: Iterable[Document],
    overlays: Iterable[Document],
    catalog: Catalog,
    module: str,
    places: Places,
    found: list[Diagnostic],
) -> Gathered:
    """Bring the documents of each key together; what can't be is added to `found` and left out."""
    known = [*_of_known_kind(base, catalog, module, places, found)]
    over = [*_of_known_kind(overlays, catalog, module, places, found)]
    found += [_match_in_base(document, places) for _, document in known if document.match]
    bases = _by_key([pair for pair in known if not pair[1].match], places, found)
    layers = _Overlays(
        _by_key([pair for pair in over if not pair[1].match], places, found),
        {key.kind: one for key, one in _by_key([pair for pair in over if pair[1].match], places, found).items()},
    )
    declared = frozenset((*bases, *layers.by_key))
    lost = _without_base(bases, layers)
    found += [_no_base(key, layers.by_key[key], bases, places) for key in lost]
    skipped = frozenset(key for key in declared if any(one.skip for one in _layers(key, bases, layers)))
    merged = tuple(
        _merged(key, catalog.kinds[key.kind], _layers(key, bases, layers), key in bases)
        for key in dict.fromkeys((*bases, *layers.by_key))
        if key not in skipped and key not in lost
    )
    return Gathered(merged, skipped, declared)


def _of_known_kind(
    documents: Iterable[Document], catalog: Catalog, module: str, places: Places, found: list[Diagnostic]
) -> Iterator[tuple[str, Document]]:
    """Each document with its qualified kind."""
    for document in documents:
        kind = qualify(document.kind, module)
        if kind in catalog.kinds:
            yield kind, document
        else:
            found.append(_unknown_kind(document, catalog, module, places))


def _unknown_kind(document: Document, catalog: Catalog, module: str, places: Places) -> Diagnostic:
    names = [name.removeprefix(f"{module}/") for name in catalog.kinds]
    return Diagnostic(
        codes.UNKNOWN_KIND,
        f"there is no kind '{document.kind}'",
        location=places.of(document.origin, "/kind"),
        pointer="/kind",
        help=suggest(document.kind, names) or f"kinds: {', '.join(names)}",
    )


def _match_in_base(document: Document, places: Places) -> Diagnostic:
    return Diagnostic(
        codes.MATCH_IN_BASE,
        "match: '*' stands in a base document",
        location=places.name_of(document.origin, "/match"),
        pointer="/match",
        help="it belongs into overlays/<environment>/; a base document has a key",
    )


def _by_key(documents: Iterable[tuple[str, Document]], places: Places, found: list[Diagnostic]) -> dict[Key, Document]:
    """The first document of each key; every further one is a finding that names both places."""
    first: dict[Key, Document] = {}
    for kind, document in documents:
        key = Key(kind, document.key)
        if key in first:
            found.append(_duplicate(key, first[key], document, places))
        else:
            first[key] = document
    return first


def _duplicate(key: Key, first: Document, second: Document, places: Places) -> Diagnostic:
    member = "/match" if second.match else "/key"
    what = f"every {key.kind}" if second.match else str(key)
    return Diagnostic(
        codes.DUPLICATE_KEY,
        f"{what} is also declared at {places.of(first.origin, member)}",
        location=places.of(second.origin, member),
        pointer=member,
        key=None if second.match else key,
        help="make them one document" if second.match else "give one of them another key, or remove it",
    )


def _without_base(bases: Mapping[Key, Document], layers: _Overlays) -> list[Key]:
    """The keys of overlays that only make sense over a document that isn't there."""
    return [key for key, one in layers.by_key.items() if key not in bases and (one.skip or not (one.spec or one.files))]


def _no_base(key: Key, document: Document, bases: Iterable[Key], places: Places) -> Diagnostic:
    return Diagnostic(
        codes.OVERLAY_WITHOUT_BASE,
        f"this overlay changes {key}, which no document declares",
        location=places.of(document.origin, "/key"),
        pointer="/key",
        key=key,
        help=suggest_key(key, bases) or "remove it, or declare one",
    )


def _layers(key: Key, bases: Mapping[Key, Document], layers: _Overlays) -> tuple[Document, ...]:
    """The documents of a key, from the most general to the most special."""
    every = (bases.get(key), layers.by_kind.get(key.kind), layers.by_key.get(key))
    return tuple(document for document in every if document is not None)


def _merged(key: Key, kind: Kind, documents: tuple[Document, ...], based: bool) -> Merged:
    spec: Body = documents[0].spec
    for document in documents[1:]:
        spec = merge(spec, document.spec)
    return Merged(key, kind, spec, documents, based)


def merge(body: Body, overlay: Body) -> Body:
    """Lay `overlay` over `body` as RFC 7396 does, except that null stays null; neither is changed."""
    return {**body, **{name: _merge(body.get(name), value) for name, value in overlay.items()}}


def _merge(value: Json, overlay: Json) -> Json:
    return merge(value, overlay) if isinstance(value, dict) and isinstance(overlay, dict) else overlay
