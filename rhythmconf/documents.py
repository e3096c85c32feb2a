"""Texts -> Documents: one document a mapping, its members checked; included texts; positions on demand."""

from __future__ import annotations

import difflib
import gc
import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import cast

from rhythmconf import yaml12
from rhythmconf.model import MISSING, Body, Diagnostic, Document, Json, Location, Origin, at, tokens

CODES: dict[str, str] = {
    "RC110": "a document is not a mapping",
    "RC111": "an unknown member of a document",
    "RC112": "a member of a document is missing",
    "RC113": "a member of a document has the wrong form",
    "RC114": "a text file that can't be included",
}
KEY = re.compile(r"[a-z0-9][a-z0-9._-]*")
MEMBERS = ("kind", "key", "match", "spec", "files", "moved", "protect", "skip", "unmanaged")
SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The documents of some texts, and every finding on the way."""

    documents: tuple[Document, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """What is wrong at a pointer of a document, before its place is looked up."""

    code: str
    message: str
    pointer: str = ""
    help: str = ""
    at_name: bool = False


_collector = Lock()
_loading = 0


@contextmanager
def quiet_collector() -> Iterator[None]:
    """Keep the cyclic collector off while values without cycles are built: walking them again and again costs more
    than parsing them. What was built is frozen, so that later collections don't walk it either."""
    global _loading
    with _collector:
        if _loading == 0:
            was_enabled = gc.isenabled()
            gc.disable()
        else:
            was_enabled = False
        _loading += 1
    try:
        yield
    finally:
        with _collector:
            _loading -= 1
            if was_enabled:
                gc.freeze()
                gc.enable()


def load(texts: Mapping[str, bytes]) -> Loaded:
    """Read every text as documents, by name in the given order; a bad one doesn't stop the rest."""
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    with quiet_collector():
        for file, text in texts.items():
            try:
                values = yaml12.load_all(text, file=file)
            except yaml12.YamlError as error:
                diagnostics.append(
                    Diagnostic(error.code, error.message, location=error.location, help=error.help or "")
                )
                continue
            for position, value in enumerate(values):
                if value is not None:
                    _take(value, Origin(file, position), text, documents, diagnostics)
    return Loaded(tuple(documents), tuple(diagnostics))


def _take(value: Json, origin: Origin, text: bytes, documents: list[Document], diagnostics: list[Diagnostic]) -> None:
    found = list(_check(value, origin.file))
    if found:
        positions = yaml12.locate_all(text, file=origin.file)
        diagnostics.extend(_placed(one, positions[origin.position]) for one in found)
    else:
        documents.append(_document(cast("Body", value), origin))


def _placed(found: _Found, positions: yaml12.Positions) -> Diagnostic:
    place = positions.key_of(found.pointer) if found.at_name else positions.of(found.pointer)
    return Diagnostic(found.code, found.message, location=place, pointer=found.pointer, help=found.help)


def _document(value: Body, origin: Origin) -> Document:
    files = cast("dict[str, str]", value.get("files") or {})
    return Document(
        origin=origin,
        kind=cast("str", value["kind"]),
        key=cast("str", value.get("key", "")),
        spec=cast("Body", value.get("spec") or {}),
        files={where: included_path(origin.file, name) for where, name in files.items()},
        moved=tuple(cast("list[str]", value.get("moved") or [])),
        protect=cast("bool | None", value.get("protect")),
        skip=bool(value.get("skip", False)),
        unmanaged=tuple(cast("list[str]", value.get("unmanaged") or [])),
        match="match" in value,
    )


def _check(value: Json, file: str) -> Iterator[_Found]:
    if not isinstance(value, dict):
        yield _Found("RC110", "a document is a mapping with kind, key and spec", help="begin with `kind:`")
        return
    for name in value:
        if name not in MEMBERS:
            help = suggest(name, MEMBERS) or "put fields of the record below spec"
            yield _Found("RC111", f"unknown member {name!r}", _pointer(name), help, at_name=True)
    if "kind" not in value:
        yield _Found("RC112", "the document has no kind", help="add `kind: ...`, for example `kind: program`")
    if ("key" in value) == ("match" in value):
        yield _Found("RC112", "a document has a key (or, in an overlay, `match: '*'`)", help="add `key: ...`")
    if not ({"spec", "skip", "unmanaged", "protect"} & value.keys()):
        yield _Found("RC112", "the document has no spec", help="add `spec:` with the record's fields")
    for name, (check, wanted) in _FORMS.items():
        if name in value and not check(value[name]):
            yield _Found("RC113", f"{name} must be {wanted}", _pointer(name))
    yield from _check_files(value, file)


def _check_files(value: Body, file: str) -> Iterator[_Found]:
    files = value.get("files")
    if not isinstance(files, dict) or not _is_files(files):
        return
    for where, name in files.items():
        problem = _path_problem(file, cast("str", name))
        if problem:
            yield _Found("RC114", f"{name!r} {problem}", f"/files/{_escape(where)}", "name a file beside this one")
        elif at(value.get("spec") or {}, where) is not MISSING:
            yield _Found("RC114", f"{where} stands in spec too", f"/files/{_escape(where)}", "keep one of them")


def _path_problem(file: str, name: str) -> str:
    if not name or name.startswith(("/", "~")) or "\\" in name or re.search(r"[\x00-\x1f:]", name):
        return "is not a plain relative path"
    resolved = included_path(file, name)
    return "leads out of the project" if resolved == ".." or resolved.startswith("../") else ""


def included_path(file: str, name: str) -> str:
    """The project-relative path of a text that the document in `file` names."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), name))


def _is_key(value: Json) -> bool:
    return isinstance(value, str) and KEY.fullmatch(value) is not None


def _is_pointer(value: Json) -> bool:
    return isinstance(value, str) and value.startswith("/")


def _is_files(value: Json) -> bool:
    return isinstance(value, dict) and all(_is_pointer(k) and isinstance(v, str) for k, v in value.items())


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


_FORMS: dict[str, tuple[Callable[[Json], bool], str]] = {
    "kind": (lambda value: isinstance(value, str) and bool(value), "the name of a kind"),
    "key": (_is_key, "a name of small letters, digits, '.', '_' and '-', that begins with a letter or a digit"),
    "match": (lambda value: value == "*", "'*'"),
    "spec": (lambda value: isinstance(value, dict) or value is None, "a mapping of fields"),
    "files": (_is_files, "a mapping from a pointer such as /email/body to a file's name"),
    "moved": (lambda value: isinstance(value, list) and all(map(_is_key, value)), "a list of former keys"),
    "protect": (_is_flag, "true or false"),
    "skip": (_is_flag, "true or false"),
    "unmanaged": (lambda value: isinstance(value, list) and all(map(_is_pointer, value)), "a list of pointers"),
}


def included(documents: Iterable[Document]) -> tuple[str, ...]:
    """The project-relative paths of all texts that documents take from files, sorted."""
    return tuple(sorted({name for document in documents for name in document.files.values()}))


def include(loaded: Loaded, texts: Mapping[str, bytes | None]) -> Loaded:
    """Put the included texts into the specs; None is a file that isn't there. Line ends become `\\n`.

    `texts` holds the documents' own texts too, for the places of what is missing.
    """
    documents: list[Document] = []
    diagnostics = list(loaded.diagnostics)
    for document in loaded.documents:
        spec = document.spec
        for where, name in document.files.items():
            text, problem = _text(texts.get(name))
            if problem:
                diagnostics.append(_missing_text(document, where, f"the text file {name} {problem}", texts))
            else:
                spec = _with(spec, tokens(where), text)
        documents.append(document if spec is document.spec else replace(document, spec=spec))
    return Loaded(tuple(documents), tuple(diagnostics))


def _text(data: bytes | None) -> tuple[str, str]:
    if data is None:
        return "", "is not there"
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n"), ""
    except UnicodeDecodeError:
        return "", "is not UTF-8"


def _missing_text(document: Document, where: str, message: str, texts: Mapping[str, bytes | None]) -> Diagnostic:
    pointer = f"/files/{_escape(where)}"
    place = locate(texts.get(document.origin.file) or b"", document.origin, pointer)
    return Diagnostic("RC114", message, location=place, pointer=pointer, help="correct its name, or write the file")


def _with(spec: Body, path: tuple[str, ...], text: str) -> Body:
    """A copy of `spec` along `path` with the text at its end."""
    head, rest = path[0], path[1:]
    if not rest:
        return {**spec, head: text}
    child = spec.get(head)
    if isinstance(child, list) and rest[0].isdecimal() and int(rest[0]) < len(child):
        return {**spec, head: _with_item(child, rest, text)}
    return {**spec, head: _with(child if isinstance(child, dict) else {}, rest, text)}


def _with_item(items: list[Json], path: tuple[str, ...], text: str) -> list[Json]:
    index, rest = int(path[0]), path[1:]
    item = items[index]
    changed: Json = _with(item, rest, text) if rest and isinstance(item, dict) else text
    return [*items[:index], changed, *items[index + 1 :]]


def locate(text: bytes, origin: Origin, pointer: str) -> Location:
    """Where the value at a pointer of a whole document stands (`/spec/name`), or what is nearest above it."""
    found = yaml12.locate_all(text, file=origin.file)
    return found[origin.position].of(pointer) if origin.position < len(found) else Location(origin.file)


def suggest(word: str, candidates: Iterable[str]) -> str:
    """`did you mean 'x'?` for the nearest candidate, or nothing."""
    near = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.6)
    return f"did you mean {json.dumps(near[0], ensure_ascii=False)}?" if near else ""


def _pointer(name: str) -> str:
    return "/" + _escape(name)


def _escape(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")
