"""Find the base of an environment: the commit that its tenant last agreed with, and the desired state there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import normpath

from rhythmconf import settings
from rhythmconf.engine.diff.threeway import BaseState, ForkState
from rhythmconf.engine.journal import RunSummary
from rhythmconf.errors import Refused, RhythmconfError, UsageError
from rhythmconf.flows import codes, run_records
from rhythmconf.flows.base_warnings import fetch_command
from rhythmconf.flows.checkout import check_checkout, find_hidden, warn_of_hidden
from rhythmconf.flows.find_base import find_base, warn_of_shared_ref
from rhythmconf.flows.rewritten import take_rewritten
from rhythmconf.flows.validate import resolve_documents
from rhythmconf.flows.values import History
from rhythmconf.model import Base, Diagnostic
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment
from rhythmconf.source import documents
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project import bindings, files, git, schema_folders
from rhythmconf.source.project.git import Objects, WorkTree
from rhythmconf.source.project.opening import NAME, use_kinds_of
from rhythmconf.source.project.values import Project


def read_history(
    project: Project,
    environment: Environment,
    revision: str | None = None,
    *,
    runs: Iterable[RunSummary] | None = None,
) -> History:
    """Read what git and the run records know of an environment. `revision` is the base that the user named.

    `runs` replaces the runs on record here. Raises UsageError for a revision that does not exist, GitFailed where git
    can't answer, UnknownRun for a run whose commit is not here, and Refused where the base can't be compared with this
    checkout.
    """
    root = project.settings.root
    work_tree = git.work_tree(root, inputs(project, environment.name))
    if work_tree is None:
        if revision is not None:
            raise UsageError("--base needs a git work tree", help="leave it out: the plan then has no base")
        return History()
    commit, clean = work_tree.commit, work_tree.holds(project.texts)
    with git.open_objects(root) as objects:
        warnings = check_checkout(project, environment.name, work_tree, objects)
        if hidden := find_hidden(project, work_tree, objects):
            clean, warnings = False, (*warnings, *warn_of_hidden(hidden))
        runs = run_records.runs_of_tenant(project.settings, environment) if runs is None else runs
        base = find_base(project.settings, environment, revision, objects, commit, runs=runs)
        if base is None:
            shared = warn_of_shared_ref(project.settings, environment, objects, commit)
            return _without_base(root, work_tree, History(None, clean, commit, diagnostics=(*warnings, *shared)))
        if not base.descends:
            applied = _project_at(project, environment.name, base.commit, objects)
            names = {*inputs(project, environment.name), *inputs(applied, environment.name)}
            base = take_rewritten(base, names, objects, commit)
        base_time = objects.committed_at(base.commit)
        _check_folder(base, objects, commit)
        same = clean and base.commit == commit
        then = project if same else _project_at(project, environment.name, base.commit, objects)
        fork = _project_at(project, environment.name, base.fork, objects) if base.fork else None
        sources = () if same else map(normpath, then.settings.sources)
        foreign = [folder for folder in sources if objects.is_submodule(base.commit, folder)]
        reshaped = () if same else _find_reshaped(project, base, work_tree, objects)
    resolved = resolve_documents(then, environment.name)
    state = BaseState(
        base,
        resolved.state,
        then.bindings.get(environment.name, {}),
        _fork_state(fork, environment.name) if fork else None,
    )
    doubts = (*_warn_of_submodules(base, foreign), *_warn_of_errors(base, resolved.diagnostics))
    return History(
        state,
        clean,
        commit,
        base_time=base_time,
        upstream=work_tree.upstream,
        lacks=work_tree.lacks,
        reshaped=reshaped,
        diagnostics=(*warnings, *doubts),
    )


def _without_base(root: Path, work_tree: WorkTree, history: History) -> History:
    """Add where bases can be fetched from."""
    remotes = git.remotes(root)
    # An upstream may also be a branch of this repository, whose name looks the same.
    remote = git.remote_of(remotes, work_tree.upstream)
    if work_tree.detached:
        # A pipeline checks out a commit, which has no upstream: what it lacks is still at the remote.
        remote = git.choose_remote(remotes)
    return history._replace(remote=remote, fetch=fetch_command(remotes, work_tree.upstream))


def _check_folder(base: Base, objects: Objects, head: str | None) -> None:
    """Raise Refused where the base had no project in this folder: all of its documents would seem to be new."""
    if head and objects.text(base.commit, NAME) is None and objects.text(head, NAME) is not None:
        raise Refused(
            f"the base {base.commit[:7]} ({base.origin}) has no {NAME} in this folder, so nothing shows who changed "
            "what since",
            help="If the folder was moved, and the checked-out files are what the tenant agrees with, name them as the "
            "base: --base HEAD. If another project of this repository has the same name, give this one another: bases "
            "are kept by the name of the project. --no-base plans without one.",
            code=codes.BASE_UNKNOWN,
        )


def _find_reshaped(project: Project, base: Base, work_tree: WorkTree, objects: Objects) -> tuple[str, ...]:
    """Return which of the project file and the schema folders are not as they were at the base, or where it forked."""
    root = project.settings.root
    named = [NAME, *map(normpath, schema_folders.in_repository(root, project.settings.schemas))]
    names = [*dict.fromkeys([*named, *files.link_targets(root, named)])]
    earlier = base.commit if base.descends else base.fork
    before, now = (objects.ids(commit, names) if commit else {} for commit in (earlier, work_tree.commit))
    changed = [*work_tree.changed, *work_tree.ignored]
    return tuple(
        name
        for name in names
        if before.get(name) != now.get(name) or any(f"{path}/".startswith(f"{name}/") for path in changed)
    )


def _warn_of_submodules(base: Base, folders: Sequence[str]) -> Iterator[Diagnostic]:
    if folders:
        yield Diagnostic(
            codes.BASE_UNREADABLE,
            f"at the base {base.commit[:7]} {' and '.join(folders)} was a submodule: nothing shows who changed its "
            "records",
            "warning",
            help="Its files are in another repository. Compare its records with care: none counts as drift.",
        )


def _warn_of_errors(base: Base, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    if errors:
        first = f"{errors[0].location}: {errors[0].message}" if errors[0].location else errors[0].message
        yield Diagnostic(
            codes.BASE_UNREADABLE,
            f"the files of the base {base.commit[:7]} have {counted(len(errors), 'error')} today ({first}): "
            "nothing shows who changed these records",
            "warning",
            help="Compare these records with care: none of their fields counts as drift. The next complete apply sets "
            "a base without errors.",
        )


def _fork_state(fork: Project, environment: str) -> ForkState:
    return ForkState(resolve_documents(fork, environment).state, fork.bindings.get(environment, {}))


def _project_at(project: Project, environment: str, commit: str, objects: Objects) -> Project:
    """Return the project as it was at a commit, for one environment; kinds and settings are today's.

    Documents that were broken then are left out.
    """
    sources = _files_of(objects, commit, _sources_at(project, commit, objects))
    overlays = _files_of(objects, commit, [f"overlays/{environment}"])
    bindings_text = objects.text(commit, bindings.name(environment)) or b""
    base, overlay = (_load(commit, objects, blobs) for blobs in (sources, overlays))
    return use_kinds_of(project, [base, overlay])._replace(
        base=base,
        overlays={environment: overlay},
        bindings={environment: bindings.parse(bindings_text, environment, project.settings.module)},
        texts={**base.texts, **overlay.texts},
    )


def _load(commit: str, objects: Objects, blobs: Mapping[str, str]) -> Loaded:
    texts = dict(zip(blobs, objects.texts([*blobs.values()]), strict=True))
    loaded = documents.load(texts)
    names = documents.text_files_of(loaded.documents)
    return documents.insert_text_files(loaded, {**dict.fromkeys(names), **objects.named_texts(commit, names)})


def _files_of(objects: Objects, commit: str, folders: Iterable[str]) -> dict[str, str]:
    """Return the document files below some folders at a commit, like those that `files.read_tree` finds on the disk."""
    # `config/` and `./config` are the folder `config`, as on the disk.
    return {
        path: blob
        for folder in map(normpath, folders)
        for path, blob in objects.files(commit, folder).items()
        if files.is_document(path, folder)
    }


def _sources_at(project: Project, commit: str, objects: Objects) -> Iterable[str]:
    """Return the source folders as the project file of a commit names them."""
    text = objects.text(commit, NAME) or b""
    try:
        return settings.load_settings(text, file=project.settings.root / NAME, flags={}, environ=os.environ).sources
    except RhythmconfError:
        return project.settings.sources


def inputs(project: Project, environment: str) -> list[str]:
    """Return the paths that a plan is made from: they decide whether the work tree is clean."""
    sources, schemas = project.settings.sources, project.settings.schemas
    included = [
        name
        for loaded in (project.base, *project.overlays.values())
        for name in documents.text_files_of(loaded.documents)
    ]
    named = [
        *sources,
        *schema_folders.in_repository(project.settings.root, schemas),
        f"overlays/{environment}",
        bindings.name(environment),
        NAME,
        *included,
    ]
    return [*named, *files.link_targets(project.settings.root, {*named, *project.texts})]
