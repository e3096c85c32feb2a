"""Check the settings, the token and the lists of an environment, and probe the dialect of its tenant."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from rhythmconf.errors import Refused, RhythmconfError, UsageError
from rhythmconf.flows.clock import CLOCK
from rhythmconf.flows.connect import connect, tokens
from rhythmconf.flows.tenant_lock import check_lock
from rhythmconf.flows.values import Flow
from rhythmconf.model import configure_fetch
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project import git
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import client as tenant_client
from rhythmconf.tenant.doctor import checks, codes, probe, scratch
from rhythmconf.tenant.doctor.probe import ProbeResult
from rhythmconf.tenant.doctor.values import Check, Setting


class CheckUp(NamedTuple):
    """The settings in force, the outcome of each check, and the exit code that follows from them."""

    settings: list[Setting]
    checks: list[Check]
    exit_code: int


def check_up(project: Project, environment: Environment, refused: Refused | None = None) -> CheckUp:
    """Check whether an environment can be used. Writes nothing.

    Without a token no list is tried. With `refused`, because somebody did not confirm who gets the token, none is got.
    """
    settings = project.settings

    def get_token() -> str:
        if refused is not None:
            raise refused
        return tokens(settings, environment).token()

    done = [
        checks.check_token(
            environment,
            get_token,
            lambda: tenant_client.mints_this_month(settings.cache_dir, CLOCK.now()),
        )
    ]
    if done[0].ok:
        with connect(project, environment) as client:
            done += checks.check_lists(client, project.catalog.kinds.values())
    done += _check_git(settings, environment)
    done += _check_shared_state(settings, environment)
    return CheckUp(checks.list_settings(settings, environment), done, checks.exit_code(done))


def _check_git(settings: Settings, environment: Environment) -> list[Check]:
    """Check that git can answer, and that it has and fetches the base. Empty outside a git repository."""
    root = settings.root
    if not git.in_repository(root):
        return []
    try:
        base = git.commit_of(root, git.base_ref(root, settings.project, environment.name))
        lacking = [remote for remote, fetched in git.remotes(root).items() if not fetched]
    except RhythmconfError as error:
        return [Check("git", ok=False, message=error.message, help=error.help or "", exit_code=error.exit_code)]
    known = (
        f"the base of {environment.name} is commit {base[:7]}" if base else f"no base of {environment.name} is known"
    )
    help = "; ".join(configure_fetch(remote) for remote in lacking)
    return [Check("git", ok=True, message=known, help=f"to fetch the bases of others too: {help}" if help else "")]


def _check_shared_state(settings: Settings, environment: Environment) -> list[Check]:
    """Check that the shared lock can be taken and released. Empty where the state stays on this computer."""
    if environment.state is None:
        return []
    try:
        holder = check_lock(settings, environment)
    except RhythmconfError as error:
        return [
            Check("shared state", ok=False, message=error.message, help=error.help or "", exit_code=error.exit_code)
        ]
    return [Check("shared state", ok=True, message=holder or "the lock can be taken, and released")]


def probe_dialect(project: Project, environment: Environment, kind_name: str | None = None) -> Flow[ProbeResult]:
    """Find out the dialect of a tenant with one test record, which is deleted again.

    Raises Refused for a protected environment.
    """
    if environment.protected:
        raise Refused(f"{environment.name} is protected: a probe writes to the tenant", help="probe its sandbox")
    catalog = project.catalog
    kind = catalog.kind(kind_name) if kind_name else scratch.choose_kind(catalog)
    if misfit := scratch.find_misfit(kind):
        raise UsageError(
            f"{catalog.names.kind(kind.name)} can't have a test record: {misfit}",
            help=f"leave out --kind, or name a kind that is suitable: `rhythmconf explain {codes.NO_SCRATCH_KIND}`",
        )
    with connect(project, environment) as client:
        token = secrets.token_hex(4)
        return (yield from probe.run_probe(client, kind, token=token, clock=CLOCK, lag_s=environment.lag_s))
