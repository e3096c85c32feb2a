"""Patch generators by name; each returns the patches of pairs of values and the time they took."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import jsonpatch

from rhythmconf.patch import make_patch
from tests.support.patching.applier import Refused, apply, cost, equal
from tests.support.patching.exact import optimum_cost

Pair = tuple[Any, Any]
Patch = list[dict[str, Any]]
ROOT = Path(__file__).parents[1]
MODULES = ROOT / ".tools/node_modules"
PROGRAM = Path(__file__).parent / "programs/patches.mjs"


class Made(NamedTuple):
    """The result of a generator for a set of pairs; None for a failure, only bytes if there is no patch."""

    name: str
    milliseconds: float
    patches: Sequence[Patch | None]
    sizes: Sequence[int | None]


OURS: dict[str, Callable[[Any, Any], Patch]] = {
    "rhythmconf basic": make_patch,
    "rhythmconf all": lambda source, target: make_patch(source, target, operations="all"),
}
OTHERS: dict[str, Callable[[Any, Any], Patch]] = {
    "jsonpatch": lambda source, target: list(jsonpatch.make_patch(source, target).patch),
    "whole value": lambda _source, target: [{"op": "replace", "path": "", "value": target}],
}


def made(pairs: Sequence[Pair], exact_seconds: float) -> Iterator[Made]:
    """Return the patches of each generator, the exact program first."""
    yield _exact(pairs, exact_seconds)
    for name, make in (OURS | OTHERS).items():
        start = perf_counter()
        patches = [make(*pair) for pair in pairs]
        yield _made(name, 1000 * (perf_counter() - start), patches)
    yield from _node(pairs)


def _made(name: str, milliseconds: float, patches: Sequence[Patch | None]) -> Made:
    return Made(name, milliseconds, patches, [None if patch is None else cost(patch) for patch in patches])


def _exact(pairs: Sequence[Pair], seconds: float) -> Made:
    start = perf_counter()
    sizes = [_optimum(pair, seconds) for pair in pairs]
    return Made("exact programme", 1000 * (perf_counter() - start), [], sizes)


def _optimum(pair: Pair, seconds: float) -> int | None:
    try:
        return optimum_cost(*pair, seconds=seconds)
    except TimeoutError:
        return None


def missing() -> str:
    """Return why the npm generators cannot run; empty if they can."""
    if shutil.which("node") is None:
        return "node is not here, so fast-json-patch, rfc6902 and jsondiffpatch are left out"
    return (
        "" if (MODULES / "rfc6902").is_dir() else "fast-json-patch, rfc6902 and jsondiffpatch need scripts/tools first"
    )


def _node(pairs: Sequence[Pair]) -> Iterator[Made]:
    if missing():
        return
    command = ["node", str(PROGRAM), str(MODULES)]
    done = subprocess.run(command, input=json.dumps(pairs), capture_output=True, text=True, check=True)
    for name, answer in json.loads(done.stdout).items():
        yield _made(name, answer["ms"], answer["patches"])


def is_right(pair: Pair, patch: Patch | None) -> bool:
    """Return whether a strict implementation of RFC 6902 produces the target from the patch."""
    try:
        return patch is not None and equal(apply(pair[0], patch), pair[1])
    except (Refused, LookupError, TypeError, ValueError):
        return False
