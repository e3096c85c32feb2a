"""What `list` shows: documents and records side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from rhythmconf.model.values import Key

Presence = Literal["both", "document only", "record only", "skipped", "undecided"]
"""Where something is: in the files, in the tenant, or both. `undecided`: nothing says which record the document is."""


class Listed(NamedTuple):
    """A document, a record, or both. `key` is None for a record without a key; `project` manages it, if another does.

    `kind` is qualified. `id`, `name`, `file` and `project` are empty where there is none.
    """

    kind: str
    key: Key | None
    presence: Presence
    id: str = ""
    name: str = ""
    file: str = ""
    project: str = ""


class Listing(NamedTuple):
    """Everything of some kinds. `unlisted` has the kinds whose list the tenant refused, with its answer."""

    listed: tuple[Listed, ...]
    unlisted: Mapping[str, str]
