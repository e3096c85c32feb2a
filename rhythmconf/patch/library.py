"""Ask the jsonpatch library for a patch.

It compares position by position and pairs removals with additions. In rare cases its patch is a few bytes smaller than
the one of the search.
"""

from __future__ import annotations

from rhythmconf.patch.costs import Operation
from rhythmconf.patch.values import Json, same


def ask_library(source: Json, target: Json) -> list[Operation] | None:
    """Return the patch of jsonpatch; None if it does not give the target, as with true in place of 1."""
    import jsonpatch

    try:
        operations: list[Operation] = jsonpatch.make_patch(source, target).patch
        result: Json = jsonpatch.apply_patch(source, operations)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, RecursionError):
        return None
    return operations if same(result, target) else None
