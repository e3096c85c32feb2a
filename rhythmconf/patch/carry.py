"""Moves and copies: two values -> operations, where carrying a value is cheaper than writing it again.

A best-first search over the documents that one or more moves and copies make; what then remains is the cheapest
Edit. Each step is carried out on the document itself, so the operations are right whichever of them are kept.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count, islice
from typing import NamedTuple

from rhythmconf.patch.edits import edit
from rhythmconf.patch.prices import BYTE, NEVER, NOTHING, Edit, Ledger, Operation, unfold
from rhythmconf.patch.proposals import proposals
from rhythmconf.patch.shelf import shelved
from rhythmconf.patch.steps import Proposal
from rhythmconf.patch.values import Json, canonical, same, size

LEAST, MOST = 2, 400
"""How many documents are tried: the larger they are, the fewer, as each takes longer and has more to propose."""


class Stage(NamedTuple):
    """A document on the way: what its `operations` cost, and with the `rest` in `total`."""

    total: int
    spent: int
    document: Json
    operations: tuple[Operation, ...]
    rest: Edit


def smallest(source: Json, target: Json) -> list[Operation]:
    """The operations of the cheapest way found, never dearer than the cheapest Edit."""
    ledger = Ledger()
    effort = _effort(ledger.size(source) + ledger.size(target))
    if effort > LEAST:
        known: dict[tuple[str, int], Json] = {}
        target, source = _shared(target, known), _shared(source, known)
    best = _stage(source, target, 0, (), ledger)
    order = count()
    frontier = [(best.total, next(order), best)]
    seen: dict[str, int] = {}
    while frontier and effort > 0:
        stage = heappop(frontier)[2]
        for steps in islice(proposals(stage.document, target, ledger), effort):
            effort -= 1
            found = _taken(stage, steps, target, ledger)
            if found.total < min(stage.total, seen.get(mark := ledger.text(found.document), NEVER)):
                seen[mark] = found.total
                heappush(frontier, (found.total, next(order), found))
                best = min(best, found, key=lambda stage: stage.total)
    return shelved([*best.operations, *unfold(best.rest)], source)


def _effort(size: int) -> int:
    return max(LEAST, min(MOST, MOST * 10_000**2 // size**2))


def _stage(
    document: Json, target: Json, spent: int, operations: tuple[Operation, ...], ledger: Ledger, limit: int = NEVER
) -> Stage:
    rest = NOTHING if same(document, target) else edit(document, target, 0, ledger, limit)
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
    return _stage(document, target, spent, tuple(operations), ledger, stage.total - spent)


def _shared(value: Json, known: dict[tuple[str, int], Json]) -> Json:
    """The value rebuilt so that containers that are the same, and as long, are one object: quick to compare."""
    if isinstance(value, dict):
        value = {key: _shared(member, known) for key, member in value.items()}
    elif isinstance(value, list):
        value = [_shared(item, known) for item in value]
    else:
        return value
    return known.setdefault((canonical(value), size(value)), value)
