"""Find the location of a field of a merged spec in the document that sets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rhythmconf.model import MISSING, Document, Location, Origin, Resource, at, pointer, tokens
from rhythmconf.source.documents import Locator, load


def locate_value(locator: Locator, documents: Sequence[Document], path: Sequence[str | int]) -> tuple[str, Location]:
    """Return pointer and location of the value at a path of the merged spec, in the document that sets it."""
    document, document_pointer = _in_document(locator, documents, path)
    return document_pointer, locator.value(document.origin, document_pointer)


def locate_name(locator: Locator, documents: Sequence[Document], path: Sequence[str | int]) -> tuple[str, Location]:
    """Return pointer and location of the name that a path of the merged spec ends with."""
    document, document_pointer = _in_document(locator, documents, path)
    return document_pointer, locator.name(document.origin, document_pointer)


def _in_document(locator: Locator, documents: Sequence[Document], path: Sequence[str | int]) -> tuple[Document, str]:
    """Return the document that sets a field, and where: below `spec`, or in `files`, which makes the field above too.

    With `files: {/email/body: mail.html}` alone, the document has an `email` that its spec doesn't show.
    """
    document = setting_document(documents, path)
    field_pointer = pointer(path)
    entries = (entry for entry in document.files if f"{entry}/".startswith(f"{field_pointer}/"))
    if path and (entry := next(entries, None)) and not locator.has(document.origin, f"/spec{field_pointer}"):
        return document, pointer(("files", entry))
    return document, f"/spec{field_pointer}"


def setting_document(documents: Sequence[Document], path: Sequence[str | int]) -> Document:
    """Return the last document that sets the field at `path`, or else the nearest field above it.

    `documents` are in merge order: the base document first, then its overlays.
    """
    for length in range(len(path), 0, -1):
        field_pointer = pointer(path[:length])
        for document in reversed(documents):
            if field_pointer in document.files or at(document.spec, field_pointer) is not MISSING:
                return document
    return documents[0]


def locate_field(resource: Resource, field_pointer: str, texts: Mapping[str, bytes]) -> Location:
    """Return where a field of a resource is set: in the last of its documents that has it or the nearest one above."""
    locator = Locator(texts)
    if len(resource.origins) == 1 and not locator.has(resource.origins[0], "/files"):
        return locator.value(resource.origins[0], f"/spec{field_pointer}")
    documents = [
        document
        for origin in resource.origins
        if (text := texts.get(origin.file)) is not None and (document := _documents_of(text, origin.file).get(origin))
    ]
    if not documents:
        return Location(resource.origins[0].file)
    return locate_value(locator, documents, tokens(field_pointer))[1]


@lru_cache(maxsize=32)
def _documents_of(text: bytes, file: str) -> Mapping[Origin, Document]:
    return {document.origin: document for document in load({file: text}).documents}
