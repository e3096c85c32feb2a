"""Make the smallest JSON patch (RFC 6902) that turns one JSON value into another.

This package knows nothing of kinds: what a list means is decided before, when the target is made.
"""

from __future__ import annotations

from typing import Literal

from rhythmconf.patch.costs import Cache, Operation, operations_of, smaller
from rhythmconf.patch.edits import find_edit
from rhythmconf.patch.library import ask_library_without_moves
from rhythmconf.patch.moves import make_patch_with_moves
from rhythmconf.patch.shorten import without_short_names
from rhythmconf.patch.values import Json, same, size

__all__ = ["make_patch", "without_short_names"]


def make_patch(source: Json, target: Json, *, operations: Literal["basic", "all"] = "basic") -> list[Operation]:
    """Return the RFC 6902 operations that turn `source` into `target`.

    `operations` is basic (add, remove, replace) or all (also move and copy). The patch has the fewest bytes of compact
    UTF-8 JSON that the search finds, and among patches of one size the fewest operations. Neither value is changed;
    the patch shares values with the target. The search is bounded: for large values with little in common it ends
    early, with a patch that is right but may be larger, though never larger than that of the jsonpatch library.
    Raises ValueError for any other `operations`, and for values that are nested too deeply for Python to write them as
    JSON.
    """
    if operations not in ("basic", "all"):
        raise ValueError(f"operations must be 'basic' or 'all', not {operations!r}")
    try:
        if same(source, target):
            return []
        if operations == "all":
            return make_patch_with_moves(source, target)
        cache = Cache(size(source) + size(target))
        ours = list(operations_of(find_edit(source, target, 0, cache)))
        theirs = ask_library_without_moves(source, target) if cache.guessed else None
        return smaller(ours, theirs or ours)
    except RecursionError as error:
        raise ValueError("the values are nested too deeply") from error
