"""Changes -> the requests they will travel in, as an apply sends them when nothing fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.engine.plan.build import BATCH
from rhythmconf.model import Change, Key
from rhythmconf.settings import Dialect


class Trip(NamedTuple):
    """One write of a change: the number of its request among the writes, from 1, and how many share that request."""

    request: int
    verb: str
    together: int


Stage = list[tuple[Change, str]]


def trips(changes: Sequence[Change], catalog: Catalog, dialect: Dialect) -> Mapping[Key, tuple[Trip, ...]]:
    """The writes of each change. One that only says what is known already, such as a binding's, has none."""
    found: dict[Key, list[Trip]] = {change.key: [] for change in changes}
    requests = (request for stage in _stages(changes) for request in _requests(stage, catalog, dialect))
    for number, request in enumerate(requests, 1):
        for change, verb in request:
            found[change.key].append(Trip(number, verb, len(request)))
    return {key: tuple(each) for key, each in found.items()}


def _stages(changes: Sequence[Change]) -> Iterator[Stage]:
    """What may go side by side: writes by wave, what closes their cycles, what frees deletions, deletions by wave."""
    writes = [change for change in changes if change.action != "delete"]
    deletes = [change for change in changes if change.action == "delete"]
    for wave in _waves(writes):
        yield [(each, "create" if each.action == "create" else "patch") for each in wave if each.body or each.patch]
    yield [(each, "patch") for each in writes if each.action == "create" and each.patch]
    yield [(each, "patch") for each in deletes if each.patch]
    for wave in _waves(deletes):
        yield [(each, "delete") for each in wave]


def _waves(changes: Sequence[Change]) -> Iterator[list[Change]]:
    ordered = sorted(changes, key=lambda change: change.wave)
    return (list(wave) for _, wave in groupby(ordered, key=lambda change: change.wave))


def _requests(stage: Stage, catalog: Catalog, dialect: Dialect) -> Iterator[Stage]:
    batched: dict[str, Stage] = {}
    for change, verb in stage:
        if verb in dialect.batch.split("+") and catalog.kind(change.key.kind).can("batch"):
            batched.setdefault(change.key.kind, []).append((change, verb))
        else:
            yield [(change, verb)]
    for group in batched.values():
        yield from (group[start : start + BATCH] for start in range(0, len(group), BATCH))
