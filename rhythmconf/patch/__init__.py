"""The smallest patch: two JSON values -> RFC 6902 operations that turn the first into the second.

Knows nothing of kinds: what lists mean is settled before, in the target.
"""

from __future__ import annotations

from typing import Literal

from rhythmconf.patch.carry import smallest
from rhythmconf.patch.edits import edit
from rhythmconf.patch.prices import Ledger, Operation, unfold
from rhythmconf.patch.shelf import without_short_names
from rhythmconf.patch.values import Json, same

__all__ = ["make_patch", "without_short_names"]


def make_patch(source: Json, target: Json, *, operations: Literal["basic", "all"] = "basic") -> list[Operation]:
    """The RFC 6902 operations that turn `source` into `target`; neither is changed, values are shared.

    `operations` is basic (add, remove, replace) or all (also move and copy). The patch costs the fewest bytes of
    compact UTF-8 JSON that we can find, and among those has the fewest operations.
    """
    if operations not in ("basic", "all"):
        raise ValueError(f"operations must be 'basic' or 'all', not {operations!r}")
    if same(source, target):
        return []
    if operations == "all":
        return smallest(source, target)
    return list(unfold(edit(source, target, 0, Ledger())))
