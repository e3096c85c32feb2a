"""Say of a reference without a target that its document was deleted, and since which commit. Only errors ask git."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from posixpath import normpath
from typing import NamedTuple

from rhythmconf.model import Diagnostic, Document, Key
from rhythmconf.source import documents
from rhythmconf.source.desired import Desired
from rhythmconf.source.desired.codes import NO_TARGET
from rhythmconf.source.documents import Locator
from rhythmconf.source.project import files, git
from rhythmconf.source.project.git import GitFailed, Objects, open_objects
from rhythmconf.source.project.values import Project


class _Deleted(NamedTuple):
    """A document that the files lack: where it was, and the commit that has it, with what that commit is.

    `successor` is the document that has its natural key now, under a key that the commit doesn't have.
    """

    file: str
    commit: str
    origin: str
    key: Key
    successor: Document | None = None


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
    if resolved.names.load_errors.suspects:
        return {}
    return {
        resolution.problem.message: [Key(kind, text.rpartition("/")[2]) for kind in targets]
        for (targets, text), resolution in resolved.names.resolutions.items()
        if resolution.problem is not None and resolution.problem.code == NO_TARGET
    }


def _find(project: Project, environment: str, keys: set[Key], objects: Objects) -> Mapping[Key, _Deleted]:
    """Return the documents of these keys that one of the commits has."""
    revisions = {
        git.base_ref(project.settings.root, project.settings.project, environment): f"the base of {environment}",
        "HEAD": "the checked-out commit",
        "HEAD~1": "the commit before",
    }
    found: dict[Key, _Deleted] = {}
    for revision, origin in revisions.items():
        commit = objects.resolve(revision) if keys - found.keys() else None
        if commit is not None:
            changed, unchanged = _documents_at(project, commit, objects)
            then = {_key(document, project): document for document in changed}
            for key in then.keys() & keys - found.keys():
                successor = _find_successor(key, then, unchanged, project)
                found[key] = _Deleted(then[key].origin.file, commit, origin, key, successor)
    return found


def _find_successor(
    key: Key, then: Mapping[Key, Document], unchanged: Collection[str], project: Project
) -> Document | None:
    """Return the one document with the natural key of a deleted one, and with a key that is new since `then`.

    `then` has the documents of the files that have changed since; those of `unchanged` files are not new.
    """
    fields = project.catalog.kind(key.kind).natural_key
    values = [then[key].spec.get(name) for name in fields]
    same = [
        document
        for document in project.base.documents
        if project.catalog.qualify(document.kind) == key.kind
        and document.origin.file not in unchanged
        and _key(document, project) not in then
        and [document.spec.get(name) for name in fields] == values
    ]
    return same[0] if len(same) == 1 and values and None not in values else None


def _key(document: Document, project: Project) -> Key:
    return Key(project.catalog.qualify(document.kind), document.key)


def _documents_at(project: Project, commit: str, objects: Objects) -> tuple[Sequence[Document], Collection[str]]:
    """Return the documents that a commit has in the source folders of today, and the files that are unchanged since.

    The documents of these files are left out: they are those of today.
    """
    blobs = {
        path: blob
        for folder in map(normpath, project.settings.sources)
        for path, blob in objects.files(commit, folder).items()
        if files.is_document(path, folder)
    }
    texts = dict(zip(blobs, objects.texts([*blobs.values()]), strict=True))
    # What is unchanged has been read, and doesn't declare the key.
    changed = {path: text for path, text in texts.items() if project.texts.get(path) != text}
    return documents.load(changed).documents, texts.keys() - changed.keys()


def _explain(diagnostic: Diagnostic, deleted: _Deleted | None, project: Project) -> Diagnostic:
    if deleted is None or diagnostic.code != NO_TARGET:
        return diagnostic
    file, commit = deleted.file, deleted.commit[:7]
    whole = file not in project.texts
    restore = f"Restore it: git checkout {commit} -- {file}" if whole else f"To see it: git show {commit}:./{file}"
    at = f" at {diagnostic.location}" if diagnostic.location else ""
    if deleted.successor is not None:
        return _suggest_successor(diagnostic, deleted, deleted.successor, project)
    return diagnostic._replace(
        # Environments differ in their base: `validate` shows a message once for all of them.
        message=f"{diagnostic.message}: its document was deleted",
        help=f"{commit} ({deleted.origin}) still has it in {file}. {restore}. Or remove the reference{at}, or write "
        "its new key there if it was renamed",
        fix=None,
    )


def _suggest_successor(diagnostic: Diagnostic, deleted: _Deleted, new: Document, project: Project) -> Diagnostic:
    """Say under which key the record is declared now, and how to keep the record."""
    former, shown = deleted.key.name, project.catalog.shown(str(_key(new, project)))
    line = Locator(project.texts).value(new.origin, "/key")
    moved = (
        ""
        if former in new.moved
        else f" Add `moved: [{former}]` to that document, so that its record keeps its id instead of being made anew."
    )
    return diagnostic._replace(
        message=f"{diagnostic.message}: its document has the key '{new.key}' now",
        help=f"{line.file}:{line.line} declares the same record as {shown}; {deleted.commit[:7]} ({deleted.origin}) "
        f"has it as '{former}'. Write '{new.key}' here if the key was renamed.{moved}",
        fix=None,
    )
