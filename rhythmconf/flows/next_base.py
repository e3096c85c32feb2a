"""Move the base of an environment after a complete apply: never backwards, and to a remote only when asked to."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.engine import plan as planning
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import codes
from rhythmconf.flows.base import inputs
from rhythmconf.flows.checkout import find_hidden
from rhythmconf.model import Diagnostic, Plan, fetch_bases
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project import git
from rhythmconf.source.project.git import GitFailed
from rhythmconf.source.project.opening import add_documents
from rhythmconf.source.project.values import Project


class NextBase(NamedTuple):
    """The commit that a plan was made at, and whether it becomes the base once all of the plan is applied.

    `expected` is where the ref of the base was when the plan was made: empty if there was none, None if that isn't
    known. `replaced` is the commit that the ref may be moved from, because `commit` contains one with the same files.
    `obstacle` says why the base stays although all of the files are applied; empty if nothing is in the way.
    `uncommitted`: all of the files are applied, and only a commit of them is missing.
    """

    commit: str | None
    advances: bool
    expected: str | None = None
    obstacle: str = ""
    replaced: str = ""
    uncommitted: bool = False


def next_base(plan: Plan, settings: Settings) -> NextBase:
    """Return the base that follows once a plan is applied."""
    if not (plan.whole and plan.clean and plan.commit is not None):
        waits = plan.whole and not plan.clean and plan.commit is not None and plan.undoes is None
        return NextBase(plan.commit, advances=False, uncommitted=waits)
    if plan.base is not None and not plan.base.descends:
        obstacle = f"it is at {plan.base.commit[:7]}, which {plan.commit[:7]} does not contain"
        return NextBase(plan.commit, advances=False, obstacle=obstacle)
    replaced = plan.base.replaced if plan.base else ""
    expected = _expected(plan, _ref(settings, plan.fingerprint.environment))
    return NextBase(plan.commit, advances=True, expected=expected, replaced=replaced)


def _expected(plan: Plan, ref: str) -> str | None:
    if plan.base is None or plan.base.origin.startswith("run "):
        return ""
    return (plan.base.replaced or plan.base.commit) if plan.base.origin == ref else None


def _ref(settings: Settings, environment: str) -> str:
    return git.base_ref(settings.root, settings.project, environment)


def next_base_of_saved(plan: Plan, project: Project) -> NextBase:
    """Return the base that follows once a saved plan is applied.

    Files that were planned first and committed later, without a change, count as committed.
    """
    if plan.whole and plan.commit and not plan.clean:
        try:
            commit = _committed_since(plan, project)
        except GitFailed as error:
            # The plan is complete without git; only the base has to stay.
            return NextBase(plan.commit, advances=False, obstacle=error.message)
        if commit:
            return next_base(plan._replace(commit=commit, clean=True), project.settings)
    return next_base(plan, project.settings)


def _committed_since(plan: Plan, project: Project) -> str | None:
    """Return the checked-out commit if it holds the files exactly as they were when the plan was made."""
    environment = plan.fingerprint.environment
    try:
        project = add_documents(project, project.settings.sources, [environment])
    except RhythmconfError:
        return None
    if planning.source_digest(project.texts) != plan.source_digest:
        return None
    work_tree = git.work_tree(project.settings.root, inputs(project, environment))
    if work_tree is None or not work_tree.holds(project.texts):
        return None
    with git.open_objects(project.settings.root) as objects:
        return None if find_hidden(project, work_tree, objects) else work_tree.commit


def advance_base(settings: Settings, environment: str, base: NextBase) -> tuple[Diagnostic, ...]:
    """Make a commit the base of an environment, unless the present base isn't contained in it.

    Return a warning where the base stays although all of the files are applied.
    """
    ref = _ref(settings, environment)
    if base.obstacle:
        return (_not_moved(ref, environment, base, base.obstacle, _MERGE),)
    if not base.advances or base.commit is None:
        return ()
    try:
        return _advance(settings, environment, base, base.commit)
    except GitFailed as error:
        return (_not_moved(ref, environment, base, error.message, _MOVE),)


def note_uncommitted(environment: Environment, base: NextBase) -> tuple[Diagnostic, ...]:
    """Say that the base stays because the applied files are not committed, and how it moves."""
    if not base.uncommitted:
        return ()
    again = f"rhythmconf apply --env {environment.name}"
    if environment.protected:
        again = f"rhythmconf plan --env {environment.name} -o FILE` and `rhythmconf apply FILE"
    return (
        Diagnostic(
            codes.BASE_NOT_MOVED,
            f"the base of {environment.name} was not moved: the files are not committed",
            "note",
            help=f"Commit them, then run `{again}` once more, before you edit the same fields again: it changes "
            "nothing in the tenant and makes the commit the base. Until then plans take what you just applied for a "
            "change made in the tenant.",
        ),
    )


def push_base(settings: Settings, environment: str, replaced: str = "") -> tuple[Diagnostic, ...]:
    """Push the base of an environment to the remote of the repository. Return a warning where that fails.

    The remote's one may be `replaced`, the commit that was rewritten.
    """
    ref = _ref(settings, environment)
    remote = ""
    try:
        remote = git.choose_remote(git.remotes(settings.root))
        if not remote:
            return (_not_pushed(environment, "no remote is called origin", f"push it: git push REMOTE {ref}"),)
        failed = git.push(settings.root, remote, ref, replaced)
    except GitFailed as error:
        return (_not_pushed(environment, error.message, f"push it: git push {remote or 'REMOTE'} {ref}"),)
    if failed is None:
        return ()
    if failed.rejected:
        help = f"fetch it ({fetch_bases(remote)}), merge its commit (git pull), and apply again"
        return (_not_pushed(environment, f"somebody else has pushed another base: {failed.words}", help),)
    return (_not_pushed(environment, failed.words, f"then push it: git push {remote} {ref}"),)


def _not_pushed(environment: str, why: str, help: str) -> Diagnostic:
    return Diagnostic(codes.BASE_NOT_PUSHED, f"the base of {environment} was not pushed: {why}", "warning", help=help)


_MERGE = (
    "Until it moves, others see what you applied as drift. Merge what is missing (git pull) and apply again. If that "
    "commit was replaced (amended, rebased, squashed), move the base yourself: git update-ref {ref} {commit}"
)
_MOVE = "Often a stale .lock file of the ref is the cause. Remove it, then run: git update-ref {ref} {commit}"
_READ_ONLY = ("Permission denied", "Read-only file system", "insufficient permission")
_PERMIT = "You need permission to write to the folder .git. Then run: git update-ref {ref} {commit}"
_FETCH = "In the repository that the plan was made in, run: git update-ref {ref} {commit}"


def _advance(settings: Settings, environment: str, base: NextBase, commit: str) -> tuple[Diagnostic, ...]:
    root, ref = settings.root, _ref(settings, environment)
    if not git.in_repository(root):
        return (_not_moved(ref, environment, base, "this folder is in no git repository", _FETCH),)
    # Where the ref is as it was for the plan, which compared the two commits, one call of git is enough.
    if base.expected is not None and not git.move(root, environment, commit, base.expected, settings.project):
        return ()
    with git.open_objects(root) as objects:
        if objects.resolve(commit) is None:
            return (_not_moved(ref, environment, base, f"this clone doesn't have commit {commit[:7]}", _FETCH),)
        present = objects.resolve(ref)
        if present not in (None, base.replaced) and not objects.is_ancestor(str(present), commit):
            if objects.is_ancestor(commit, str(present)):
                return ()  # somebody else was faster, and has applied this commit and more
            obstacle = f"it is at {str(present)[:7]} by now, which {commit[:7]} does not contain"
            return (_not_moved(ref, environment, base, obstacle, _MERGE),)
    words = git.move(root, environment, commit, present or "", settings.project)
    help = _PERMIT if any(sign in words for sign in _READ_ONLY) else _MOVE
    return (_not_moved(ref, environment, base, f"git can't update its ref: {words}", help),) if words else ()


def _not_moved(ref: str, environment: str, base: NextBase, obstacle: str, help: str) -> Diagnostic:
    return Diagnostic(
        codes.BASE_NOT_MOVED,
        f"the base of {environment} was not moved: {' '.join(obstacle.split())}",
        "warning",
        help=help.format(ref=ref, commit=base.commit),
    )
