"""Warn of what is doubtful about a base, and say by which command git fetches the bases of others."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from rhythmconf.engine import plan as planning
from rhythmconf.flows import codes
from rhythmconf.flows.values import History
from rhythmconf.model import Base, Change, Diagnostic, Plan, fetch_bases
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment
from rhythmconf.source.project import git
from rhythmconf.source.project.git import GitFailed
from rhythmconf.source.project.values import Project


def fetch_command(names: Collection[str], upstream: str = "") -> str:
    """Return the command that fetches the bases of others; empty for a repository without a remote.

    `upstream` is the branch that the checkout comes from, such as `origin/main`.
    """
    if not names:
        return ""
    remote = git.choose_remote(names, upstream)
    each = " or ".join(sorted(names))
    return fetch_bases(shlex.quote(remote)) if remote else f"{fetch_bases('REMOTE')} (REMOTE: {each})"


def warn_of_base(plan: Plan, history: History, project: Project, environment: Environment) -> Iterator[Diagnostic]:
    """Warn where nothing shows for certain who changed what.

    No base is known in a clone, the checkout lacks applied commits, or the base may be older than the last apply. Where
    a guard refuses the plan because of missing commits, it names them.
    """
    if not any(guard.name == planning.BEHIND and not guard.ok for guard in plan.guards):
        yield from warn_of_missing(plan.base)
    yield from _warn_of_drift(plan, history, project)
    if history.base_state is None and history.remote:
        yield Diagnostic(
            codes.NO_BASE,
            f"no base of {environment.name} is known in this clone: nothing shows who changed what",
            "warning",
            help=f"If somebody has applied already, fetch the base, which `git clone` leaves out: {history.fetch}",
        )


def warn_of_history(history: History) -> Iterator[Diagnostic]:
    """Warn of what is doubtful about the base, for a command that makes no plan of this environment."""
    yield from history.diagnostics
    if history.base_state is not None:
        yield from warn_of_missing(history.base_state.base)


def warn_of_missing(base: Base | None) -> Iterator[Diagnostic]:
    """Warn of applied commits that the checkout lacks."""
    if base is not None and base.lacks:
        yield Diagnostic(
            codes.BEHIND,
            f"this checkout lacks {base.described_missing}",
            "warning",
            help=f"Run `git pull` (or `git merge {base.commit[:7]}`; on no branch, `git switch BRANCH` first). Until "
            "then what these commits declare is not seen, and the base stays where it is. If the commit was replaced "
            "(amended, rebased, squashed), name the new one: --base REV.",
        )


def _warn_of_drift(plan: Plan, history: History, project: Project) -> Iterator[Diagnostic]:
    """Warn that drift may be what somebody else has applied: git brings no base here unless it is fetched."""
    base, count = plan.base, sum(map(_count_drift, plan.changes))
    if base is None or not count or base.origin == "--base":
        return
    try:
        fetch = fetch_command(git.remotes(project.settings.root), history.upstream)
    except GitFailed:
        return  # the base was read from the same repository: who has no remotes has nothing to fetch
    if fetch:
        date = datetime.fromtimestamp(history.base_time, UTC).date().isoformat()
        pull = f" This checkout also lacks {counted(history.lacks, 'commit')} of {history.upstream}: run `git pull`."
        yield Diagnostic(
            codes.MAYBE_APPLIED,
            f"{counted(count, 'difference')} {'counts' if count == 1 else 'count'} as drift, because this clone knows "
            f"no base newer than {base.commit[:7]} (a commit of {date}); if somebody else has applied since, this plan "
            "would undo their work",
            "warning",
            help=f"Fetch the newest base, then plan again: {fetch}.{pull if history.lacks else ''}",
        )


def _count_drift(change: Change) -> int:
    """Count the fields of a change that drifted; a change without fields counts as one."""
    fields = sum(field.side == "drift" for field in change.fields)
    return fields or (change.side == "drift" and not change.fields)
