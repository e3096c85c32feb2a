"""Long texts in files of their own: where `files` may point to, and how a text comes into a spec."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from rhythmconf.model import Body, Json, pointer, tokens
from rhythmconf.source.documents import codes
from rhythmconf.source.documents.problems import Problem


def misplaced(document: Body, file: str) -> Iterator[Problem]:
    """What is wrong with the well-formed entries of `files`: the path, or the place in the spec."""
    declared = document.get("files")
    if not isinstance(declared, dict):
        return
    spec = document.get("spec", {})
    for where, path in declared.items():
        at = pointer(("files", where))
        if isinstance(path, str) and path:
            yield from _bad_path(at, file, path)
        if where.startswith("/") and isinstance(spec, dict):
            yield from _bad_place(at, spec, where, declared)


def _bad_path(at: str, file: str, path: str) -> Iterator[Problem]:
    try:
        resolve(file, path)
    except ValueError as error:
        help = "write the path from this document's folder to a file inside the project, with '/'"
        yield Problem(codes.BAD_TEXT_PATH, at, f"'{path}' {error}", help)


def _bad_place(at: str, spec: Json, where: str, declared: Body) -> Iterator[Problem]:
    obstacle = _obstacle(spec, tokens(where))
    inside = next((other for other in declared if where.startswith(f"{other}/")), None)
    if obstacle:
        yield Problem(codes.BAD_POINTER, at, f"no text can come to {where}: {obstacle}", of_name=True)
    elif inside:
        yield Problem(codes.BAD_POINTER, at, f"no text can come to {where}: {inside} is a text itself", of_name=True)


def _obstacle(spec: Json, path: Sequence[str]) -> str:
    """Why no text can be put there: the spec has a value already, or what lies above holds no members."""
    for depth, token in enumerate(path):
        above = pointer(path[:depth]) or "the spec"
        if isinstance(spec, dict):
            if token not in spec:
                return ""
            spec = spec[token]
        elif isinstance(spec, list):
            if not re.fullmatch("0|[1-9][0-9]{0,8}", token) or int(token) >= len(spec):
                return f"the list {above} has no item {token}"
            spec = spec[int(token)]
        else:
            return f"{above} has no members"
    return "the spec has a value there"


def resolve(file: str, path: str) -> str:
    """The project-relative path that `path`, written in the document file `file`, means.

    Raises ValueError, with the rest of a sentence, for whatever is not plainly inside the project.
    """
    if not path.isprintable():
        raise ValueError("has a character that can't be seen")
    if "\\" in path:
        raise ValueError("has a backslash")
    if path.startswith(("/", "~")) or re.match("[A-Za-z]:", path):
        raise ValueError("is not relative")
    if path.endswith("/") or posixpath.basename(path) in (".", ".."):
        raise ValueError("is a folder")
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
    if whole.startswith("../"):
        raise ValueError("leaves the project")
    return whole


def put(spec: Json, path: Sequence[str], text: str) -> Json:
    """The spec with a text at a place that `misplaced` found free; nothing that others may share is changed."""
    if not path:
        return text
    token, *rest = path
    if isinstance(spec, list):
        index = int(token)
        return [*spec[:index], put(spec[index], rest, text), *spec[index + 1 :]]
    members = spec if isinstance(spec, dict) else {}
    return {**members, token: put(members.get(token), rest, text)}
