"""Resolve --only, --changed, --prune and --destroy to the scope of one plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rhythmconf.catalog import Catalog, Kind
from rhythmconf.engine.diff import threeway
from rhythmconf.engine.diff.threeway import Past
from rhythmconf.errors import Refused, UsageError
from rhythmconf.flows.changed import compared_commit, find_changed, why_everything
from rhythmconf.flows.effects import find_schedules
from rhythmconf.flows.selection import dependencies, refuse_unknown, select, with_dependencies
from rhythmconf.flows.values import Choices, History
from rhythmconf.model import DesiredState, Key
from rhythmconf.source.project.values import Site


class Scope(NamedTuple):
    """What one plan is about: the kinds to fetch, the desired State of these, and the keys that are compared.

    A plan that leaves out documents pairs them all the same where their kind is fetched: a record that one of them
    stands for is neither free to be adopted nor without a document. `not_compared` counts by kind the documents that
    are left out. `past` is the desired State of the base, `without_document` has the keys that it alone declares. The
    tenant may refuse to list an `optional` kind: none of its records can be changed or refer to what is deleted.
    `narrowed` says that the user wants no plan of everything. With `--changed`, `changed_since` is the commit that the
    documents were compared with.
    """

    desired: DesiredState
    compared: frozenset[Key]
    past: Past | None
    without_document: frozenset[Key]
    kinds: list[Kind]
    optional: frozenset[str]
    not_compared: Mapping[str, int]
    narrowed: bool = False
    changed_since: str = ""


def resolve_scope(
    state: DesiredState,
    choices: Choices,
    history: History,
    site: Site,
    *,
    lacking: frozenset[Key] = frozenset(),
) -> Scope:
    """Narrow the desired State to what the user chose. Raises Refused, and UsageError for keys without a document.

    With `--changed`, keys that the tenant is `lacking` are planned too.
    """
    catalog, environment = site.catalog, site.environment
    if choices.destroy and environment.protected:
        raise Refused(f"{environment.name} is protected: --destroy is refused", help="name each record with --prune")
    flag = "--only" if choices.narrowed else "--changed" if choices.changed else ""
    if choices.destroy and flag:
        raise UsageError(
            f"--destroy deletes every record of this project, so it can't be combined with {flag}",
            help="to delete one record, remove its document and name it with --prune",
        )
    if choices.prune_duplicates and flag:
        raise UsageError(
            f"--prune-duplicates deletes the duplicates of all keys, so it can't be combined with {flag}",
            help="to delete one record, name it with --prune-duplicate ID",
        )
    # With --destroy nothing is compared with the base.
    past = (
        threeway.make_past(history.base_state, state, catalog) if history.base_state and not choices.destroy else None
    )
    earlier = {*past.bodies, *past.own} if past else set()
    refuse_unknown(choices.allow.ours | choices.allow.theirs, {*state.resources, *earlier}, catalog)
    if choices.destroy:
        state = DesiredState({})
    since = history.base_state if choices.changed and not why_everything(history) else None
    narrowed = bool(choices.narrowed or since)
    chosen = state
    if since:
        keys = find_changed(state, since, site.bindings, catalog) | choices.prune | lacking
        chosen = state._replace(resources={key: one for key, one in state.resources.items() if key in keys})
    elif narrowed:
        # A key of --prune has no document, so --only may name it too. If it has one, the comparison says so.
        named = select(choices.only, choices.matching, {*state.resources, *choices.prune}, catalog)
        chosen = with_dependencies(named | choices.prune, state, catalog)
    without_document = past.without_document if past and not choices.narrowed else frozenset()
    duplicates = choices.duplicates or choices.prune_duplicates
    deleted = {key.kind for key in (*without_document, *choices.prune)}
    left_out = {key: resource for key, resource in state.resources.items() if key not in chosen.resources}
    needed = _kinds(chosen, left_out, site) | deleted | catalog.users(deleted)
    if duplicates or choices.destroy:  # whatever carries a mark of this project may be deleted
        needed = {*catalog.kinds}
    helpful = {*catalog.kinds} if deleted else set()  # whatever other records tell is known
    if narrowed:
        # Who removed a reference is known with the id of what it named.
        concerned = {*chosen.resources, *without_document, *choices.prune}
        helpful = _kinds_before(concerned, past, catalog) if past else set()
    read = needed | helpful
    paired = {key: resource for key, resource in left_out.items() if key.kind in read}
    return Scope(
        # Where several documents stand for one record, the error is about the first of them.
        DesiredState({**chosen.resources, **paired}, state.skipped),
        frozenset(chosen.resources),
        past,
        without_document,
        [kind for name, kind in catalog.kinds.items() if name in read],
        frozenset(catalog.kinds) - needed,
        dict(sorted(Counter(key.kind for key in left_out).items())),
        narrowed,
        compared_commit(since) if since else "",
    )


def _kinds(state: DesiredState, left_out: Iterable[Key], site: Site) -> set[str]:
    """Return the kinds of the documents, and of all that these refer to: a record may only be bound.

    With `freeze_hours` also those of schedules: the tenant may have some that no document stands for.
    """
    kinds = site.catalog.kinds
    names = {key.kind for key in state.resources}
    if site.environment.freeze_hours is not None:
        names |= {*find_schedules([*state.resources], site.catalog)}
    others = (*site.bindings, *state.skipped, *left_out)
    unseen = {key for key in others if key.kind in kinds and key.kind not in names}
    if unseen:
        # A binding may name a record that is gone: only the list of its kind shows it.
        names |= {
            key.kind
            for resource in state.resources.values()
            for key in dependencies(site.catalog.kind(resource.key.kind), resource.body)
            if key in unseen
        }
    return names & kinds.keys()


def _kinds_before(keys: Iterable[Key], past: Past, catalog: Catalog) -> set[str]:
    """Return the kinds that some documents referred to at the base, or at the commit shared with it."""
    bodies = [(key, each[key]) for each in (past.bodies, past.own) for key in keys if key in each]
    return {target.kind for key, body in bodies for target in dependencies(catalog.kind(key.kind), body)}
