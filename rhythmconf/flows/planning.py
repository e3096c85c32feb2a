"""The steps of the walk in order, to a plan; and back, to a plan of what was before."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from typing import TYPE_CHECKING

from rhythmconf import __version__
from rhythmconf.engine import diff, execute, identity
from rhythmconf.engine import plan as planning
from rhythmconf.flows.annotate import lines_to_change, located, named, without_documents
from rhythmconf.flows.scope import Aim, aim
from rhythmconf.flows.validate import checked
from rhythmconf.flows.values import Choices, History, Planned
from rhythmconf.model import DesiredState, Identity, Key, LiveState, Pair, Plan, Progress
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live

if TYPE_CHECKING:
    from rhythmconf.catalog import Kind
    from rhythmconf.engine.diff.threeway import Past
    from rhythmconf.engine.journal import Log

UNKNOWN = History()


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
    files = checked(project, environment.name)
    goal = aim(files.state, choices, history, environment=environment, catalog=project.catalog)
    found = yield from live.fetch(source, goal.kinds)
    who, prune = _identified(goal, choices, found, project, environment)
    made = drawn(
        who,
        found,
        project,
        environment,
        now=now,
        prune=prune,
        retire=prune if choices.retire else (),
        past=goal.past,
        allow=choices.allow,
        empty_sources=not project.base.documents and not choices.destroy,
    )
    changes = located(made.changes, files.state, project.texts)
    waiting = lines_to_change(changes, choices.allow.theirs, who, found, project.catalog)
    left = () if choices.only else without_documents(who, prune, project.catalog)
    whole = made._replace(
        changes=changes,
        base=history.earlier.base if goal.past and history.earlier else None,
        whole=not choices.only and not choices.destroy,
        clean=history.clean,
        diagnostics=(*files.diagnostics, *made.diagnostics, *waiting, *left),
        commit=history.commit,
        source_digest=planning.source_digest(project.texts),
    )
    return Planned(whole, found, who)


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
    planning.refuse_foreign(plan, environment)
    catalog, bindings = project.catalog, project.bindings.get(environment.name, {})
    found = yield from live.fetch(source, list(catalog.kinds.values()))
    execute.check_incarnation(execute.recognising(plan, log).fingerprint if log else plan.fingerprint, found)
    who = execute.restoration(plan, found, catalog, log=log, bindings=bindings)
    prune = frozenset(pair.key for pair in who.orphans)
    made = drawn(who, found, project, environment, now=now, prune=prune, allow=allow)
    # Without a commit: the files are not what this plan brings about. Its digest says whose plan is undone, and who
    # rolls a rollback back undoes nobody's.
    undone = plan.source_digest if execute.undone(plan) is None else ""
    return Planned(made._replace(source_digest=undone), found, who)


def paired(
    state: DesiredState,
    found: LiveState,
    project: Project,
    environment: Environment,
    *,
    adopt_from: Mapping[Key, str] | None = None,
    bind_imports: bool = False,
) -> Identity:
    """Who is who in the tenant of an environment, by what the project knows of it."""
    return identity.pair(
        state,
        found,
        project=project.settings.project,
        bindings=project.bindings.get(environment.name, {}),
        catalog=project.catalog,
        dialect=environment.dialect,
        adopt_from=adopt_from,
        bind_imports=bind_imports,
    )


def drawn(
    who: Identity,
    found: LiveState,
    project: Project,
    environment: Environment,
    *,
    now: str,
    prune: Collection[Key] = (),
    retire: Collection[Key] = (),
    past: Past | None = None,
    allow: planning.Allow | None = None,
    empty_sources: bool = False,
) -> Plan:
    """The end of every walk: what differs, as a plan with its guards."""
    catalog, dialect = project.catalog, environment.dialect
    made = planning.build(
        diff.compare(who, catalog=catalog, dialect=dialect, prune=prune, retire=retire, past=past),
        identity=who,
        live=found,
        catalog=catalog,
        dialect=dialect,
        project=project.settings.project,
        protected=environment.protected,
        fingerprint=live.fingerprint(environment, found),
        allow=allow or planning.Allow(),
        empty_sources=empty_sources,
    )
    return named(made, who, catalog)._replace(tool=__version__, created_at=now)


def _identified(
    goal: Aim, choices: Choices, found: LiveState, project: Project, environment: Environment
) -> tuple[Identity, frozenset[Key]]:
    """Who is who, and which of the records that no document wants go."""
    singles, twins = identity.set_aside_duplicates(found, choices.duplicates, project.settings.project)
    who = paired(goal.wanted, singles, project, environment)
    kinds = project.catalog.kinds
    lost = (pair._replace(reason=_why(pair, choices, kinds[pair.key.kind])) for pair in who.orphans)
    who = who._replace(orphans=(*lost, *twins))
    orphans = frozenset(pair.key for pair in who.orphans)
    named = choices.prune | (goal.gone & orphans) | {pair.key for pair in twins}
    return who, orphans if choices.destroy else named


def _why(pair: Pair, choices: Choices, kind: Kind) -> str:
    """Why a record would be deleted."""
    if choices.destroy:
        return f"with all of this project; {pair.reason}"
    offer = "; --retire would switch it off and keep it" if diff.can_retire(kind) and not choices.retire else ""
    return f"no document; {pair.reason}{offer}"
