"""Find the base of an environment, and compare it with the checkout.

The base is what the user names, else the ref of the last complete apply, else the last complete run on record here. A
run on record that is newer than the ref comes before it: another clone on this computer has applied since, or a fetch
has put the ref back.

A project below the top of its repository has a ref with its name. Where that isn't there yet, the ref without a name
counts, which older versions have set for all projects of the repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rhythmconf.engine import journal
from rhythmconf.engine.journal import RunSummary
from rhythmconf.errors import Refused, UsageError
from rhythmconf.flows import codes
from rhythmconf.flows.base_warnings import fetch_command
from rhythmconf.model import Base, Diagnostic
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project import git
from rhythmconf.source.project.git import Objects
from rhythmconf.source.project.opening import NAME

_NAMED = 3
"""How many of the commits that a checkout lacks are named; the rest is counted."""


class UnknownRun(Refused):
    """A run on record here applied a commit that this clone lacks. It may have written to another tenant."""

    def __init__(self, run: RunSummary, refused: Refused) -> None:
        super().__init__(refused.message, help=refused.help, code=codes.BASE_UNKNOWN)
        self.run = run


def find_base(
    settings: Settings,
    environment: Environment,
    revision: str | None,
    objects: Objects,
    head: str | None,
    *,
    runs: Iterable[RunSummary],
) -> Base | None:
    """Return the base of an environment, compared with the checked-out commit; None where none is known.

    `runs` are those of the tenant that are on record here, the newest first. Raises UsageError for a revision that does
    not exist, UnknownRun for a run whose commit does not, and Refused where the base can't be compared.
    """
    found = _find(settings, environment, revision, objects, runs, head)
    return _compare_with_checkout(settings, Base(*found), objects, head) if found else None


def _find(
    settings: Settings,
    environment: Environment,
    revision: str | None,
    objects: Objects,
    runs: Iterable[RunSummary],
    head: str | None,
) -> tuple[str, str] | None:
    """Find the commit of the base and its origin."""
    if revision is not None:
        commit = objects.resolve(revision)
        if commit is None:
            raise UsageError(f"--base: there is no revision {revision!r} here", help="see `git log`, or fetch it")
        return commit, "--base"
    origin = git.base_ref(settings.root, settings.project, environment.name)
    run = _last_run(runs)
    if commit := objects.resolve(origin):
        return _newer_run(run, settings, environment, commit, objects) or (commit, origin)
    if git.commit_of(settings.root, origin):
        raise _unknown(settings, environment, f"{origin} names a commit that this clone doesn't have")
    if run and objects.resolve(str(run.header.commit)):
        return _of_run(run, settings, environment, objects)
    shared = git.applied_ref(environment.name)
    if (commit := objects.resolve(shared)) and not _whose(objects, commit, head):
        return commit, shared
    return _of_run(run, settings, environment, objects) if run else None


def warn_of_shared_ref(
    settings: Settings, environment: Environment, objects: Objects, head: str | None
) -> Iterator[Diagnostic]:
    """Warn that a ref without the name of a project, as older versions wrote it, was not taken as the base."""
    shared, own = git.applied_ref(environment.name), git.base_ref(settings.root, settings.project, environment.name)
    commit = objects.resolve(shared) if own != shared else None
    if commit:
        yield Diagnostic(
            codes.NO_BASE,
            f"the base {commit[:7]} ({shared}) was not taken: {_whose(objects, commit, head)}",
            "warning",
            help=f"If it is the base of this project too, name it once: --base {shared}. The next complete apply sets "
            f"{own}.",
        )


def _whose(objects: Objects, commit: str, head: str | None) -> str:
    """Say why a ref without the name of a project is not the base of this one; empty where it may be.

    A project that is no longer at the top of the repository may have been moved to this folder.
    """
    if objects.is_at_top(commit, NAME):
        if head and not objects.is_at_top(head, NAME):
            return ""
        return "it is that of the project at the top of the repository"
    return "" if objects.text(commit, NAME) is not None else f"it has no {NAME} in this folder"


def _last_run(runs: Iterable[RunSummary]) -> RunSummary | None:
    """Return the last run that moved the base."""
    return next((run for run in runs if run.ending == "complete" and run.header.advances and run.header.commit), None)


def _newer_run(
    run: RunSummary | None, settings: Settings, environment: Environment, commit: str, objects: Objects
) -> tuple[str, str] | None:
    """Return the commit of a run that is certainly newer than the ref of the base, which is at `commit`.

    Where this clone lacks the commit of the run, the times decide. Where neither commit contains the other, the ref was
    moved by hand, to a commit that took the place of the applied one.
    """
    if run is None or run.header.commit in (None, commit):
        return None
    applied = objects.resolve(str(run.header.commit))
    if applied is None:
        older = journal.timestamp(objects.committed_at(commit)) < run.header.started_at
        return _of_run(run, settings, environment, objects) if older else None
    return (applied, f"run {run.header.run}") if objects.is_ancestor(commit, applied) else None


def _of_run(run: RunSummary, settings: Settings, environment: Environment, objects: Objects) -> tuple[str, str]:
    """Return the commit of a run, and the name of the run."""
    header = run.header
    commit = objects.resolve(str(header.commit))
    if commit is None:
        message = (
            f"run {header.run} of {header.started_at} ({header.actor}) applied commit {str(header.commit)[:7]}, which "
            "this clone doesn't have"
        )
        raise UnknownRun(run, _unknown(settings, environment, message))
    return commit, f"run {header.run}"


def _compare_with_checkout(settings: Settings, base: Base, objects: Objects, head: str | None) -> Base:
    """Find out whether the checkout contains the base, and if not, what it lacks."""
    contained = objects.is_ancestor(base.commit, head) if head else False
    if contained:
        return base
    fork = None if contained is None else git.fork_of(settings.root, base.commit, head)
    if contained is None or (fork is None and git.is_shallow(settings.root)):
        raise Refused(
            f"this clone is shallow: its history is cut off, so nothing shows whether it contains the applied commit "
            f"{base.commit[:7]} ({base.origin})",
            help="fetch the history: git fetch --unshallow (in a pipeline: fetch-depth: 0, or GIT_DEPTH: 0). "
            "--no-base plans without it.",
            code=codes.BASE_UNKNOWN,
        )
    missing = git.missing_commits(settings.root, base.commit, head)
    return base._replace(descends=False, fork=fork, missing=missing[:_NAMED], lacks=len(missing))


def _unknown(settings: Settings, environment: Environment, message: str) -> Refused:
    command = fetch_command(git.remotes(settings.root))
    fetch = f"fetch it: {command} (in a shallow clone: git fetch --unshallow)" if command else "no remote has it"
    return Refused(
        f"{message}, so nothing shows who changed what since",
        help=f"{fetch}. If it no longer exists, name the commit that {environment.name} agrees with (--base REV), or "
        "plan with --no-base.",
        code=codes.BASE_UNKNOWN,
    )
