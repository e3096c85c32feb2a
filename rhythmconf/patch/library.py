"""Ask the jsonpatch library for a patch.

It compares position by position and pairs removals with additions. Where the search had to guess, because arrays are
long or values large, its patch may be smaller than that of the search.
"""

from __future__ import annotations

from copy import deepcopy

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


def ask_library_without_moves(source: Json, target: Json) -> list[Operation] | None:
    """Return the patch of jsonpatch with a removal and an addition for each move; None as in `ask_library`."""
    import jsonpatch

    operations = ask_library(source, target)
    if operations is None or all(operation["op"] != "move" for operation in operations):
        return operations
    plain: list[Operation] = []
    document = deepcopy(source)
    for operation in operations:
        if operation["op"] == "move":
            value = deepcopy(jsonpatch.JsonPointer(str(operation["from"])).resolve(document))
            plain.append({"op": "remove", "path": operation["from"]})
            plain.append({"op": "add", "path": operation["path"], "value": value})
        else:
            plain.append(operation)
        # The document is a copy, and the patch was applied before without an error.
        document = jsonpatch.JsonPatch([operation]).apply(document, in_place=True)
    return plain
