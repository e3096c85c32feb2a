"""Find the base of an environment: the commit that its tenant last agreed with, and the desired state there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from rhythmconf import settings
from rhythmconf.engine import journal
from rhythmconf.engine import plan as planning
from rhythmconf.engine.diff.threeway import BaseState
from rhythmconf.errors import RhythmconfError, UsageError
from rhythmconf.flows import run_records
from rhythmconf.flows.validate import resolve
from rhythmconf.flows.values import History
from rhythmconf.model import Base, Plan
from rhythmconf.settings import Environment, Settings
from rhythmconf.source import documents
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project import bindings, files, git
from rhythmconf.source.project.git import Objects
from rhythmconf.source.project.opening import NAME, add_documents
from rhythmconf.source.project.values import Project


def read_history(project: Project, environment: Environment, revision: str | None = None) -> History:
    """Read what git and the run records know of an environment. `revision` is the base that the user named.

    Raises UsageError for a revision that does not exist.
    """
    root = project.settings.root
    work_tree = git.work_tree(root, _inputs(project, environment.name))
    if work_tree is None or work_tree.commit is None:
        if revision is not None:
            raise UsageError("--base needs a git work tree", help="leave it out: the plan then has no base")
        return History()
    commit, clean = work_tree.commit, work_tree.clean
    with git.open_objects(root) as objects:
        base = _find_base(project, environment, revision, objects, commit) if objects else None
        if base is None or objects is None:
            return History(None, clean, commit)
        same = clean and base.commit == commit
        state = resolve(
            project if same else _project_at(project, environment.name, base.commit, objects), environment.name
        )
    return History(BaseState(base, state.state), clean, commit)


def _find_base(
    project: Project, environment: Environment, revision: str | None, objects: Objects, head: str
) -> Base | None:
    """Find the base: what the user names, the ref of the last complete apply, or the last run record."""
    if revision is not None:
        commit, origin = objects.resolve(revision), "--base"
        if commit is None:
            raise UsageError(f"--base: there is no revision {revision!r} here", help="see `git log`, or fetch it")
    else:
        origin = git.applied_ref(environment.name)
        commit = objects.resolve(origin)
        if commit is None:
            commit, origin = _from_run_records(project.settings, environment, objects)
    return Base(commit, origin, objects.is_ancestor(commit, head)) if commit else None


def _from_run_records(settings: Settings, environment: Environment, objects: Objects) -> tuple[str | None, str]:
    """Return the commit of the last complete run on record here, and the name of that run."""
    tenant = run_records.tenant_id(settings, environment)
    for run in journal.read_summaries(run_records.folder(settings)):
        header = run.header
        if header.place == tenant and run.ending == "complete" and header.advances and header.commit:
            return objects.resolve(header.commit), f"run {header.run}"
    return None, ""


class NextBase(NamedTuple):
    """The commit that a plan was made at, and whether it becomes the base once all of the plan is applied."""

    commit: str | None
    advances: bool


def next_base(plan: Plan) -> NextBase:
    """Return the base that follows once a plan is applied."""
    return NextBase(plan.commit, advances=plan.whole and plan.clean and plan.commit is not None)


def next_base_of_saved(plan: Plan, project: Project) -> NextBase:
    """Return the base that follows once a saved plan is applied.

    Files that were planned first and committed later, without a change, count as committed.
    """
    if plan.whole and plan.commit and not plan.clean and (commit := _committed_since(plan, project)):
        return NextBase(commit, advances=True)
    return next_base(plan)


def _committed_since(plan: Plan, project: Project) -> str | None:
    """Return the checked-out commit if it holds the files exactly as they were when the plan was made."""
    environment = plan.fingerprint.environment
    try:
        project = add_documents(project, project.settings.sources, [environment])
    except RhythmconfError:
        return None
    if planning.source_digest(project.texts) != plan.source_digest:
        return None
    work_tree = git.work_tree(project.settings.root, _inputs(project, environment))
    return work_tree.commit if work_tree and work_tree.clean else None


def advance_base(settings: Settings, environment: str, base: NextBase) -> bool:
    """Make a commit the base of an environment, if this repository has it. Return False where git refuses."""
    if not base.advances or base.commit is None or git.advance(settings.root, environment, base.commit):
        return True
    with git.open_objects(settings.root) as objects:
        return objects is None or objects.resolve(base.commit) is None


def _project_at(project: Project, environment: str, commit: str, objects: Objects) -> Project:
    """Return the project as it was at a commit, for one environment; kinds and settings are today's.

    Documents that were broken then are left out.
    """
    sources = _files_of(objects, commit, _sources_at(project, commit, objects))
    overlays = _files_of(objects, commit, [f"overlays/{environment}"])
    bindings_text = objects.text(commit, bindings.name(environment)) or b""
    base, overlay = (_load(commit, objects, blobs) for blobs in (sources, overlays))
    return project._replace(
        base=base,
        overlays={environment: overlay},
        bindings={environment: bindings.parse(bindings_text, environment, project.settings.module)},
        texts={**base.texts, **overlay.texts},
    )


def _load(commit: str, objects: Objects, blobs: Mapping[str, str]) -> Loaded:
    texts = dict(zip(blobs, objects.texts([*blobs.values()]), strict=True))
    loaded = documents.load(texts)
    names = documents.text_files_of(loaded.documents)
    return documents.insert_text_files(loaded, {name: objects.text(commit, name) for name in names})


def _files_of(objects: Objects, commit: str, folders: Iterable[str]) -> dict[str, str]:
    """Return the document files below some folders at a commit, like those that `files.read_tree` finds on the disk."""
    return {
        path: blob
        for folder in folders
        for path, blob in objects.files(commit, folder).items()
        if path.endswith(files.SUFFIXES) and not _is_hidden(path, folder)
    }


def _is_hidden(path: str, folder: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(path).relative_to(folder).parts)


def _sources_at(project: Project, commit: str, objects: Objects) -> Iterable[str]:
    """Return the source folders as the project file of a commit names them."""
    text = objects.text(commit, NAME) or b""
    try:
        return settings.load_settings(text, file=project.settings.root / NAME, flags={}, environ=os.environ).sources
    except RhythmconfError:
        return project.settings.sources


def _inputs(project: Project, environment: str) -> list[str]:
    """Return the paths that a plan is made from: they decide whether the work tree is clean."""
    sources, schemas = project.settings.sources, project.settings.schemas
    included = [
        name
        for loaded in (project.base, *project.overlays.values())
        for name in documents.text_files_of(loaded.documents)
    ]
    return [*sources, *schemas, f"overlays/{environment}", bindings.name(environment), NAME, *included]
