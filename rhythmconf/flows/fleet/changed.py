"""Find the members of a fleet whose inputs have changed since a revision."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from rhythmconf.errors import RhythmconfError
from rhythmconf.settings.fleet import FILE, Fleet, Member
from rhythmconf.source.project import git, schema_folders
from rhythmconf.source.project.opening import open_settings


def keep_changed(fleet: Fleet, revision: str) -> Fleet:
    """Return the fleet with the members whose inputs differ from a revision: their project, or a folder of `schemas`.

    A change of fleet.yaml concerns all of them. So does nothing else: packages are not in the repository.
    """
    changed = git.changed_since(fleet.root, revision)
    prefix = git.prefix(fleet.root)
    if posixpath.join(prefix, FILE) in changed:
        return fleet
    members = (member for member in fleet.members if _has_changed(fleet.root, member, prefix, changed))
    return replace(fleet, members=tuple(members))


def _has_changed(root: Path, member: Member, prefix: str, changed: Collection[str]) -> bool:
    folder = posixpath.normpath(posixpath.join(prefix, member.project))
    if _is_below(changed, folder):
        return True
    try:
        schemas = open_settings(root / member.project).schemas
    except RhythmconfError:
        return True  # its own command says what is wrong
    shared = (name for name in schemas if schema_folders.is_shared(name))
    return any(_is_below(changed, posixpath.normpath(posixpath.join(folder, name))) for name in shared)


def _is_below(paths: Collection[str], folder: str) -> bool:
    return folder == "." or any(path == folder or path.startswith(f"{folder}/") for path in paths)
