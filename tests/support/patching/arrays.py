"""Long arrays before and after typical edits, for tests and benchmarks."""

from __future__ import annotations

from random import Random

from tests.support.patching.applier import Value, clone

KINDS = ["ten edits", "every row", "all new", "shuffled", "reversed", "twins", "rotated twins"]


def row(number: int) -> Value:
    """Return one object of an array."""
    return {"id": f"r{number}", "name": f"Row {number}", "amount": number * 1.5, "range": {"number": number % 7}}


def long_pair(kind: str, length: int) -> tuple[Value, Value]:
    """Return an array of rows before and after edits of one of KINDS."""
    random = Random(f"{kind}/{length}")
    source: Value = [row(number) for number in range(length)]
    if "twins" in kind:
        source = [random.choice([True, "x", {"id": 1}, [1]]) for _ in range(length)]
    target = clone(source)
    if kind == "ten edits":
        for index in random.sample(range(length), 7):
            target[index]["name"] = "edited"
        target.insert(length // 2, row(length))
        del target[length // 3], target[length // 4]
    elif kind == "every row":
        for member in target:
            member["name"] = "edited"
    elif kind == "all new":
        target = [row(length + number) for number in range(length)]
    elif kind == "shuffled":
        random.shuffle(target)
    elif kind == "reversed":
        target.reverse()
    elif kind == "twins":
        target[length // 5], target[length // 2] = 1, "y"
    else:
        target = [*target[length // 10 :], "end"]
        target.insert(length // 2, 2)
    return source, target
