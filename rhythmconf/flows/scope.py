"""Resolve --only, --prune and --destroy to the scope of one plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rhythmconf.catalog import Catalog, Kind, references
from rhythmconf.engine.diff import threeway
from rhythmconf.engine.diff.threeway import Past
from rhythmconf.errors import Refused, UsageError
from rhythmconf.flows.effects import find_schedules
from rhythmconf.flows.selection import refuse_unknown, select
from rhythmconf.flows.values import Choices, History
from rhythmconf.model import DesiredState, Key, Resource
from rhythmconf.source.project.values import Site


class Scope(NamedTuple):
    """The desired State, that of the base, the keys without a document any more, and the kinds to fetch.

    The tenant may refuse to list an `optional` kind: none of its records can be changed or refer to what is deleted.
    """

    desired: DesiredState
    past: Past | None
    without_document: frozenset[Key]
    kinds: list[Kind]
    optional: frozenset[str]


def resolve_scope(state: DesiredState, choices: Choices, history: History, site: Site) -> Scope:
    """Narrow the desired State to what the user chose. Raises Refused, and UsageError for keys without a document."""
    catalog, environment = site.catalog, site.environment
    if choices.destroy and environment.protected:
        raise Refused(f"{environment.name} is protected: --destroy is refused", help="name each record with --prune")
    if choices.destroy and choices.narrowed:
        raise UsageError(
            "--destroy deletes every record of this project, so it can't be combined with --only",
            help="to delete one record, remove its document and name it with --prune",
        )
    if choices.prune_duplicates and choices.narrowed:
        raise UsageError(
            "--prune-duplicates deletes the duplicates of all keys, so it can't be combined with --only",
            help="to delete one record, name it with --prune-duplicate ID",
        )
    # With --destroy nothing is compared with the base.
    past = (
        threeway.make_past(history.base_state, state, catalog) if history.base_state and not choices.destroy else None
    )
    earlier = {*past.bodies, *past.own} if past else set()
    refuse_unknown(choices.allow.ours | choices.allow.theirs, {*state.resources, *earlier}, catalog)
    desired = DesiredState({}) if choices.destroy else _narrowed(state, choices, catalog)
    without_document = past.without_document if past and not choices.narrowed else frozenset()
    duplicates = choices.duplicates or choices.prune_duplicates
    deleted = {key.kind for key in (*without_document, *choices.prune)}
    needed = _kinds(desired, site) | deleted | catalog.users(deleted)
    if duplicates or choices.destroy:  # whatever carries a mark of this project may be deleted
        needed = {*catalog.kinds}
    # Records of other kinds are read too where something is deleted, so that whatever they tell is known.
    kinds = [kind for name, kind in catalog.kinds.items() if deleted or name in needed]
    return Scope(desired, past, without_document, kinds, frozenset(catalog.kinds) - needed)


def _narrowed(state: DesiredState, choices: Choices, catalog: Catalog) -> DesiredState:
    """Keep the keys of `--only` and what they depend on; keep everything without `--only`.

    A key of `--prune` has no document, so `--only` may name it too.
    """
    if not choices.narrowed:
        return state
    chosen = select(choices.only, choices.matching, {*state.resources, *choices.prune}, catalog)
    kept: dict[Key, Resource] = {}
    waiting = list(chosen)
    while waiting:
        key = waiting.pop()
        if key in state.resources and key not in kept:
            kept[key] = state.resources[key]
            waiting += _dependencies(kept[key], catalog)
    return DesiredState({key: state.resources[key] for key in state.resources if key in kept}, state.skipped)


def _dependencies(resource: Resource, catalog: Catalog) -> Iterable[Key]:
    """Return the keys that a resource refers to."""
    for _, _, value in references(catalog.kind(resource.key.kind), resource.body):
        if isinstance(value, dict):
            yield Key.parse(str(value["$ref"]))


def _kinds(state: DesiredState, site: Site) -> set[str]:
    """Return the kinds of the documents, and of the bound records that these refer to.

    With `freeze_hours` also those of schedules: the tenant may have some that no document stands for.
    """
    kinds = site.catalog.kinds
    names = {key.kind for key in state.resources}
    if site.environment.freeze_hours is not None:
        names |= {*find_schedules([*state.resources], site.catalog)}
    unseen = {key for key in site.bindings if key.kind in kinds and key.kind not in names}
    if unseen:
        # A binding may name a record that is gone: only the list of its kind shows it.
        names |= {
            key.kind
            for resource in state.resources.values()
            for key in _dependencies(resource, site.catalog)
            if key in unseen
        }
    return names & kinds.keys()
