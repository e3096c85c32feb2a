"""Read documents from texts: check their members and insert the texts of other files.

This package reads no file. `text_files_of` lists the text files that documents name, and `insert_text_files` inserts
their texts.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from rhythmconf.model import Body, Diagnostic, Document, Json, Location, Origin, pointer, tokens
from rhythmconf.model.suggest import did_you_mean
from rhythmconf.source.documents import codes
from rhythmconf.source.documents.checks import check_document, fields_beside, is_usual
from rhythmconf.source.documents.locator import Locator, Reporter
from rhythmconf.source.documents.texts import check_text, insert_text, resolve_path
from rhythmconf.source.documents.yaml_errors import diagnose, explain_spaces
from rhythmconf.text import yaml12

__all__ = ["SUFFIXES", "Loaded", "Locator", "insert_text_files", "load", "text_files_of"]

SUFFIXES = (".yaml", ".yml", ".json")
NO_NAMES: Mapping[str, Sequence[str]] = {}
NOTHING: Mapping[str, list[Json]] = {}


class Loaded(NamedTuple):
    """The documents of some texts, with their diagnostics.

    `texts` are kept to locate later diagnostics. `values` has the parsed values of each readable text, for a cache.
    """

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, bytes] = {}
    values: Mapping[str, list[Json]] = {}


def load(texts: Mapping[str, bytes], cached: Mapping[str, list[Json]] = NOTHING) -> Loaded:
    """Read every text that is named like a document (`.yaml`, `.yml`, `.json`), in the order of names.

    `cached` has the values of texts that were parsed before. An error in one text or document never stops the rest.
    A document with bad members is kept without them if its kind and key are valid: other documents may refer to it.
    """
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    values: dict[str, list[Json]] = {}
    locator = Locator(texts)
    for file in sorted(file for file in texts if file.endswith(SUFFIXES)):
        try:
            values[file] = cached[file] if file in cached else yaml12.load_all(texts[file], file=file)
        except yaml12.YamlError as error:
            diagnostics += explain_spaces([diagnose(error, texts[file])], texts[file])
            continue
        before = len(diagnostics)
        for position, value in enumerate(values[file]):
            origin = Origin(file, position)
            if is_usual(value):
                documents.append(Document(origin, value["kind"], value["key"], value["spec"]))
            elif value is not None:
                errors = _by_location(check_document(value, Reporter(locator, origin)), file)
                documents += _document(value, origin, errors)
                diagnostics += errors
        if len(diagnostics) > before:
            diagnostics[before:] = explain_spaces(diagnostics[before:], texts[file])
    return Loaded(tuple(documents), tuple(diagnostics), texts, values)


def _by_location(diagnostics: Iterable[Diagnostic], file: str) -> list[Diagnostic]:
    return sorted(diagnostics, key=lambda diagnostic: diagnostic.location or Location(file))


def _document(value: Json, origin: Origin, errors: Sequence[Diagnostic]) -> Iterator[Document]:
    """Yield the document without its bad members, if its kind and key are valid."""
    members: dict[str, Any] = value if isinstance(value, dict) else {}
    beside: dict[str, Any] = {}
    if errors:
        beside = {name: members[name] for name in fields_beside(members)}
        # An error without a pointer is about the whole document, for example a missing member.
        bad = {tokens(error.pointer)[0] for error in errors if error.pointer}
        members = {name: member for name, member in members.items() if name not in bad}
    if "kind" not in members or not ("key" in members or "match" in members):
        return
    moved = members.get("moved", ())
    yield Document(
        origin=origin,
        kind=members["kind"],
        key=members.get("key", ""),
        spec=members.get("spec") or {},
        files={field: resolve_path(origin.file, path) for field, path in members.get("files", {}).items()},
        moved=(moved,) if isinstance(moved, str) else tuple(moved),
        protect=members.get("protect"),
        skip=members.get("skip", False),
        unmanaged=tuple(members.get("unmanaged", ())),
        match="key" not in members,
        beside=beside,
    )


def text_files_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """Return the project-relative paths of all text files that the documents name, sorted."""
    return tuple(sorted({path for document in documents for path in document.files.values()}))


def insert_text_files(
    loaded: Loaded, texts: Mapping[str, bytes | None], similar: Mapping[str, Sequence[str]] = NO_NAMES
) -> Loaded:
    """Insert text files into the specs of the documents that name them; line ends become LF.

    None in `texts` means that there is no such file; `similar` has the files that the name of a missing one may mean. A
    text that is missing, or is not what is to be sent, becomes a diagnostic, and the document stays without it.
    """
    documents: list[Document] = []
    diagnostics = list(loaded.diagnostics)
    locator = Locator(loaded.texts)
    for document in loaded.documents:
        if document.files:
            errors: list[Diagnostic] = []
            documents.append(_with_texts(document, texts, similar, Reporter(locator, document.origin), errors))
            diagnostics += _by_location(errors, document.origin.file)
        else:
            documents.append(document)
    return loaded._replace(documents=tuple(documents), diagnostics=tuple(diagnostics))


def _with_texts(
    document: Document,
    texts: Mapping[str, bytes | None],
    similar: Mapping[str, Sequence[str]],
    reporter: Reporter,
    errors: list[Diagnostic],
) -> Document:
    spec: Json = document.spec
    for field, path in document.files.items():
        entry = pointer(("files", field))
        data = texts.get(path)
        if data is None:
            folder = posixpath.dirname(document.origin.file)
            names = [posixpath.relpath(name, folder or ".") for name in similar.get(path, ())]
            message, help = f"there is no file '{path}'", did_you_mean(names) or "create it, or correct the path"
            if any(name.lower() == path.lower() for name in similar.get(path, ())):
                help += " (upper and lower case count)"
            errors.append(reporter.value(codes.MISSING_TEXT, entry, message, help))
            continue
        problems = [*check_text(path, data, entry, reporter)]
        errors += problems
        if not any(problem.severity == "error" for problem in problems):
            text = data.decode("utf-8-sig")  # some editors write a byte order mark
            spec = insert_text(spec, tokens(field), text.replace("\r\n", "\n"))
    return document._replace(spec=cast("Body", spec))
