"""Define one step of the search: it can be applied to a document, and written as an RFC 6902 operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from rhythmconf.patch.costs import Operation
from rhythmconf.patch.paths import Path, get, insert, is_inside, pointer, remove
from rhythmconf.patch.values import Json


class Step(NamedTuple):
    """Put a value at `path`: moved or copied from `start`, or (add, replace) `value` itself.

    The path of a move counts in the document without the moved value, as RFC 6902 defines it.
    """

    op: str
    path: Path
    start: Path = ()
    value: Json = None

    @property
    def is_allowed(self) -> bool:
        """Whether RFC 6902 allows the step: the path of a move may not lead through its `from`."""
        return self.op != "move" or self.path == self.start or not is_inside(self.path, self.start)

    def apply(self, document: Json) -> Json:
        """Return the document after the step; the given one is not changed."""
        if self.op in ("add", "replace"):
            return insert(document, self.path, self.value)
        value = get(document, self.start)
        rest = remove(document, self.start) if self.op == "move" and self.path else document
        return insert(rest, self.path, value)

    def operation(self) -> Operation:
        """Return the step as an operation."""
        if self.op in ("add", "replace"):
            return {"op": self.op, "path": pointer(self.path), "value": self.value}
        return {"op": self.op, "from": pointer(self.start), "path": pointer(self.path)}


Proposal: TypeAlias = Sequence[Step]
"""Steps that are tried together."""
