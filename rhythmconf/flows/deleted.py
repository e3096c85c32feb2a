"""Say of a reference without a target that its document was deleted, and since which commit. Only errors ask git."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from posixpath import normpath
from typing import NamedTuple

from rhythmconf.model import Diagnostic, Key
from rhythmconf.source import documents
from rhythmconf.source.desired import Desired
from rhythmconf.source.desired.codes import NO_TARGET
from rhythmconf.source.project import files, git
from rhythmconf.source.project.git import GitFailed, Objects, open_objects
from rhythmconf.source.project.values import Project


class _Deleted(NamedTuple):
    """A document that the files lack: where it was, and the commit that has it, with what that commit is."""

    file: str
    commit: str
    origin: str


def explain_deleted(project: Project, environment: str, resolved: Desired) -> Desired:
    """Add to each reference without a target where its document was, if git has it. Nothing is read without one.

    Looked at are the base of the environment, the checked-out commit and the one before it. While errors may hide
    documents, nothing counts as deleted.
    """
    missing = _missing_targets(resolved)
    if not missing or not git.in_repository(project.settings.root):
        return resolved
    found: Mapping[Key, _Deleted] = {}
    with suppress(GitFailed), open_objects(project.settings.root) as objects:
        found = _find(project, environment, {key for keys in missing.values() for key in keys}, objects)
    places = {message: found[key] for message, keys in missing.items() for key in keys if key in found}
    if not places:
        return resolved
    explained = (_explain(one, places.get(one.message), project) for one in resolved.diagnostics)
    return resolved._replace(diagnostics=tuple(explained))


def _missing_targets(resolved: Desired) -> dict[str, list[Key]]:
    """Return the keys that each message about a missing target may mean."""
    if resolved.names.load_errors.suspects or all(one.code != NO_TARGET for one in resolved.diagnostics):
        return {}
    return {
        resolution.problem.message: [Key(kind, text.rpartition("/")[2]) for kind in targets]
        for (targets, text), resolution in resolved.names.resolutions.items()
        if resolution.problem is not None and resolution.problem.code == NO_TARGET
    }


def _find(project: Project, environment: str, keys: set[Key], objects: Objects) -> Mapping[Key, _Deleted]:
    """Return the documents of these keys that one of the commits has."""
    revisions = {
        git.applied_ref(environment): f"the base of {environment}",
        "HEAD": "the checked-out commit",
        "HEAD~1": "the commit before",
    }
    found: dict[Key, _Deleted] = {}
    for revision, origin in revisions.items():
        commit = objects.resolve(revision) if keys - found.keys() else None
        if commit is not None:
            for key, file in _documents_at(project, commit, objects):
                if key in keys:
                    found.setdefault(key, _Deleted(file, commit, origin))
    return found


def _documents_at(project: Project, commit: str, objects: Objects) -> Iterator[tuple[Key, str]]:
    """Yield key and file of each document that a commit has in the source folders of today."""
    blobs = {
        path: blob
        for folder in map(normpath, project.settings.sources)
        for path, blob in objects.files(commit, folder).items()
        if files.is_document(path, folder)
    }
    texts = dict(zip(blobs, objects.texts([*blobs.values()]), strict=True))
    # What is unchanged has been read, and doesn't declare the key.
    changed = {path: text for path, text in texts.items() if project.texts.get(path) != text}
    for document in documents.load(changed).documents:
        yield Key(project.catalog.qualify(document.kind), document.key), document.origin.file


def _explain(diagnostic: Diagnostic, deleted: _Deleted | None, project: Project) -> Diagnostic:
    if deleted is None or diagnostic.code != NO_TARGET:
        return diagnostic
    file, commit = deleted.file, deleted.commit[:7]
    whole = file not in project.texts
    restore = f"Restore it: git checkout {commit} -- {file}" if whole else f"To see it: git show {commit}:./{file}"
    at = f" at {diagnostic.location}" if diagnostic.location else ""
    return diagnostic._replace(
        # Environments differ in their base: `validate` shows a message once for all of them.
        message=f"{diagnostic.message}: its document was deleted",
        help=f"{commit} ({deleted.origin}) still has it in {file}. {restore}. Or remove the reference{at}, or write "
        "its new key there if it was renamed",
        fix=None,
    )
