"""Find what a merge, or a tool for large files, has left in a text in place of its content."""

from __future__ import annotations

import re
from typing import NamedTuple

from rhythmconf.errors import DocumentError
from rhythmconf.model import Location
from rhythmconf.text import codes

MERGE_HELP = "keep what is right of each side and remove the lines of markers, then finish the merge"
_MARKER = rb"(?m)^(?:(<{7,})|(\|{7,})|(={7,})|(>{7,}))(?: [^\r\n]*)?\r?$"
_PLACEHOLDERS: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs.github.com/spec/", "a pointer of Git LFS", "run `git lfs pull`"),
    (b"version https://hawser.github.com/spec/", "a pointer of Git LFS", "run `git lfs pull`"),
    (b"/annex/objects/", "a pointer of git-annex", "run `git annex get` for it"),
    (b"\0GITCRYPT\0", "encrypted by git-crypt", "run `git-crypt unlock`"),
)


class Leftover(NamedTuple):
    """What is wrong with a file that a merge or a tool has left unfinished. `line` counts from 1."""

    code: str
    message: str
    help: str
    line: int


def find_leftover(text: bytes) -> Leftover | None:
    """Return what a merge, or a tool for large files, has left in a file whose own lines never look like a marker."""
    if markers := find_markers(text):
        return Leftover(codes.CONFLICT, describe_markers(markers), MERGE_HELP, markers[0].line)
    if placeholder := find_placeholder(text):
        what, remedy = placeholder
        return Leftover(codes.PLACEHOLDER, f"this is {what}, not the file itself", remedy, 1)
    return None


def check(text: bytes, file: str) -> None:
    """Raise DocumentError for a file with the markers of a merge, or with a pointer in place of its content."""
    if leftover := find_leftover(text):
        where = Location(file, leftover.line, 1)
        raise DocumentError(leftover.message, where=where, help=leftover.help, code=leftover.code)


class Marker(NamedTuple):
    """A line that looks like a marker of an unresolved merge.

    `line` counts from 1. `sign` is `<`, `|`, `=` or `>`, and `size` is how often it stands there: in git 7 times, or as
    the attribute `conflict-marker-size` says.
    """

    line: int
    sign: str
    size: int


def find_markers(text: bytes) -> list[Marker]:
    """Return the lines that look like conflict markers, none where only `=======` does: it underlines headings."""
    if b"<<<<<<<" not in text and b">>>>>>>" not in text and b"|||||||" not in text:
        return []
    markers: list[Marker] = []
    line, counted = 1, 0
    for match in re.finditer(_MARKER, text):
        # Counted from one marker to the next: a file may have a million of them.
        line += text.count(b"\n", counted, match.start())
        counted = match.start()
        group = match.lastindex or 0
        markers.append(Marker(line, "_<|=>"[group], len(match[group])))
    return markers if any(marker.sign != "=" for marker in markers) else []


def is_conflict(markers: list[Marker]) -> bool:
    """Tell whether markers are those of a merge: several of one size, in the order in which git writes them."""
    for size in {marker.size for marker in markers}:
        signs = "".join(marker.sign for marker in markers if marker.size == size)
        if re.search(r"<[|=]*[=>]|[|=]+>|\|=", signs):
            return True
    return False


def describe_markers(markers: list[Marker]) -> str:
    """Say what the markers are and in which lines, as the beginning of a message."""
    numbers = [str(marker.line) for marker in markers]
    *others, last = numbers if len(numbers) <= 9 else [*numbers[:8], f"{len(numbers) - 8} more"]
    lines = f"{', '.join(others)} and {last}" if others else last
    return f"a merge is not resolved: conflict markers in line{'s' if others else ''} {lines}"


def find_placeholder(text: bytes) -> tuple[str, str] | None:
    """Return what stands in a file in place of its content, and the command that fetches it; None for a real text."""
    for beginning, what, remedy in _PLACEHOLDERS:
        if text.startswith(beginning):
            return what, remedy
    return None
