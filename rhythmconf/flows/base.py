"""Which commit an environment's tenant last agreed with, and what the files wanted then."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from rhythmconf.engine import journal
from rhythmconf.engine import plan as planning
from rhythmconf.engine.diff.threeway import BaseState
from rhythmconf.errors import RhythmconfError, UsageError
from rhythmconf.flows import run_records, validate
from rhythmconf.flows.values import History
from rhythmconf.model import Base, Plan
from rhythmconf.settings import Settings, load_settings, read_bindings
from rhythmconf.source import documents
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project import bindings, files, git
from rhythmconf.source.project.opening import NAME
from rhythmconf.source.project.values import Project


def history(project: Project, environment: str, revision: str | None) -> History:
    """What git and the run records know of an environment; `revision` is what the user named as its base.

    Raises UsageError for a revision that isn't there.
    """
    commit = files.commit(project.settings.root)
    if commit is None:
        if revision is not None:
            raise UsageError("--base needs a git work tree", help="leave it out: the plan is two-way then")
        return History()
    clean = git.clean(project.settings.root, _inputs(project, environment))
    base = find(project, environment, revision)
    if base is None:
        return History(None, clean, commit)
    same = clean and base.commit == commit
    state = validate.check(project if same else at(project, environment, base.commit), environment).state
    return History(BaseState(base, state), clean, commit)


def find(project: Project, environment: str, revision: str | None) -> Base | None:
    """The base of an environment: what the user names, the ref of its last apply, or its last run record."""
    root = project.settings.root
    if revision is not None:
        commit, origin = git.resolve(root, revision), "--base"
        if commit is None:
            raise UsageError(f"--base: there is no revision {revision!r} here", help="see `git log`, or fetch it")
    else:
        ref = git.applied_ref(environment)
        commit, origin = git.resolve(root, ref), ref
        if commit is None:
            commit, origin = _recorded(project, environment)
    return Base(commit, origin, git.comes_after(root, commit)) if commit else None


class NextBase(NamedTuple):
    """The commit that a plan was made at, and whether it is the next base once all of the plan is applied."""

    commit: str | None
    advances: bool


def following(plan: Plan, reopen: Callable[[], Project] | None = None) -> NextBase:
    """What comes after the base of a plan. What was planned first, and committed then as it was, counts as committed:
    `reopen` looks at the files of today."""
    if plan.whole and plan.commit and not plan.clean and reopen and (commit := _committed(plan, reopen)):
        return NextBase(commit, advances=True)
    return NextBase(plan.commit, advances=plan.whole and plan.clean and plan.commit is not None)


def _committed(plan: Plan, reopen: Callable[[], Project]) -> str | None:
    """The commit that is checked out, if the files are as it has them, and as they were when the plan was made."""
    try:
        project = reopen()
    except RhythmconfError:
        return None
    root = project.settings.root
    same = planning.source_digest(project.texts) == plan.source_digest
    clean = same and git.clean(root, _inputs(project, plan.fingerprint.environment))
    return files.commit(root) if clean else None


def advance(settings: Settings, environment: str, following: NextBase) -> bool:
    """After all of a plan is applied: its commit is the next base, if this repository has it. False: git refuses."""
    commit = following.commit if following.advances else None
    if commit is None or git.resolve(settings.root, commit) is None:
        return True
    return git.advance(settings.root, environment, commit)


def _recorded(project: Project, environment: str) -> tuple[str | None, str]:
    """The commit of the last complete run that is on record here, and which run that was."""
    settings = project.settings
    here = run_records.place(settings, settings.environment(environment))
    for run in journal.read_summaries(run_records.folder(settings)):
        head = run.header
        if head.place == here and run.ending == "complete" and head.advances and head.commit:
            return git.resolve(settings.root, head.commit), f"run {head.run}"
    return None, ""


def at(project: Project, environment: str, commit: str) -> Project:
    """The project as it was at a commit, for one environment; kinds and settings are today's.

    Documents that were broken then are left out.
    """
    root = project.settings.root
    blobs = git.names(root, commit)
    below = _below(blobs, _sources(project, commit, blobs))
    overlays = _below(blobs, [f"overlays/{environment}"])
    bound = bindings.name(environment)
    texts = git.read(root, blobs, {*below, *overlays, bound})
    line = texts.pop(bound, b"")
    base, over = (_load(project, blobs, {name: texts[name] for name in some}) for some in (below, overlays))
    return project._replace(
        base=base,
        overlays={environment: over},
        bindings={environment: read_bindings(line, file=bound, module=project.settings.module)},
        texts=texts,
    )


def _load(project: Project, blobs: dict[str, str], texts: dict[str, bytes]) -> Loaded:
    loaded = documents.load(texts)
    wanted = documents.included(loaded.documents)
    included = git.read(project.settings.root, blobs, wanted)
    return documents.include(loaded, {**dict.fromkeys(wanted), **included})


def _below(blobs: Iterable[str], folders: Iterable[str]) -> list[str]:
    """The document files below some folders, as a walk over the disk finds them."""
    tops = [PurePosixPath(folder) for folder in folders]
    paths = [PurePosixPath(name) for name in blobs if name.endswith(files.SUFFIXES)]
    return [str(path) for path in paths if any(_is_source(path, top) for top in tops)]


def _is_source(path: PurePosixPath, top: PurePosixPath) -> bool:
    return path.is_relative_to(top) and not any(part.startswith(".") for part in path.relative_to(top).parts)


def _sources(project: Project, commit: str, blobs: dict[str, str]) -> Iterable[str]:
    """The source folders as the project file of that commit names them."""
    text = git.read(project.settings.root, blobs, [NAME]).get(NAME)
    try:
        settings = load_settings(text or b"", file=project.settings.root / NAME, flags={}, environ=os.environ)
    except RhythmconfError:
        return project.settings.sources
    return settings.sources


def _inputs(project: Project, environment: str) -> list[str]:
    """What a plan is made of: these paths decide whether a work tree is clean."""
    settings = project.settings
    folders = [*settings.sources, *settings.schemas, f"overlays/{environment}", bindings.name(environment), NAME]
    loaded = [project.base, *project.overlays.values()]
    return [*folders, *(name for one in loaded for name in documents.included(one.documents))]
