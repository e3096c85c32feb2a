"""What the files want and what the user chose -> what one plan is about. A choice that can't be meant is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from rhythmconf.catalog import Catalog, Kind, references
from rhythmconf.engine.diff import threeway
from rhythmconf.engine.diff.threeway import Past
from rhythmconf.errors import Refused, UsageError
from rhythmconf.flows.values import Choices, History
from rhythmconf.model import DesiredState, Key, Resource
from rhythmconf.model.suggest import suggest_key
from rhythmconf.settings import Environment


class Aim(NamedTuple):
    """What is wanted, what was wanted at the base, which keys have lost their documents since, which kinds it takes."""

    wanted: DesiredState
    past: Past | None
    gone: frozenset[Key]
    kinds: list[Kind]


def aim(state: DesiredState, choices: Choices, history: History, *, environment: Environment, catalog: Catalog) -> Aim:
    """Narrow what the files want to what is meant. Raises Refused, and UsageError for keys that nobody declares."""
    if choices.destroy and environment.protected:
        raise Refused(f"{environment.name} is protected: --destroy is refused", help="name each record with --prune")
    if choices.destroy and choices.only:
        raise UsageError(
            "--destroy deletes every record of this project, --only means some of them: they exclude each other",
            help="to delete one record, remove its document and name it with --prune",
        )
    # Where everything is to go, nothing is compared with the base.
    past = threeway.make_past(history.earlier, state, catalog) if history.earlier and not choices.destroy else None
    _refuse_unknown(choices.allow.ours | choices.allow.theirs, {*state.resources, *(past.bodies if past else ())})
    wanted = DesiredState({}) if choices.destroy else _narrowed(state, choices, catalog)
    gone = past.gone if past and not choices.only else frozenset()
    deletes = bool(gone or choices.prune or choices.duplicates or choices.destroy)
    return Aim(wanted, past, gone, _kinds(wanted, catalog, deletes=deletes))


def _narrowed(state: DesiredState, choices: Choices, catalog: Catalog) -> DesiredState:
    """The keys of `--only` with everything they depend on; all of the state where it names none.

    What `--prune` names has no document, and may be all that is meant.
    """
    if not choices.only:
        return state
    _refuse_unknown(choices.only, {*state.resources, *choices.prune})
    kept: dict[Key, Resource] = {}
    waiting = list(choices.only)
    while waiting:
        key = waiting.pop()
        if key in state.resources and key not in kept:
            kept[key] = state.resources[key]
            waiting += _dependencies(kept[key], catalog)
    return DesiredState({key: state.resources[key] for key in state.resources if key in kept}, state.skipped)


def _dependencies(resource: Resource, catalog: Catalog) -> Iterable[Key]:
    """The keys that a resource refers to."""
    for _, _, value in references(catalog.kind(resource.key.kind), resource.body):
        if isinstance(value, dict):
            yield Key.parse(str(value["$ref"]))


def _refuse_unknown(keys: Iterable[Key], known: Collection[Key]) -> None:
    for key in sorted(key for key in keys if key not in known):
        raise UsageError(f"no document declares {key}", help=suggest_key(key, known) or None)


def _kinds(state: DesiredState, catalog: Catalog, *, deletes: bool) -> list[Kind]:
    """The kinds to fetch: those of the documents, and all of them where a deletion asks who refers to it."""
    names = set(catalog.kinds) if deletes else {key.kind for key in state.resources}
    return [kind for name, kind in catalog.kinds.items() if name in names]
