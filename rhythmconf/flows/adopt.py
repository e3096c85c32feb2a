"""Take over records that already exist in the tenant, by marks or bindings, without changing a field."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from rhythmconf.engine import diff
from rhythmconf.engine import identity as identities
from rhythmconf.engine.identity.codes import LOOKALIKE_RECORD, PROJECT_RENAMED
from rhythmconf.engine.pull import find_unknown, report_unknown
from rhythmconf.errors import Refused, UsageError
from rhythmconf.flows import codes
from rhythmconf.flows.annotate import locate_diagnostics
from rhythmconf.flows.clock import now
from rhythmconf.flows.compose import identify, make_plan
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.validate import resolve_valid
from rhythmconf.flows.values import Flow, Planned
from rhythmconf.model import Bindings, DesiredState, Diagnostic, Identity, Key, LiveState, Pair, pointer
from rhythmconf.model.kind_names import KindNames
from rhythmconf.model.plural import counted
from rhythmconf.model.suggest import suggest_key
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project, Site
from rhythmconf.tenant import live as live_state

_NAMED = 3
"""How many documents without a record are named; `list` shows all."""


@dataclass(frozen=True, slots=True)
class AdoptionScope:
    """What to adopt: `keys`, or everything that fits; `from_project` is the project that manages `keys` today.

    With `rebind` only keys whose bound record is gone, as after a refresh of the tenant.
    """

    keys: frozenset[Key] = frozenset()
    from_project: str | None = None
    rebind: bool = False


@dataclass(frozen=True, slots=True)
class Adoption:
    """What would be adopted, as pairs and as a plan; `undecided` names what can't be adopted, and why.

    `warnings` name the fields of these records that no document can have.
    """

    planned: Planned
    pairs: tuple[Pair, ...]
    undecided: tuple[Diagnostic, ...] = field(default=())
    warnings: tuple[Diagnostic, ...] = field(default=())


class AdoptionUndecided(Refused):
    """It can't be decided which records belong to some of the documents; `diagnostics` says why."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        first, *others = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
        more = f", and {len(others)} more" if others else ""
        help = f"{first.help} Or name the keys to adopt without it."
        super().__init__(
            f"{first.message}{more}",
            where=first.location,
            help=help,
            code=first.code,
            diagnostics=diagnostics,
            repeats=first,
        )


def adopt(project: Project, environment: Environment, scope: AdoptionScope) -> Flow[Adoption]:
    """Find the records to adopt. Raises Invalid before the first request, UsageError for a key without a document."""
    site = project.site(environment)
    declared = resolve_valid(project, environment.name).state
    _check_declared(scope.keys, declared.resources, site)
    names = {key.kind for key in declared.resources}
    kinds = [kind for name, kind in site.catalog.kinds.items() if name in names]
    yield from await_lists(project.settings, environment)
    with connect(project, environment) as client:
        live = yield from live_state.fetch(client, kinds)
    adopt_from = dict.fromkeys(scope.keys, scope.from_project) if scope.from_project else {}
    identity = identify(declared, live, site, adopt_from=adopt_from, bind_imports=True)
    chosen = _choose(identity, scope, site.bindings)
    plan = make_plan(diff.compare(chosen, site), chosen, live, site, now=now())
    left = [*_undecided(identity, scope, site), *_without_document(live, declared, site)]
    undecided = tuple(locate_diagnostics(left, declared, site, project.texts))
    records = ((pair.key, pair.record) for pair in chosen.pairs if pair.record)
    warnings = tuple(report_unknown(find_unknown(site.catalog, records)))
    plan = plan._replace(diagnostics=(*plan.diagnostics, *warnings))
    return Adoption(Planned(plan, live, chosen), chosen.pairs, undecided, warnings)


def check_decided(adoption: Adoption) -> None:
    """Raise AdoptionUndecided where something can't be decided: everything is adopted, or nothing."""
    if any(diagnostic.severity == "error" for diagnostic in adoption.undecided):
        raise AdoptionUndecided(adoption.undecided)


def _check_declared(keys: Collection[Key], declared: Collection[Key], site: Site) -> None:
    for key in keys:
        if key not in declared:
            help = suggest_key(key, declared) or "write one, or let `rhythmconf pull` do it"
            raise UsageError(f"no document declares {site.catalog.names.key(key)}", help=help)


def _choose(identity: Identity, scope: AdoptionScope, bindings: Bindings) -> Identity:
    """Keep the pairs that are to be adopted and are not managed yet, with empty bodies, so that no field differs."""
    lost = _lost(identity, bindings)
    pairs = [pair for pair in identity.pairs if pair.record and (not scope.keys or pair.key in scope.keys)]
    chosen = [pair for pair in pairs if pair.key in lost or (not scope.rebind and _is_new(pair))]
    keys = {pair.key for pair in chosen}
    return identity._replace(
        pairs=tuple(
            pair._replace(resource=pair.resource._replace(body={}) if pair.resource else None) for pair in chosen
        ),
        orphans=(),
        binds=tuple(binding for binding in identity.binds if binding.key in keys),
        diagnostics=(),
    )


def _lost(identity: Identity, bindings: Bindings) -> set[Key]:
    """Return the keys whose bound record is gone, or was replaced by another."""
    return {
        pair.key
        for pair in identity.pairs
        if pair.key in bindings and (pair.record is None or pair.record.id != bindings[pair.key].id)
    }


def _is_new(pair: Pair) -> bool:
    unmarked = pair.record is not None and not identities.external_id(pair.record)
    return pair.how == "adoption" or (pair.mark is not None and unmarked)


def _undecided(identity: Identity, scope: AdoptionScope, site: Site) -> Iterator[Diagnostic]:
    """Yield the errors about what is to be adopted, warnings, and a note on the documents that no record fits.

    The warnings are of lookalikes, and of bindings that fit no record any more.
    """
    bindings = site.bindings
    for diagnostic in identity.diagnostics:
        is_about_adoption = diagnostic.severity == "error" or diagnostic.code == LOOKALIKE_RECORD
        is_chosen = not scope.keys or diagnostic.key in scope.keys
        # Who names the former project means to take its records over.
        is_renamed = diagnostic.code == PROJECT_RENAMED and scope.from_project is None
        if is_about_adoption and (is_chosen or is_renamed):
            yield diagnostic
    for key in sorted({pair.key for pair in identity.pairs if pair.record is None} & set(bindings)):
        yield _gone(
            key,
            bindings[key].id,
            "no record of the tenant fits the document",
            "Write the id of the right record into this line, or remove the line: the next apply then creates the "
            "record again.",
            site.catalog.names,
        )
    if not scope.rebind and scope.from_project is None:
        yield from _without_record(identity, scope, site)


def _without_record(identity: Identity, scope: AdoptionScope, site: Site) -> Iterator[Diagnostic]:
    """Say of which documents no record is theirs, so that a record with another name isn't made a second time."""
    said = {diagnostic.key for diagnostic in identity.diagnostics} | {*site.bindings}
    missing = {pair.key for pair in identity.pairs if pair.record is None} - said
    keys = sorted(key for key in missing if not scope.keys or key in scope.keys)
    if keys:
        names = [site.catalog.names.key(key) for key in keys]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        several = len(names) > 1
        environment = site.environment.name
        yield Diagnostic(
            codes.NO_RECORD,
            f"no record in {environment} fits {counted(len(names), 'document')}: {', '.join(names[:_NAMED])}{more}",
            "note",
            key=keys[0],
            help=f"The next plan creates {'them' if several else 'it'}. If {'one of them' if several else 'it'} is in "
            f"the tenant under another name, correct the name, or write the id of the record into "
            f"bindings/{environment}.yaml; `rhythmconf list --env {environment}` shows both.",
        )


def _without_document(live: LiveState, declared: DesiredState, site: Site) -> Iterator[Diagnostic]:
    """Warn of each bound key without a document whose record is gone: nothing tells which record it is now."""
    for key, binding in sorted(site.bindings.items()):
        known = {record.id for record in live.records.get(key.kind, ())}
        if key.kind in live.records and binding.id not in known and key not in declared.resources:
            yield _gone(
                key,
                binding.id,
                "no document describes it, so nothing tells which record it is now",
                "Write the id of the right record into this line, or remove the line and what refers to it.",
                site.catalog.names,
            )


def _gone(key: Key, id: str, why: str, help: str, names: KindNames) -> Diagnostic:
    return Diagnostic(
        codes.BOUND_RECORD_GONE,
        f"{names.key(key)}: the bound record {id!r} is gone, and {why}",
        "warning",
        key=key,
        pointer=pointer(("bindings", *key)),
        help=help,
    )
