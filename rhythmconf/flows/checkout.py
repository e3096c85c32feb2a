"""Check that a checkout has all files of its commit, and find what was emptied since the base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import normpath

from rhythmconf.errors import Refused
from rhythmconf.flows import codes
from rhythmconf.flows.values import Choices, History
from rhythmconf.model import DesiredState, Diagnostic, Key, Location
from rhythmconf.model.plural import counted
from rhythmconf.settings import Settings
from rhythmconf.source.project import bindings, empty_sources, files, git
from rhythmconf.source.project.git import Objects, WorkTree
from rhythmconf.source.project.hidden import hidden_edits
from rhythmconf.source.project.values import Project

_NAMED = 10
"""How many files that git ignores get a warning of their own."""


def check_checkout(project: Project, environment: str, work_tree: WorkTree, objects: Objects) -> tuple[Diagnostic, ...]:
    """Return a warning for each file of the project that git ignores.

    Raises Refused where the commit has files that git keeps away from this checkout: they would look like deleted ones.
    """
    commit = work_tree.commit
    if commit is not None:
        folders = [*map(normpath, project.settings.sources), f"overlays/{environment}"]
        there, away = set[str](), list[str]()
        for folder in folders:
            for path, entry in objects.entries(commit, folder):
                if entry.is_submodule:
                    away += [path] if not (project.settings.root / path / ".git").exists() else []
                elif entry.is_file and files.is_document(path, folder):
                    there.add(path)
        if away:
            raise _incomplete("submodule", away, "git submodule update --init")
        there |= objects.named_texts(commit, [bindings.name(environment)]).keys()
        if missing := sorted(there - project.texts.keys() - work_tree.changed):
            help = "git sparse-checkout disable (of one file: git update-index --no-skip-worktree FILE)"
            raise _incomplete("file", missing, help)
    return tuple(_ignored(sorted(work_tree.ignored & project.texts.keys())))


def find_hidden(project: Project, work_tree: WorkTree, objects: Objects) -> dict[str, str]:
    """Return the edited files of the project whose changes git was told to ignore, each with the flag that says so."""
    known = work_tree.changed | work_tree.ignored
    texts = {name: text for name, text in project.texts.items() if name not in known}
    return hidden_edits(project.settings.root, work_tree.commit, texts, objects)


def warn_of_hidden(flags: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Warn of edits that git does not show; `flags` has the flag of each file."""
    for name, flag in sorted(flags.items()):
        yield Diagnostic(
            codes.HIDDEN_EDIT,
            f"this file differs from the commit, and git was told to hide that ({flag}): nobody else has the edit",
            "warning",
            Location(name),
            help=f"let git show it (git update-index --no-{flag} {name}), and commit it",
        )


def _ignored(names: list[str]) -> Iterator[Diagnostic]:
    """Yield a warning for each file that git ignores; one for all of them where they are many."""
    for name in names if len(names) <= _NAMED else names[:1]:
        others = f" and {counted(len(names) - 1, 'other')} of the project" if len(names) > _NAMED else ""
        message = f"git ignores this file{others}, so no commit and no other checkout has {'them' if others else 'it'}"
        help = f"add it with `git add -f {name}`, or correct .gitignore"
        yield Diagnostic(codes.IGNORED_BY_GIT, message, "warning", Location(name), help=help)


def _incomplete(what: str, names: list[str], command: str) -> Refused:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    are = "is" if len(names) == 1 else "are"
    return Refused(
        f"{counted(len(names), what)} of the commit {are} not in this checkout, and not deleted either: "
        f"{', '.join(names[:3])}{more}",
        help=f"fetch what is missing: {command}. --no-base plans without git.",
        code=codes.INCOMPLETE_CHECKOUT,
    )


def check_vanished(settings: Settings) -> None:
    """Raise Refused for a source folder that doesn't exist, and that has documents in HEAD or in a base.

    Nothing is asked where all folders exist, or outside of git. Raises GitFailed where git can't answer.
    """
    gone = [folder for folder in settings.sources if not (settings.root / folder).is_dir()]
    if not gone or git.work_tree(settings.root, gone) is None:
        return
    bases = (git.base_ref(settings.root, settings.project, name) for name in settings.environments)
    revisions = ["HEAD", *bases]
    with git.open_objects(settings.root) as objects:
        commits = {revision: objects.resolve(revision) for revision in revisions}
        for folder in gone:
            for revision, commit in commits.items():
                if commit is not None and _has_documents(objects, commit, normpath(folder)):
                    raise _vanished(folder, revision, commit)


def _has_documents(objects: Objects, commit: str, folder: str) -> bool:
    entries = objects.entries(commit, folder)
    return any(entry.is_submodule or files.is_document(path, folder) for path, entry in entries)


def _vanished(folder: str, revision: str, commit: str) -> Refused:
    where = "the checked-out commit" if revision == "HEAD" else f"the base {commit[:7]}"
    return Refused(
        f"the source folder {folder!r} is gone, but {where} has documents in it",
        help=f"bring it back: git checkout {commit[:7]} -- {folder}. A sparse checkout leaves folders out, and a "
        "submodule needs `git submodule update --init`. If its documents are gone on purpose, remove it from `sources` "
        "in rhythmconf.yaml.",
        code=codes.INCOMPLETE_CHECKOUT,
    )


def find_emptied(project: Project, declared: DesiredState, history: History, choices: Choices) -> Mapping[Key, str]:
    """Return the keys that vanished with the content of a source folder or a file, each with that folder or file.

    It had documents at the base. The folder has none now, or the file is blank, as after a copy that failed. A key that
    the user names with `--prune` may be deleted.
    """
    if history.base_state is None or choices.destroy:
        return {}
    sources = [*map(normpath, project.settings.sources)]
    folders = empty_sources.without_documents(sources, project.base.documents)
    blank = empty_sources.blank_files(project.base.texts)
    emptied: dict[Key, str] = {}
    for key, resource in history.base_state.state.resources.items() if folders or blank else ():
        file = resource.origins[0].file
        if key not in choices.prune and key not in declared.resources:
            places = [folder for folder in folders if empty_sources.is_below(file, folder)] or sorted(blank & {file})
            if places:
                emptied[key] = places[-1]
    return emptied
