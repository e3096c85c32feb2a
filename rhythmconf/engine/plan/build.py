"""Comparison -> Plan: order, preconditions, guards and forecast; every patch applied once here, and verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import jsonpatch

from rhythmconf.catalog import Catalog
from rhythmconf.engine.diff import Comparison, Difference
from rhythmconf.engine.plan import codes
from rhythmconf.engine.plan.guards import Allow, Scene, allowed, check
from rhythmconf.engine.plan.order import ordered
from rhythmconf.engine.plan.preconditions import GONE, of_delete, of_patch
from rhythmconf.engine.plan.schedule import forecast
from rhythmconf.errors import PlanError
from rhythmconf.model import (
    Body,
    Change,
    Diagnostic,
    Fingerprint,
    Identity,
    Json,
    LiveState,
    Operation,
    Plan,
    Summary,
    same,
)
from rhythmconf.settings import Dialect

NOTHING = Allow()


class Undecided(PlanError):
    """What the tenant holds doesn't let a plan be made; `diagnostics` has every finding."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        errors = [found for found in diagnostics if found.severity == "error"]
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        first = errors[0]
        super().__init__(
            f"{first.message}{more}", help=first.help or None, code=first.code, diagnostics=diagnostics, repeats=first
        )


def build(
    comparison: Comparison,
    *,
    identity: Identity,
    live: LiveState,
    catalog: Catalog,
    dialect: Dialect,
    project: str,
    protected: bool,
    fingerprint: Fingerprint,
    allow: Allow = NOTHING,
    empty_sources: bool = False,
) -> Plan:
    """Make the plan. One that a guard refuses is made too, for the reviewer: look at `guards`.

    Raises Undecided for errors found on the way here, PlanError for a cycle that can't be cut or a wrong patch.
    """
    diagnostics = (*identity.diagnostics, *comparison.diagnostics)
    if any(found.severity == "error" for found in diagnostics):
        raise Undecided(diagnostics)
    verify(comparison.differences)
    prepared = [_prepared(each, catalog) for each in comparison.differences]
    changes = ordered(prepared, catalog)
    requests = forecast(changes, live, catalog, dialect, fingerprint.incarnation)
    scene = Scene(prepared, identity, live, catalog, project, protected, empty_sources, allow)
    return Plan(
        fingerprint,
        changes,
        summarise(changes, comparison.unchanged),
        guards=check(scene),
        allowed=allowed(allow, catalog),
        binds=identity.binds,
        both=comparison.both,
        diagnostics=diagnostics,
        catalogue=catalog.version,
        requests_made=live.requests,
        requests_forecast=live.requests + requests.at_once,
        requests_reread=requests.rereads,
    )


def verify(differences: Iterable[Difference]) -> None:
    """Apply every patch to its live record. Raises PlanError where that doesn't give the target."""
    for each in differences:
        if (
            each.live is not None
            and each.target is not None
            and not _reaches(each.live, each.change.patch, each.target)
        ):
            raise PlanError(
                f"{each.change.key}: the patch does not turn the live record into the target",
                help="This is a fault of rhythmconf: please report it with the document and the record.",
                code=codes.PATCH_MISSES_TARGET,
            )


def summarise(changes: Iterable[Change], unchanged: int) -> Summary:
    """Count the changes of each action."""
    counts = Counter(change.action for change in changes)
    return Summary(counts["create"], counts["update"], counts["delete"], counts["adopt"], unchanged)


def _prepared(found: Difference, catalog: Catalog) -> Difference:
    change = found.change
    if found.live is None:
        precondition = GONE
    elif found.target is None:
        precondition = of_delete(catalog.kind(change.key.kind).root, change.before or {})
    else:
        precondition = of_patch(change.patch, found.live)
    return found._replace(change=change._replace(precondition=precondition))


def _reaches(live: Body, patch: Sequence[Operation], target: Body) -> bool:
    try:
        reached: Json = jsonpatch.JsonPatch(list(patch)).apply(live)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        return False
    return same(reached, target)
