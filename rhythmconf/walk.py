"""The walk itself, composed once: texts and a tenant in, Plan and Run out; commands stop it at different doors."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf import __version__, desired, diff, identity, live, threeway
from rhythmconf import plan as planning
from rhythmconf.catalog import Catalog, Kind, references
from rhythmconf.documents import Loaded, suggest
from rhythmconf.errors import Refused, RhythmconfError, UsageError
from rhythmconf.model import (
    Bindings,
    Change,
    DesiredState,
    Diagnostic,
    FieldChange,
    Fingerprint,
    Identity,
    Key,
    LiveState,
    Missing,
    Plan,
    Progress,
    Resource,
    canonical,
)
from rhythmconf.settings import Environment, Settings

if TYPE_CHECKING:
    from rhythmconf.journal import Log
    from rhythmconf.threeway import Earlier, Past

CODES: dict[str, str] = {
    "RC200": "the files have errors",
    "RC230": "the sources hold no document",
    "RC331": "a conflict waits for its file",
    "RC503": "the plan is for another tenant",
    "RC504": "the plan is too old",
}


class Invalid(RhythmconfError):
    """The files have errors; `diagnostics` has every finding."""

    code = "RC200"

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = sum(found.severity == "error" for found in diagnostics)
        super().__init__(f"{errors} error{'s' * (errors != 1)} in the files", help="correct them; nothing was sent")
        self.diagnostics = diagnostics


class Project(NamedTuple):
    """Everything that the files say: settings, catalogue, documents, bindings, and the texts they came from.

    `overlays` and `bindings` have one entry an environment; the texts of bindings files are among `texts`.
    """

    settings: Settings
    catalog: Catalog
    base: Loaded
    overlays: Mapping[str, Loaded]
    bindings: Mapping[str, Bindings]
    texts: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decided for one plan: keys to delete, to narrow it to, to take over; thresholds to lift.

    `base` is the revision that the user names as the base. With `retire`, what can be switched off is not deleted.
    """

    prune: frozenset[Key] = frozenset()
    only: frozenset[Key] = frozenset()
    destroy: bool = False
    adopt_from: Mapping[Key, str] = field(default_factory=dict)
    allow: planning.Allow = field(default_factory=lambda: planning.Allow())
    base: str | None = None
    retire: bool = False
    duplicates: frozenset[str] = frozenset()


class History(NamedTuple):
    """What git knows of an environment: its base, if there is one, the checked-out commit, and whether the work tree
    is as committed."""

    earlier: Earlier | None = None
    clean: bool = False
    commit: str | None = None


UNKNOWN = History()


class Planned(NamedTuple):
    """A plan and what it was made from; `live` serves an apply in the same breath."""

    plan: Plan
    live: LiveState
    identity: Identity


def check(project: Project, environment: str) -> desired.Desired:
    """What the files want in one environment, and every finding on the way."""
    found = desired.resolve(
        project.base,
        project.overlays.get(environment, Loaded((), ())),
        catalog=project.catalog,
        module=project.settings.module,
        environment=environment,
        bindings=project.bindings.get(environment, {}),
        texts=project.texts,
    )
    empty = not (found.state.resources or found.state.skipped or found.diagnostics)
    return found._replace(diagnostics=(nothing_declared(project.settings),)) if empty else found


def nothing_declared(settings: Settings) -> Diagnostic:
    """The warning that there is no document: most often a folder's name is wrong."""
    folders = ", ".join(settings.sources)
    return Diagnostic(
        "RC230",
        f"there is no document below {folders}",
        "warning",
        help="write a .yaml, .yml or .json file there, or correct `sources` in rhythmconf.yaml",
    )


def plan(
    project: Project,
    environment: Environment,
    source: live.Source,
    choices: Choices,
    *,
    now: str,
    history: History = UNKNOWN,
) -> Generator[Progress, None, Planned]:
    """Walk to the plan's door, with a client or a snapshot. `now` is ISO 8601 UTC.

    Raises Invalid before the first request.
    """
    wanted = check(project, environment.name)
    if any(found.severity == "error" for found in wanted.diagnostics):
        raise Invalid(wanted.diagnostics)
    refuse_destroying(environment, choices)
    state = DesiredState({}) if choices.destroy else narrowed(wanted.state, choices.only, project.catalog)
    past = _past(history, wanted.state, choices, project.catalog)
    refuse_unknown(choices.allow.ours | choices.allow.theirs, wanted.state, past)
    gone = past.gone if past and not choices.only else frozenset()
    kinds = needed_kinds(state, choices, project.catalog, deletes=bool(gone or choices.duplicates))
    found = yield from live.fetch(source, kinds)
    singles, twins = identity.set_aside(found, choices.duplicates, project.settings.project)
    bindings = project.bindings.get(environment.name, {})
    who = identity.pair(
        state,
        singles,
        project=project.settings.project,
        bindings=bindings,
        catalog=project.catalog,
        dialect=environment.dialect,
        adopt_from=choices.adopt_from,
    )
    who = who._replace(orphans=(*who.orphans, *twins))
    orphans = frozenset(pair.key for pair in who.orphans)
    prune = orphans if choices.destroy else choices.prune | (gone & orphans) | {pair.key for pair in twins}
    comparison = diff.compare(
        who,
        catalog=project.catalog,
        dialect=environment.dialect,
        prune=prune,
        retire=prune if choices.retire else (),
        past=past,
    )
    made = planning.build(
        comparison,
        identity=who,
        live=found,
        catalog=project.catalog,
        dialect=environment.dialect,
        project=project.settings.project,
        protected=environment.protected,
        allow=choices.allow,
        fingerprint=fingerprint(environment, found),
        empty_sources=not project.base.documents and not choices.destroy,
    )
    located = located_changes(made.changes, wanted.state, project.texts)
    whole = made._replace(
        changes=located,
        base=history.earlier.base if past and history.earlier else None,
        advances=history.clean and not choices.only and not choices.destroy,
        diagnostics=(*wanted.diagnostics, *made.diagnostics, *lines_to_change(located, choices.allow.theirs)),
        tool=__version__,
        catalogue=project.catalog.version,
        commit=history.commit,
        source_digest=planning.source_digest(project.texts),
        created_at=now,
        requests_made=source.requests,
    )
    return Planned(whole, found, who)


def _past(history: History, now: DesiredState, choices: Choices, catalog: Catalog) -> Past | None:
    """What the files wanted at the base; nothing is compared with it where everything is to go."""
    if history.earlier is None or choices.destroy:
        return None
    return threeway.past(history.earlier, now, catalog)


def refuse_unknown(keys: Collection[Key], state: DesiredState, past: Past | None) -> None:
    """Raise UsageError for a key that neither has a document nor had one at the base."""
    known = {*state.resources, *(past.bodies if past else ())}
    for key in sorted(key for key in keys if key not in known):
        raise UsageError(f"no document declares {key}", help=suggest(str(key), [str(one) for one in known]) or None)


def lines_to_change(changes: Iterable[Change], theirs: Collection[Key]) -> Iterable[Diagnostic]:
    """What to write where, so that the files take the tenant's side."""
    for change in changes:
        for one in change.fields if change.key in theirs else ():
            if one.side == "conflict":
                value = "nothing" if isinstance(one.old, Missing) else canonical(one.old).decode()
                yield Diagnostic(
                    "RC331",
                    f"{change.key}: the tenant has {value} at {threeway.words(one)}",
                    "warning",
                    location=one.location,
                    pointer=f"/spec{one.path}",
                    key=change.key,
                    help="write that here, or let `rhythmconf pull` do it; commit, and plan again",
                )


def fingerprint(environment: Environment, found: LiveState) -> Fingerprint:
    """Which tenant this is, with the sample of its records that tells one incarnation from the next."""
    return Fingerprint(environment.name, environment.tenant, environment.address, live.incarnation(found))


def narrowed(state: DesiredState, only: Collection[Key], catalog: Catalog) -> DesiredState:
    """The keys of `only` with everything they depend on; all of the state where `only` is empty."""
    if not only:
        return state
    unknown = [key for key in only if key not in state.resources]
    if unknown:
        known = [str(key) for key in state.resources]
        raise UsageError(f"no document declares {unknown[0]}", help=suggest(str(unknown[0]), known) or None)
    kept: dict[Key, Resource] = {}
    waiting = list(only)
    while waiting:
        key = waiting.pop()
        if key in state.resources and key not in kept:
            kept[key] = state.resources[key]
            waiting += dependencies(kept[key], catalog)
    return DesiredState({key: state.resources[key] for key in state.resources if key in kept}, state.skipped)


def dependencies(resource: Resource, catalog: Catalog) -> Iterable[Key]:
    """The keys that a resource refers to."""
    for _, _, value in references(catalog.kind(resource.key.kind), resource.body):
        if isinstance(value, dict):
            yield Key.parse(str(value["$ref"]))


def refuse_destroying(environment: Environment, choices: Choices) -> None:
    """`--destroy` is for tenants that nobody would miss."""
    if choices.destroy and environment.protected:
        raise Refused(f"{environment.name} is protected: --destroy is refused", help="name each record with --prune")


def needed_kinds(state: DesiredState, choices: Choices, catalog: Catalog, *, deletes: bool = False) -> list[Kind]:
    """The kinds to fetch: those of the documents, and all of them where a deletion asks who refers to it."""
    deletes = deletes or choices.destroy or bool(choices.prune)
    names = set(catalog.kinds) if deletes else {key.kind for key in state.resources}
    return [kind for name, kind in catalog.kinds.items() if name in names]


def refuse_foreign(snapshot: live.Snapshot, environment: Environment) -> None:
    """Refuse a snapshot of another tenant than the environment's."""
    place = snapshot.fingerprint
    if (place.tenant, place.base_url) != (environment.tenant, environment.address):
        raise Refused(
            f"the snapshot is of tenant {place.tenant} at {place.base_url}, but {environment.name} is tenant "
            f"{environment.tenant} at {environment.address}",
            help=f"take one of it: rhythmconf pull --env {environment.name} --snapshot FILE",
        )


def located_changes(changes: Iterable[Change], state: DesiredState, texts: Mapping[str, bytes]) -> tuple[Change, ...]:
    """Say for each field of each change where a document declares it."""
    return tuple(
        change._replace(fields=tuple(_located(field, state.resources[change.key], texts) for field in change.fields))
        if change.key in state.resources
        else change
        for change in changes
    )


def _located(field: FieldChange, resource: Resource, texts: Mapping[str, bytes]) -> FieldChange:
    return field._replace(location=desired.locate_field(resource, field.path, texts))


def refuse_unfit(plan: Plan, environment: Environment, *, now: float) -> None:
    """Refuse a saved plan that is for another tenant, or too old for a protected environment. `now` is Unix time."""
    refuse_foreign_plan(plan, environment)
    age_days = (now - datetime.fromisoformat(plan.created_at).timestamp()) / 86_400
    if environment.protected and age_days > environment.max_plan_age_days:
        raise Refused(
            f"the plan is {age_days:.1f} days old; {environment.name} takes none older than "
            f"{environment.max_plan_age_days:g} days (max_plan_age)",
            help=f"plan again: rhythmconf plan --env {environment.name} -o FILE",
            code="RC504",
        )


def refuse_foreign_plan(plan: Plan, environment: Environment) -> None:
    """Refuse a plan, or the plan of a run, that is for another tenant than the environment's."""
    place = plan.fingerprint
    if (place.tenant, place.base_url) != (environment.tenant, environment.address):
        raise Refused(
            f"the plan is for tenant {place.tenant} at {place.base_url}, but {environment.name} is tenant "
            f"{environment.tenant} at {environment.address}",
            help=f"plan again: rhythmconf plan --env {environment.name} -o FILE",
            code="RC503",
        )


def rollback(
    plan: Plan,
    log: Log | None,
    project: Project,
    environment: Environment,
    source: live.Source,
    allow: planning.Allow,
    *,
    now: str,
) -> Generator[Progress, None, Planned]:
    """Walk back to the plan's door: a plan from the values before `plan`, as far as its run (`log`) applied it.

    Raises Refused where the tenant is another incarnation.
    """
    from rhythmconf import execute

    refuse_foreign_plan(plan, environment)
    catalog = project.catalog
    found = yield from live.fetch(source, list(catalog.kinds.values()))
    execute.check_incarnation(execute.recognising(plan, log).fingerprint if log else plan.fingerprint, found)
    who = execute.restoration(plan, found, catalog, log=log, bindings=project.bindings.get(environment.name, {}))
    prune = frozenset(pair.key for pair in who.orphans)
    made = planning.build(
        diff.compare(who, catalog=catalog, dialect=environment.dialect, prune=prune),
        identity=who,
        live=found,
        catalog=catalog,
        dialect=environment.dialect,
        project=project.settings.project,
        protected=environment.protected,
        allow=allow,
        fingerprint=fingerprint(environment, found),
    )
    # Without a commit: the files are not what this plan brings about. Its digest says whose plan is undone.
    whole = made._replace(
        tool=__version__,
        source_digest=plan.source_digest,
        created_at=now,
        requests_made=source.requests,
    )
    return Planned(whole, found, who)
