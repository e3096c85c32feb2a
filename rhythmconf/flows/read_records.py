"""Read the records that a plan is about, and match them to keys."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.catalog import Catalog, Kind
from rhythmconf.engine import diff, identity
from rhythmconf.flows.compose import identify
from rhythmconf.flows.scope import Scope, resolve_scope
from rhythmconf.flows.selection import dependencies
from rhythmconf.flows.values import Choices, Flow, History
from rhythmconf.model import DesiredState, Identity, Key, LiveState, Pair
from rhythmconf.source.project.values import Site
from rhythmconf.tenant import live as live_state
from rhythmconf.tenant.live import Source


class PlannedRecords(NamedTuple):
    """What a plan is about, the records of the tenant, whose they are, and the keys whose records are deleted."""

    scope: Scope
    live: LiveState
    identity: Identity
    prune: frozenset[Key]


def read_records(
    source: Source, state: DesiredState, choices: Choices, history: History, site: Site
) -> Flow[PlannedRecords]:
    """Read the kinds that a plan needs.

    With `--changed`, a document that another one refers to is planned too if the tenant has no record of it. Then the
    kinds that it refers to are read as well.
    """
    scope = resolve_scope(state, choices, history, site)
    live = yield from live_state.fetch(source, scope.kinds, scope.optional)
    matched, prune = _identify(scope, choices, live, site)
    while lacking := _find_lacking(scope, matched, site.catalog):
        scope = resolve_scope(state, choices, history, site, lacking=scope.compared | lacking)
        kinds = [kind for kind in scope.kinds if kind.name not in live.records and kind.name not in live.unlisted]
        live = live.joined((yield from live_state.fetch(source, kinds, scope.optional)))
        matched, prune = _identify(scope, choices, live, site)
    return PlannedRecords(scope, live, matched, prune)


def _find_lacking(scope: Scope, matched: Identity, catalog: Catalog) -> frozenset[Key]:
    """Return the documents that are not compared, that a compared one refers to, and that have no record."""
    left_out = scope.desired.resources.keys() - scope.compared
    if not left_out:
        return frozenset()
    having = {pair.key for pair in matched.pairs if pair.record is not None}
    compared = (scope.desired.resources[key] for key in scope.compared)
    targets = {key for one in compared for key in dependencies(catalog.kind(one.key.kind), one.body)}
    return frozenset((targets & left_out) - having)


def _identify(scope: Scope, choices: Choices, live: LiveState, site: Site) -> tuple[Identity, frozenset[Key]]:
    """Match records to keys, and say which of the records without a document are deleted.

    What is wrong with a document that the plan leaves out does not stop it, and its binding stays.
    """
    live, duplicates = identity.set_aside_duplicates(live, choices.duplicates, site.project)
    if choices.prune_duplicates:
        live, younger = identity.set_aside_younger(live, site.project, site.bindings)
        duplicates = (*duplicates, *younger)
    ending = choices.prune | scope.without_document
    matched = identify(scope.desired, live, site, ending=ending)
    kinds = site.catalog.kinds
    orphans = (pair._replace(reason=_reason(pair, choices, kinds[pair.key.kind])) for pair in matched.orphans)
    left_out = scope.desired.resources.keys() - scope.compared
    matched = matched._replace(
        orphans=(*orphans, *duplicates),
        binds=tuple(binding for binding in matched.binds if binding.key not in left_out),
        diagnostics=tuple(one for one in matched.diagnostics if one.key not in left_out),
    )
    keys = frozenset(pair.key for pair in matched.orphans)
    named = choices.prune | (scope.without_document & keys) | {pair.key for pair in duplicates}
    return matched, keys if choices.destroy else named


def _reason(pair: Pair, choices: Choices, kind: Kind) -> str:
    """Say why a record would be deleted."""
    if choices.destroy:
        return f"with all of this project; {pair.reason}"
    offer = "; --retire would switch it off and keep it" if diff.can_retire(kind) and not choices.retire else ""
    return f"no document; {pair.reason}{offer}"
