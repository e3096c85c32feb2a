"""Find files among the sources that look like documents and are not read: left out silently, they look deleted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from rhythmconf.model import Diagnostic, Location
from rhythmconf.source.project import codes
from rhythmconf.source.project.files import SUFFIXES

_SUFFIX_WITHIN = re.compile(r"\.(ya?ml|json)(?=[^a-z0-9]|$)", re.IGNORECASE)
"""A suffix of documents with more behind it, as in `lapsed.yaml.txt`, `lapsed.yml~` and `lapsed.yaml (1)`."""
# Patterns of rare cases are texts: `re` compiles them when they are used, not in each command.
_MISSPELT = r"\.(ymal|yalm|yaaml|yamll|yam|yml[a-z0-9]|ylm|yaml[a-z0-9]|jsno|jsn|json5|jsonc|jsonl)$"
_HEAD = 1024
"""Bytes of a file that are looked at: comments may come before its first member."""
_FIRST_MEMBER = rb'(\{\s*)?["\']?kind["\']?\s*:'


def find_unread(root: Path, others: Iterable[str], read: Collection[str]) -> Iterator[Diagnostic]:
    """Yield a warning for each file that looks like a document by its name, or by how its text begins.

    `others` are files below the sources that are neither documents nor named by one, relative to the project. A copy
    beside the document itself, as editors leave it, is none: nothing is missing.
    """
    for name in others:
        within = _SUFFIX_WITHIN.search(name, name.rfind("/") + 1)
        if within is not None and name[: within.end()] in read:
            continue
        if within is not None or re.search(_MISSPELT, name.lower()):
            message = f"this is not read: its name doesn't end with {' or '.join(SUFFIXES)}"
        elif _begins_like_document(root / name):
            message = f"this is not read: it begins like a document, but doesn't end with {' or '.join(SUFFIXES)}"
        else:
            continue
        help = "rename it if it is a document; its records count as deleted. Otherwise move it out of the sources"
        yield Diagnostic(codes.IGNORED_FILE, message, "warning", Location(name), help=help)


def _begins_like_document(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    for line in head.removeprefix(b"\xef\xbb\xbf").splitlines():
        text = line.strip()
        if text and text != b"{" and not text.startswith((b"#", b"---", b"%")):
            return re.match(_FIRST_MEMBER, text) is not None
    return False
