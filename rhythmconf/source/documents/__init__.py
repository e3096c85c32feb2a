"""Texts to Documents: one document a mapping, its members checked, texts from other files included.

It reads no file: `included` says which texts it wants, `include` takes them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from rhythmconf.model import Body, Diagnostic, Document, Json, Location, Origin, pointer, tokens
from rhythmconf.source.documents import codes
from rhythmconf.source.documents.members import examine
from rhythmconf.source.documents.problems import Problem
from rhythmconf.source.documents.reading import no_break_space, unread
from rhythmconf.source.documents.texts import put, resolve
from rhythmconf.text import yaml12

__all__ = ["Loaded", "include", "included", "load", "locate"]

SUFFIXES = (".yaml", ".yml", ".json")
NOTHING: Mapping[str, list[Json]] = {}


class Loaded(NamedTuple):
    """The documents of some texts, and what is wrong with them; `texts` are kept for the places of later findings.

    `values` are those of each text that could be read, for whoever wants to know them the next time.
    """

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, bytes] = {}
    values: Mapping[str, list[Json]] = {}


def load(texts: Mapping[str, bytes], known: Mapping[str, list[Json]] = NOTHING) -> Loaded:
    """Read every text whose name is a document's (`.yaml`, `.yml`, `.json`), in order of names.

    `known` are the values of texts that were read before. A bad text or document never stops the rest. One with bad
    members is there without them, as long as its kind and its key are sound, so that nothing else seems to miss it.
    """
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    values: dict[str, list[Json]] = {}
    for file in sorted(file for file in texts if file.endswith(SUFFIXES)):
        try:
            values[file] = known[file] if file in known else yaml12.load_all(texts[file], file=file)
        except yaml12.YamlError as error:
            diagnostics.append(no_break_space(texts[file], file) or unread(error, texts[file]))
            continue
        before = len(diagnostics)
        _collect(file, texts[file], values[file], documents, diagnostics)
        if len(diagnostics) > before and (found := no_break_space(texts[file], file)):
            diagnostics.append(found)
    return Loaded(tuple(documents), tuple(diagnostics), texts, values)


def _collect(
    file: str, text: bytes, values: Iterable[Json], documents: list[Document], diagnostics: list[Diagnostic]
) -> None:
    """Add the documents of one text, and what is wrong with their members."""
    for position, value in enumerate(values):
        if value is not None:
            problems = [*examine(value, file)]
            documents += _document(value, Origin(file, position), problems)
            diagnostics += _diagnostics(problems, text, Origin(file, position))


def _document(value: Json, origin: Origin, problems: Sequence[Problem]) -> Iterator[Document]:
    """The document without its bad members, where kind and key are good."""
    good: dict[str, Any] = value if isinstance(value, dict) else {}
    if problems:
        bad = {tokens(problem.pointer)[0] for problem in problems if problem.pointer}
        good = {name: each for name, each in good.items() if name not in bad}
    if "kind" not in good or not ("key" in good or "match" in good):
        return
    moved = good.get("moved", ())
    yield Document(
        origin=origin,
        kind=good["kind"],
        key=good.get("key", ""),
        spec=good.get("spec", {}),
        files={where: resolve(origin.file, path) for where, path in good.get("files", {}).items()},
        moved=(moved,) if isinstance(moved, str) else tuple(moved),
        protect=good.get("protect"),
        skip=good.get("skip", False),
        unmanaged=tuple(good.get("unmanaged", ())),
        match="key" not in good,
    )


def _diagnostics(problems: Sequence[Problem], text: bytes, origin: Origin) -> list[Diagnostic]:
    if not problems:
        return []
    positions = yaml12.locate_all(text, file=origin.file)[origin.position]
    found = [_diagnostic(problem, positions) for problem in problems]
    return sorted(found, key=lambda diagnostic: diagnostic.location or Location(origin.file))


def _diagnostic(problem: Problem, positions: yaml12.Positions) -> Diagnostic:
    find = positions.key_of if problem.of_name else positions.of
    place = find(problem.pointer)
    return Diagnostic(problem.code, problem.message, location=place, pointer=problem.pointer, help=problem.help)


def locate(text: bytes, origin: Origin, where: str) -> Location:
    """Where the value at a pointer from the top of a document (`/spec/name`), or what is nearest above it, stands."""
    return yaml12.locate_all(text, file=origin.file)[origin.position].of(where)


def included(documents: Iterable[Document]) -> tuple[str, ...]:
    """The project-relative paths of all texts that the documents want from other files, sorted."""
    return tuple(sorted({path for document in documents for path in document.files.values()}))


def include(loaded: Loaded, texts: Mapping[str, bytes | None]) -> Loaded:
    """Put the texts (None: there is no such file) where the documents want them; line ends become LF.

    What is missing or is not UTF-8 becomes a diagnostic, and the document goes on without it.
    """
    documents: list[Document] = []
    diagnostics = list(loaded.diagnostics)
    for document in loaded.documents:
        problems: list[Problem] = []
        documents.append(_whole(document, texts, problems) if document.files else document)
        diagnostics += _diagnostics(problems, loaded.texts[document.origin.file], document.origin)
    return loaded._replace(documents=tuple(documents), diagnostics=tuple(diagnostics))


def _whole(document: Document, texts: Mapping[str, bytes | None], problems: list[Problem]) -> Document:
    spec: Json = document.spec
    for where, path in document.files.items():
        at = pointer(("files", where))
        data = texts.get(path)
        if data is None:
            problems.append(
                Problem(codes.MISSING_TEXT, at, f"there is no file '{path}'", "make it, or correct the path")
            )
            continue
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"'{path}' is not UTF-8: {error.reason} at byte {error.start}"
            problems.append(Problem(codes.TEXT_NOT_UTF8, at, message, "save it as UTF-8"))
        else:
            spec = put(spec, tokens(where), text.replace("\r\n", "\n"))
    return document._replace(spec=cast(Body, spec))
