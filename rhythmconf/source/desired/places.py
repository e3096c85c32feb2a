"""Where in the files something stands: takes texts, gives Locations; a file is read again only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from rhythmconf.model import MISSING, Document, Location, Origin, Resource, at, pointer, tokens
from rhythmconf.source.documents import load
from rhythmconf.text import yaml12


class Places:
    """The texts of one run; asking for a place parses its file once more, this time with positions."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self.texts = texts

    def of(self, origin: Origin, where: str) -> Location:
        """Where the value at the pointer `where` of a document stands, or what is nearest above it."""
        positions = _positions(self.texts, origin)
        return positions.of(where) if positions else Location(origin.file)

    def name_of(self, origin: Origin, where: str) -> Location:
        """Where the name of the member at the pointer `where` stands."""
        positions = _positions(self.texts, origin)
        return positions.key_of(where) if positions else Location(origin.file)

    def of_value(self, documents: Sequence[Document], path: Sequence[str | int]) -> tuple[str, Location]:
        """Pointer and place, in the document that has the last word, of a path into a merged spec."""
        return self._of_spec(owner(documents, path), path, self.of)

    def of_member(self, documents: Sequence[Document], path: Sequence[str | int]) -> tuple[str, Location]:
        """The same of the name that the path ends with."""
        return self._of_spec(owner(documents, path), path, self.name_of)

    def _of_spec(
        self, document: Document, path: Sequence[str | int], find: Callable[[Origin, str], Location]
    ) -> tuple[str, Location]:
        where = pointer(path)
        if where in document.files:
            where = pointer(("files", where))
            return where, self.of(document.origin, where)
        where = f"/spec{where}"
        return where, find(document.origin, where)


def owner(documents: Sequence[Document], path: Sequence[str | int]) -> Document:
    """The document that has the last word on the field at `path`, or on what lies nearest above it."""
    for length in range(len(path), 0, -1):
        where = pointer(path[:length])
        for document in reversed(documents):
            if where in document.files or at(document.spec, where) is not MISSING:
                return document
    return documents[0]


def locate_field(resource: Resource, where: str, texts: Mapping[str, bytes]) -> Location:
    """Where a field of a resource is declared: in the last of its documents that has it, or what is nearest above."""
    found = [document for origin in resource.origins for document in _documents(texts, origin)]
    return Places(texts).of_value(found, tokens(where))[1] if found else Location(resource.origins[0].file)


def _documents(texts: Mapping[str, bytes], origin: Origin) -> list[Document]:
    text = texts.get(origin.file)
    return [] if text is None else [one for one in _loaded(text, origin.file) if one.origin == origin]


def _positions(texts: Mapping[str, bytes], origin: Origin) -> yaml12.Positions | None:
    text = texts.get(origin.file)
    return _located(text, origin.file)[origin.position] if text is not None else None


@lru_cache(maxsize=32)
def _loaded(text: bytes, file: str) -> tuple[Document, ...]:
    return load({file: text}).documents


@lru_cache(maxsize=32)
def _located(text: bytes, file: str) -> list[yaml12.Positions]:
    return yaml12.locate_all(text, file=file)
