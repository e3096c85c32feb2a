"""Where in the files something stands: takes texts, gives Locations; a file is read again only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from rhythmconf import yaml12
from rhythmconf.catalog import Tokens
from rhythmconf.model import MISSING, Document, Json, Location, Origin, Resource, at, pointer


class Places:
    """The texts of one run; asking for a place parses its file once more, this time with positions."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self.texts = texts

    def of(self, origin: Origin, where: str) -> Location:
        """Where the value at the pointer `where` of a document stands, or what is nearest above it."""
        positions = self._positions(origin)
        return positions.of(where) if positions else Location(origin.file)

    def name_of(self, origin: Origin, where: str) -> Location:
        """Where the name of the member at the pointer `where` stands."""
        positions = self._positions(origin)
        return positions.key_of(where) if positions else Location(origin.file)

    def of_value(self, documents: Sequence[Document], path: Tokens) -> tuple[str, Location]:
        """Pointer and place, in the document that has the last word, of a path into a merged spec."""
        return self._of_spec(owner(documents, path), path, self.of)

    def of_member(self, documents: Sequence[Document], path: Tokens) -> tuple[str, Location]:
        """The same of the name that the path ends with."""
        return self._of_spec(owner(documents, path), path, self.name_of)

    def _of_spec(
        self, document: Document, path: Tokens, find: Callable[[Origin, str], Location]
    ) -> tuple[str, Location]:
        where = pointer(path)
        if where in document.files:
            where = pointer(("files", where))
            return where, self.of(document.origin, where)
        where = f"/spec{where}"
        return where, find(document.origin, where)

    def _positions(self, origin: Origin) -> yaml12.Positions | None:
        text = self.texts.get(origin.file)
        return _located(text, origin.file)[origin.position] if text is not None else None


def owner(documents: Sequence[Document], path: Tokens) -> Document:
    """The document that has the last word on the field at `path`, or on what lies nearest above it."""
    for length in range(len(path), 0, -1):
        where = pointer(path[:length])
        for document in reversed(documents):
            if at(document.spec, where) is not MISSING:
                return document
    return documents[0]


def locate_field(resource: Resource, where: str, texts: Mapping[str, bytes]) -> Location:
    """Where a field of a resource is declared: by the last of its documents that has it, else by the first one."""
    places = Places(texts)
    for origin in reversed(resource.origins):
        if at(_document(texts, origin), f"/spec{where}") is not MISSING:
            return places.of(origin, f"/spec{where}")
    return places.of(resource.origins[0], f"/spec{where}")


def _document(texts: Mapping[str, bytes], origin: Origin) -> Json:
    text = texts.get(origin.file)
    return _values(text, origin.file)[origin.position] if text is not None else None


@lru_cache(maxsize=32)
def _located(text: bytes, file: str) -> list[yaml12.Positions]:
    return yaml12.locate_all(text, file=file)


@lru_cache(maxsize=32)
def _values(text: bytes, file: str) -> list[Json]:
    return yaml12.load_all(text, file=file)
