"""What can be wrong with a document: the codes, and a finding before it has a place."""

from __future__ import annotations

from typing import NamedTuple

CODES = {
    "RC120": "a document is not a mapping",
    "RC121": "a document has an unknown member",
    "RC122": "a document lacks a member",
    "RC123": "a member has a value of the wrong form",
    "RC124": "a pointer leads nowhere",
    "RC125": "a text file may not stand there",
    "RC126": "a text file is missing",
    "RC127": "a text file is not UTF-8",
}


class Problem(NamedTuple):
    """One finding in a document: `pointer` from its top; `of_name` means the name of that member, not its value."""

    code: str
    pointer: str
    message: str
    help: str = ""
    of_name: bool = False
