"""What `plan`, `apply` and `drift` share: a project, a tenant, and the walk to the plan's door."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rhythmconf.cli.choices import MakeChoices
from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.cli.output import emit
from rhythmconf.cli.telling import lines, telling
from rhythmconf.engine import plan as planning
from rhythmconf.flows import base, run_records
from rhythmconf.flows import planning as steps
from rhythmconf.flows.await_lists import listed
from rhythmconf.flows.connect import now
from rhythmconf.flows.values import Planned
from rhythmconf.model import Plan
from rhythmconf.report.formats import text
from rhythmconf.settings import Environment, Settings
from rhythmconf.settings.variables import variable
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import open_project, open_settings
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live


@dataclass(frozen=True, slots=True)
class Made:
    """A plan with the project and the environment it is for."""

    project: Project
    environment: Environment
    planned: Planned


def make(
    options: Options,
    choose: MakeChoices,
    screen: Console,
    *,
    snapshot: Path | None = None,
    max_requests: int | None = None,
) -> Made:
    """Read the project, read the tenant (or a snapshot of it), plan."""
    settings = open_settings(options.directory, options.env)
    # A snapshot needs no tenant, and so none of the secrets that a review of a stranger's change must not have.
    environment = settings.unexpanded(options.env) if snapshot else settings.environment(options.env)
    project = open_project(options.directory, options.env, [environment.name])
    choices = choose(project.catalog)
    past = base.history(project, environment.name, choices.base)
    with _source(screen, project, environment, snapshot, max_requests) as source, telling(screen, project.texts):
        planned = screen.finish(steps.plan(project, environment, source, choices, now=now(), history=past))
    screen.hint(*lines(planned.plan.diagnostics, project.texts))
    screen.warn(*text.diagnostics(run_records.reapplied(settings, environment, planned.plan), {}))
    return Made(project, environment, planned)


@contextmanager
def _source(
    screen: Console, project: Project, environment: Environment, snapshot: Path | None, max_requests: int | None
) -> Iterator[live.Source]:
    """The tenant, or what a snapshot says of it."""
    if snapshot is None:
        with listed(project.settings, project.catalog, environment, screen, max_requests=max_requests) as client:
            yield client
    else:
        saved = live.read_snapshot(files.read_any(snapshot), file=str(snapshot))
        live.check_tenant(saved, environment)
        yield saved


def keep(options: Options, screen: Console, plan: Plan, settings: Settings, out: Path) -> int:
    """Show a plan, and write it to be applied exactly. Raises Refused, and writes nothing, where a guard says no."""
    data = planning.dump(plan, signing_key(settings))
    emit(options, screen, {"text": lambda: text.plan(plan), "json": data.decode})
    planning.refuse_guarded(plan)
    files.write(options.directory / out, data, mode=0o600)
    screen.hint([("dim", f"saved; apply exactly this with: rhythmconf apply {out}")])
    return 0


def signing_key(settings: Settings) -> planning.SigningKey | None:
    """The key of RHYTHMCONF_PLAN_KEY."""
    return planning.SigningKey(settings.plan_key.reveal()) if settings.plan_key else None


def key_at_hand() -> planning.SigningKey | None:
    """The same, also where there is no project."""
    secret = variable(os.environ, "RHYTHMCONF_PLAN_KEY")
    return planning.SigningKey(secret) if secret else None
