"""What can be wrong with a document: the codes, and a finding before it has a place."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One finding in a document: `pointer` from its top; `of_name` means the name of that member, not its value."""

    code: str
    pointer: str
    message: str
    help: str = ""
    of_name: bool = False
