"""Make a Plan of a Comparison: order, preconditions, guards and forecast. Every patch is applied once and verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rhythmconf.catalog import Catalog
from rhythmconf.engine.diff import Comparison, Difference
from rhythmconf.engine.plan import codes
from rhythmconf.engine.plan.guards import Allow, GuardInput, allowed_flags, check
from rhythmconf.engine.plan.order import order
from rhythmconf.engine.plan.preconditions import NO_RECORD, delete_precondition, patch_precondition
from rhythmconf.engine.plan.recheck import guard_reads
from rhythmconf.engine.plan.schedule import forecast
from rhythmconf.errors import PlanError
from rhythmconf.model import (
    Agreed,
    Base,
    Body,
    Change,
    Diagnostic,
    Identity,
    Json,
    Key,
    LiveState,
    Operation,
    Plan,
    Summary,
    same,
)
from rhythmconf.model.plural import counted
from rhythmconf.source.project.values import Site
from rhythmconf.tenant.live import fingerprint

NOTHING_ALLOWED = Allow()
NOTHING_EMPTIED: Mapping[Key, str] = {}


class PlanUndecided(PlanError):
    """No plan can be made of what the tenant holds; `diagnostics` has every reason."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
        first = errors[0]
        if len(errors) == 1:
            super().__init__(
                first.message,
                where=first.location,
                help=first.help or None,
                code=first.code,
                diagnostics=diagnostics,
                repeats=first,
            )
        else:
            message = f"no plan can be made: {counted(len(errors), 'error')} (see above)"
            # One help for all of them is better than a general one beside it.
            one_repairs_all = len({error.help for error in errors if error.help}) == 1
            help = None if one_repairs_all else "settle each of them, then plan again"
            super().__init__(message, help=help, diagnostics=diagnostics)


def build(
    comparison: Comparison,
    identity: Identity,
    live: LiveState,
    site: Site,
    *,
    allow: Allow = NOTHING_ALLOWED,
    empty_sources: bool = False,
    base: Base | None = None,
    emptied: Mapping[Key, str] = NOTHING_EMPTIED,
    applied: frozenset[Key] = frozenset(),
) -> Plan:
    """Make the plan of a comparison. A plan that a guard refuses is made as well, for the reviewer: see `guards`.

    `base` is what files and tenant were compared with. `empty_sources`: the project has no documents, which never means
    to delete everything. `emptied` has the keys whose source folder or file lost all its documents since the base, and
    that folder or file. `applied` are the keys that the last apply knows, of the kinds in `live`. Raises PlanUndecided
    if `identity` or `comparison` has an error, and PlanError for a cycle that can't be cut or a wrong patch.
    """
    diagnostics = (*identity.diagnostics, *comparison.diagnostics)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        raise PlanUndecided(diagnostics)
    verify(comparison.differences)
    catalog, tenant = site.catalog, fingerprint(site.environment, live)
    differences = [_add_precondition(difference, catalog) for difference in comparison.differences]
    changes = order(differences, catalog)
    wanted = guard_reads(changes, identity.binds, allow, site)
    requests = forecast(changes, live, catalog, site.dialect, tenant.incarnation, wanted)
    return Plan(
        tenant,
        changes,
        summarise(changes, comparison.unchanged),
        guards=check(GuardInput(differences, identity, live, site, empty_sources, allow, base, emptied, applied)),
        allowed=allowed_flags(allow, catalog),
        binds=identity.binds,
        names=catalog.names_with_titles(key.kind for key in _shown_keys(changes, comparison.both)),
        base=base,
        both=comparison.both,
        diagnostics=diagnostics,
        catalogue=catalog.version,
        project=site.project,
        requests_made=live.requests,
        requests_forecast=live.requests + requests.at_once,
        requests_reread=requests.rereads,
    )


def verify(differences: Iterable[Difference]) -> None:
    """Apply every patch to its live record. Raises PlanError (RC312) if the result is not the target."""
    for difference in differences:
        live, target = difference.live, difference.target
        if live is not None and target is not None and not _reaches(live, difference.change.patch, target):
            raise PlanError(
                f"{difference.change.key}: the patch does not turn the live record into the target",
                help="This is a bug in rhythmconf: please report it with the document and the record.",
                code=codes.PATCH_MISSES_TARGET,
            )


def summarise(changes: Iterable[Change], unchanged: int) -> Summary:
    """Count the changes of each action."""
    changes = tuple(changes)
    counts = Counter(change.action for change in changes)
    changing = sum(change.action == "adopt" and change.changes_fields for change in changes)
    return Summary(counts["create"], counts["update"], counts["delete"], counts["adopt"], unchanged, changing)


def _shown_keys(changes: Iterable[Change], both: Iterable[Agreed]) -> Iterator[Key]:
    yield from (change.key for change in changes)
    yield from (agreed.key for agreed in both)


def _add_precondition(difference: Difference, catalog: Catalog) -> Difference:
    change = difference.change
    if difference.live is None:
        precondition = NO_RECORD
    elif difference.target is None:
        precondition = delete_precondition(catalog.kind(change.key.kind).root, change.before or {})
    else:
        precondition = patch_precondition(change.patch, difference.live)
    return difference._replace(change=change._replace(precondition=precondition))


def _reaches(live: Body, patch: Sequence[Operation], target: Body) -> bool:
    import jsonpatch  # a plan that only creates needs none

    try:
        result: Json = jsonpatch.JsonPatch(list(patch)).apply(live)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        return False
    return same(result, target)
