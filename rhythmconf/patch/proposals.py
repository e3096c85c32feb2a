"""What may be worth carrying: a document and its target -> proposals, each a few moves and copies.

Proposals needn't be right, only few: each is tried, and stays only where it pays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rhythmconf.patch import reorder
from rhythmconf.patch.align import increasing
from rhythmconf.patch.edits import Ledger, Operation
from rhythmconf.patch.places import Path, get, inside, insert, pointer, remove, walk, without
from rhythmconf.patch.values import Json, same


class Step(NamedTuple):
    """A move or copy."""

    op: str
    start: Path
    path: Path

    def apply(self, document: Json) -> Json:
        """The document after the step."""
        value = get(document, self.start)
        if self.op == "move":
            document = remove(document, self.start) if self.path else document
        return insert(document, self.path, value)

    def operation(self) -> Operation:
        """The step in RFC 6902's words."""
        return {"op": self.op, "from": pointer(self.start), "path": pointer(self.path)}


class Want(NamedTuple):
    """A value of the target that isn't at `path` yet."""

    path: Path
    value: Json


def proposals(document: Json, target: Json, ledger: Ledger) -> Iterator[Sequence[Step]]:
    """What to try next."""
    wants: list[Want] = []
    spare: list[Path] = []
    orders: list[Sequence[Step]] = []
    _compare(document, target, (), ledger, wants, spare, orders)
    yield from orders
    texts = defaultdict(list)
    asked = {ledger.text(want.value) for want in wants}
    for path, value in walk(document):
        if (text := ledger.text(value)) in asked:
            texts[text].append(path)
    for want in wants:
        for start in texts[ledger.text(want.value)]:
            yield from _carries(start, want.path, spare)


def _carries(start: Path, path: Path, spare: list[Path]) -> Iterator[Sequence[Step]]:
    if start == path:
        return
    yield [Step("copy", start, path)]
    if start and not inside(path, start) and any(inside(start, outer) for outer in spare):
        yield [Step("move", start, without(path, start))]


def _compare(a: Json, b: Json, path: Path, ledger: Ledger, wants: list[Want], spare: list[Path], orders) -> None:
    if same(a, b):
        return
    if not path or isinstance(path[-1], str):
        wants.append(Want(path, b))
    spare.append(path)
    if isinstance(a, dict) and isinstance(b, dict):
        for key in a:
            if key in b:
                _compare(a[key], b[key], (*path, key), ledger, wants, spare, orders)
            else:
                spare.append((*path, key))
        wants += [Want((*path, key), b[key]) for key in b if key not in a]
    elif isinstance(a, list) and isinstance(b, list):
        _compare_items(a, b, path, ledger, wants, spare, orders)


def _compare_items(a, b, path, ledger, wants, spare, orders) -> None:
    places = defaultdict(list)
    for i in reversed(range(len(a))):
        places[ledger.text(a[i])].append(i)
    met = [(places[text].pop(), j) for j, y in enumerate(b) if places[text := ledger.text(y)]]
    order = [i for i, _ in met]
    steps = [Step("move", (*path, i), (*path, j)) for i, j in reorder.moves(len(a), order)]
    if len(steps) > 1:
        orders.append(steps)
    chain = [met[k] for k in increasing(order)]
    fence = [(-1, -1), *chain, (len(a), len(b))]
    for (i, j), (k, m) in zip(fence, fence[1:]):
        for x in range(i + 1, k):
            spare.append((*path, x))
        for y in range(j + 1, m):
            for x in sorted({i + 1, min(i + y - j, k), k}):
                wants.append(Want((*path, x), b[y]))
        for x, y in zip(range(i + 1, k), range(j + 1, m)):
            _compare(a[x], b[y], (*path, x), ledger, wants, spare, orders)
