"""Moves and copies: two values -> operations, where carrying a value is cheaper than writing it again.

A best-first search over the documents that one or more moves and copies make; what then remains is the cheapest
Edit. Each step is carried out on the document itself, so the operations are right whichever of them are kept.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from rhythmconf.patch.edits import BYTE, NEVER, NOTHING, Edit, Ledger, Operation, edit, unfold
from rhythmconf.patch.proposals import proposals
from rhythmconf.patch.steps import Proposal
from rhythmconf.patch.values import Json, same, size


class Stage(NamedTuple):
    """A document on the way: what its `operations` cost, and with the `rest` in `total`."""

    total: int
    spent: int
    document: Json
    operations: tuple[Operation, ...]
    rest: Edit


def smallest(source: Json, target: Json, ledger: Ledger) -> list[Operation]:
    """The operations of the cheapest way found, never dearer than the cheapest Edit."""
    first = best = _stage(source, target, 0, (), ledger)
    effort = 400
    order = count()
    frontier = [(first.total, next(order), first)]
    seen: dict[str, int] = {}
    while frontier and effort > 0:
        stage = heappop(frontier)[2]
        for steps in proposals(stage.document, target, ledger):
            effort -= 1
            found = _taken(stage, steps, target, ledger)
            if found.total >= stage.total or seen.get(mark := ledger.text(found.document), NEVER) <= found.total:
                continue
            seen[mark] = found.total
            heappush(frontier, (found.total, next(order), found))
            best = min(best, found, key=lambda stage: stage.total)
    return [*best.operations, *unfold(best.rest)]


def _stage(document: Json, target: Json, spent: int, operations: tuple[Operation, ...], ledger: Ledger) -> Stage:
    rest = NOTHING if same(document, target) else edit(document, target, 0, ledger)
    return Stage(spent + rest.cost, spent, document, operations, rest)


def _taken(stage: Stage, steps: Proposal, target: Json, ledger: Ledger) -> Stage:
    """The stage after further steps; its documents are kept, as the ledger knows values by identity."""
    document, spent, operations = stage.document, stage.spent, list(stage.operations)
    for step in steps:
        document = step.apply(document)
        operation = step.operation()
        operations.append(operation)
        spent += (size(operation) + 1) * BYTE + 1
    ledger.alive.append(document)
    return _stage(document, target, spent, tuple(operations), ledger)
