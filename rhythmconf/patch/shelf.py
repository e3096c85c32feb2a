"""Long pointers made short: operations -> operations that first move a busy object to a short name, and last back.

Between the two moves its old pointer is merely another name, so the operations are the same but for their pointers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from rhythmconf.patch.places import pointer
from rhythmconf.patch.prices import Operation
from rhythmconf.patch.values import Json, size

MOVE = len('{"op":"move","from":"","path":""},')
ENDS = ("path", "from")


def shelved(operations: Sequence[Operation], source: Json) -> list[Operation]:
    """The operations, with each container of `source` shelved for which that saves bytes."""
    found = list(operations)
    while isinstance(source, dict) and (slot := _slot(found, source)):
        gains = sorted(((_gain(place, uses, slot), place) for place, uses in _busy(found).items()), reverse=True)
        place = next((place for gain, place in gains if gain > 0 and _is_fixed(place, found, source)), None)
        if place is None:
            break
        inner = [_renamed(operation, place, slot) for operation in found]
        found = [{"op": "move", "from": place, "path": slot}, *inner, {"op": "move", "from": slot, "path": place}]
    return found


def without_short_names(operations: Sequence[Operation]) -> list[Operation]:
    """The same patch with every object under its own name throughout, for who reads pointers as fields."""
    found = list(operations)
    while len(found) > 1 and found[0]["op"] == found[-1]["op"] == "move" and _ends(found[0]) == _ends(found[-1])[::-1]:
        place, slot = _ends(found[0])
        found = [_renamed(operation, slot, place) for operation in found[1:-1]]
    return found


def _ends(move: Operation) -> tuple[str, str]:
    return str(move["from"]), str(move["path"])


def _pointers(operations: Sequence[Operation]) -> Iterator[str]:
    return (str(operation[end]) for operation in operations for end in ENDS if end in operation)


def _busy(operations: Sequence[Operation]) -> Counter[str]:
    """How many pointers lead through each place."""
    uses: Counter[str] = Counter()
    for path in _pointers(operations):
        tokens = path.split("/")
        uses.update("/".join(tokens[:depth]) for depth in range(2, len(tokens)))
    return uses


def _gain(place: str, uses: int, slot: str) -> int:
    """Bytes saved by calling a place `slot` where it is used; the two moves name both."""
    return uses * (size(place) - size(slot)) - 2 * (MOVE + size(place) + size(slot) - 4)


def _slot(operations: Sequence[Operation], source: dict[str, Json]) -> str | None:
    """A short pointer that neither the document nor an operation uses."""
    taken = set(source) | {path.split("/")[1] for path in _pointers(operations) if path}
    return next((pointer((name,)) for name in ("", *ascii_lowercase) if name not in taken), None)


def _is_fixed(place: str, operations: Sequence[Operation], source: Json) -> bool:
    """Whether only members lead to the place, and no operation puts or takes it or what holds it."""
    return _has(source, place) and not any(f"{place}/".startswith(f"{path}/") for path in _pointers(operations))


def _has(document: Json, place: str) -> bool:
    for token in place.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(document, dict) or name not in document:
            return False
        document = document[name]
    return True


def _renamed(operation: Operation, old: str, new: str) -> Operation:
    """The operation with what is inside `old` said to be inside `new`."""
    ends = {end: str(operation[end]) for end in ENDS if end in operation}
    return operation | {end: new + path.removeprefix(old) for end, path in ends.items() if path.startswith(f"{old}/")}
