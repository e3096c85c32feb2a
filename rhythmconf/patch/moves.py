"""Search for a patch with moves and copies, where moving a value is cheaper than writing it again.

This is a best-first search over the documents that one or more moves and copies make; what then remains is the
cheapest Edit. Each step is applied to the document itself, so a patch is right whichever steps are kept.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count, islice
from typing import NamedTuple

from rhythmconf.patch.costs import (
    BYTE,
    NEVER,
    NO_EDIT,
    Cache,
    Edit,
    Operation,
    operations_of,
    smaller,
)
from rhythmconf.patch.edits import find_edit
from rhythmconf.patch.library import ask_library
from rhythmconf.patch.proposals import propose
from rhythmconf.patch.shorten import shorten
from rhythmconf.patch.steps import Proposal
from rhythmconf.patch.values import Json, canonical, same, size

LEAST, MOST = 2, 400
"""How many documents are tried. Large documents get fewer tries: each takes longer and has more proposals."""


class Stage(NamedTuple):
    """A document on the way to the target: `spent` is the cost of its `operations`, `total` adds that of the `rest`."""

    total: int
    spent: int
    document: Json
    operations: tuple[Operation, ...]
    rest: Edit


def make_patch_with_moves(source: Json, target: Json) -> list[Operation]:
    """Return the operations of the cheapest way found: it never costs more than the cheapest Edit, or than jsonpatch's.

    The values have to differ.
    """
    cache = Cache(size(source) + size(target))
    try:
        best = _search(source, target, cache)
    except RecursionError:  # Nested too deeply for the search, which needs more of the stack than an Edit.
        best = _stage(source, target, 0, (), cache)
    ours = shorten([*best.operations, *operations_of(best.rest)], source)
    return smaller(ours, ask_library(source, target) or ours)


def _search(source: Json, target: Json, cache: Cache) -> Stage:
    bytes_in = cache.bytes_in
    tries = max(LEAST, min(MOST, MOST * 10_000**2 // bytes_in**2))
    if tries > LEAST:
        shared: dict[tuple[str, int], Json] = {}
        target, source = _share(target, shared), _share(source, shared)
    best = _stage(source, target, 0, (), cache)
    if cache.steps <= 0:
        return best  # Large values with little in common: moves and copies would hardly help, and take as long again.
    # So far all went into the cheapest Edit. The search for moves may do as much again.
    cache.allow_steps()
    # The counter orders stages of one cost, which can't be compared themselves.
    order = count()
    frontier = [(best.total, next(order), best)]
    seen: dict[str, int] = {}
    while frontier and tries > 0 and cache.spend(bytes_in // 10):
        stage = heappop(frontier)[2]
        for proposal in islice(propose(stage.document, target, cache), tries):
            if not cache.spend(len(proposal) * (1 + bytes_in // 1_000) + bytes_in // 20):
                break
            tries -= 1
            following = _apply(stage, proposal, target, cache)
            if following.total < min(stage.total, seen.get(text := cache.text(following.document), NEVER)):
                seen[text] = following.total
                heappush(frontier, (following.total, next(order), following))
                best = min(best, following, key=lambda stage: stage.total)
    return best


def _stage(
    document: Json, target: Json, spent: int, operations: tuple[Operation, ...], cache: Cache, limit: int = NEVER
) -> Stage:
    rest = NO_EDIT if same(document, target) else find_edit(document, target, 0, cache, limit)
    return Stage(spent + rest.cost, spent, document, operations, rest)


def _apply(stage: Stage, proposal: Proposal, target: Json, cache: Cache) -> Stage:
    """Return the stage after the steps of a proposal."""
    document, spent, operations = stage.document, stage.spent, list(stage.operations)
    for step in proposal:
        document = step.apply(document)
        operation = step.operation()
        operations.append(operation)
        spent += (size(operation) + 1) * BYTE + 1
    # The cache knows values by id(), so the document must not be freed.
    cache.alive.append(document)
    return _stage(document, target, spent, tuple(operations), cache, stage.total - spent)


def _share(value: Json, shared: dict[tuple[str, int], Json]) -> Json:
    """Rebuild the value so that containers that are the same, and as long, are one object: quick to compare."""
    if isinstance(value, dict):
        value = {key: _share(member, shared) for key, member in value.items()}
    elif isinstance(value, list):
        value = [_share(item, shared) for item in value]
    else:
        return value
    return shared.setdefault((canonical(value), size(value)), value)
