"""Shorten long pointers: move a busy object to a short name first, and back last.

Between the two moves the object only has another name, so the operations stay the same but for their pointers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from rhythmconf.patch.costs import Operation
from rhythmconf.patch.paths import pointer
from rhythmconf.patch.values import Json, size

MOVE = len('{"op":"move","from":"","path":""},')
_POINTERS = ("path", "from")
"""The members of an operation that hold a pointer."""


def shorten(operations: Sequence[Operation], source: Json) -> list[Operation]:
    """Give each object of `source` a short name while the patch runs, if that saves bytes."""
    shortened = list(operations)
    while isinstance(source, dict) and (name := _free_name(shortened, source)):
        gains = sorted(((_gain(place, uses, name), place) for place, uses in _uses(shortened).items()), reverse=True)
        place = next((place for gain, place in gains if gain > 0 and _is_fixed(place, shortened, source)), None)
        if place is None:
            break
        inner = [_renamed(operation, place, name) for operation in shortened]
        shortened = [{"op": "move", "from": place, "path": name}, *inner, {"op": "move", "from": name, "path": place}]
    return shortened


def without_short_names(operations: Sequence[Operation]) -> list[Operation]:
    """Return the same patch with every object under its own name, for readers that take a pointer for a field."""
    plain = list(operations)
    while len(plain) > 1 and plain[0]["op"] == plain[-1]["op"] == "move" and _ends(plain[0]) == _ends(plain[-1])[::-1]:
        place, name = _ends(plain[0])
        plain = [_renamed(operation, name, place) for operation in plain[1:-1]]
    return plain


def _ends(move: Operation) -> tuple[str, str]:
    return str(move["from"]), str(move["path"])


def _pointers(operations: Sequence[Operation]) -> Iterator[str]:
    return (str(operation[member]) for operation in operations for member in _POINTERS if member in operation)


def _uses(operations: Sequence[Operation]) -> Counter[str]:
    """Count the pointers that lead through each place."""
    uses: Counter[str] = Counter()
    for path in _pointers(operations):
        tokens = path.split("/")
        uses.update("/".join(tokens[:depth]) for depth in range(2, len(tokens)))
    return uses


def _gain(place: str, uses: int, name: str) -> int:
    """Return the bytes saved by a short name where the place is used, less the two moves, which name both."""
    return uses * (size(place) - size(name)) - 2 * (MOVE + size(place) + size(name) - 4)


def _free_name(operations: Sequence[Operation], source: dict[str, Json]) -> str | None:
    """Return a short pointer that neither the document nor an operation uses."""
    used = set(source) | {path.split("/")[1] for path in _pointers(operations) if path}
    return next((pointer((name,)) for name in ("", *ascii_lowercase) if name not in used), None)


def _is_fixed(place: str, operations: Sequence[Operation], source: Json) -> bool:
    """Whether the place is reached through members only, and no operation changes it or what holds it."""
    return _exists(source, place) and not any(f"{place}/".startswith(f"{path}/") for path in _pointers(operations))


def _exists(document: Json, place: str) -> bool:
    for token in place.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(document, dict) or name not in document:
            return False
        document = document[name]
    return True


def _renamed(operation: Operation, old: str, new: str) -> Operation:
    """Return the operation with `new` for `old` in pointers to what is inside it."""
    ends = {member: str(operation[member]) for member in _POINTERS if member in operation}
    return operation | {
        member: new + path.removeprefix(old) for member, path in ends.items() if path.startswith(f"{old}/")
    }
