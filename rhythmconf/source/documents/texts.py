"""Long texts in files of their own: which paths and texts `files` may name, and how a text gets into a spec."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from rhythmconf.model import Body, Diagnostic, Json, pointer, tokens
from rhythmconf.source.documents import codes
from rhythmconf.source.documents.locator import Reporter
from rhythmconf.text import codes as text_codes
from rhythmconf.text import leftovers


def check_files(document: Body, reporter: Reporter) -> Iterator[Diagnostic]:
    """Yield what is wrong with the entries of `files`: a bad path, or a field that can't hold the text."""
    files = document.get("files")
    if not isinstance(files, dict):
        return
    spec = document.get("spec", {})
    for field, path in files.items():
        entry = pointer(("files", field))
        if isinstance(path, str) and path:
            try:
                resolve_path(reporter.origin.file, path)
            except ValueError as error:
                help = "write the path from this document's folder to a file inside the project, with '/'"
                yield reporter.value(codes.BAD_TEXT_PATH, entry, f"'{path}' {error}", help)
        if field.startswith("/") and isinstance(spec, dict):
            outer = next((other for other in files if field.startswith(f"{other}/")), None)
            obstacle = _obstacle(spec, tokens(field)) or (f"{outer} is a text itself" if outer else "")
            if obstacle:
                message = f"{field} can't hold the text of a file: {obstacle}"
                yield reporter.name(codes.BAD_POINTER, entry, message)


def _obstacle(spec: Json, path: Sequence[str]) -> str:
    """Return why the field at `path` can't hold a text, or an empty string."""
    for depth, token in enumerate(path):
        above = pointer(path[:depth]) or "the spec"
        if isinstance(spec, dict):
            if token not in spec:
                return ""
            spec = spec[token]
        elif isinstance(spec, list):
            # Nine digits are more than any list has, and keep int() from working on a text of any length.
            if not re.fullmatch("0|[1-9][0-9]{0,8}", token) or int(token) >= len(spec):
                return f"the list {above} has no item {token}"
            spec = spec[int(token)]
        else:
            return f"{above} has no members"
    return "the spec has a value there"


def resolve_path(file: str, path: str) -> str:
    """Return the project-relative path that `path` means in the document file `file`.

    Raises ValueError, with the end of a sentence that begins with the path, unless it is plainly inside the project.
    """
    if not path.isprintable():
        raise ValueError("has an invisible character")
    if "\\" in path:
        raise ValueError("has a backslash")
    if path.startswith(("/", "~")) or re.match("[A-Za-z]:", path):  # a home folder, or a drive of Windows
        raise ValueError("is not a relative path")
    if any(part.startswith(".") and part not in (".", "..") for part in path.split("/")):
        raise ValueError("is hidden: a part of it begins with a dot")
    if path.endswith("/") or posixpath.basename(path) in (".", ".."):
        raise ValueError("is a folder")
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
    if resolved.startswith("../"):
        raise ValueError("is outside the project")
    return resolved


def check_text(path: str, data: bytes, entry: str, reporter: Reporter) -> Iterator[Diagnostic]:
    """Yield what is wrong with the bytes of a text file, and a warning for a marker that a merge may have left."""
    if placeholder := leftovers.find_placeholder(data):
        what, remedy = placeholder
        yield reporter.value(text_codes.PLACEHOLDER, entry, f"'{path}' is {what}, not the text itself", remedy)
        return
    if markers := leftovers.find_markers(data):
        if leftovers.is_conflict(markers):
            message = f"'{path}': {leftovers.describe_markers(markers)}"
            yield reporter.value(text_codes.CONFLICT, entry, message, leftovers.MERGE_HELP)
        elif (marker := next(one for one in markers if one.sign != "=")).sign != "|":
            message = f"'{path}': line {marker.line} begins like a conflict marker of git"
            help = "remove the line if a merge has left it there; else nothing is wrong"
            yield reporter.value(text_codes.CONFLICT, entry, message, help)._replace(severity="warning")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        message = f"'{path}' is not UTF-8: {error.reason} at byte {error.start}"
        yield reporter.value(codes.TEXT_NOT_UTF8, entry, message, "save it as UTF-8")


def insert_text(spec: Json, path: Sequence[str], text: str) -> Json:
    """Return the spec with a text at `path`, which `check_files` found free. Only what is on the path is copied."""
    if not path:
        return text
    token, *rest = path
    if isinstance(spec, list):
        index = int(token)
        return [*spec[:index], insert_text(spec[index], rest, text), *spec[index + 1 :]]
    members = spec if isinstance(spec, dict) else {}
    return {**members, token: insert_text(members.get(token), rest, text)}
