"""Find the members of a fleet whose inputs have changed since a revision."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from posixpath import join, normpath
from typing import NamedTuple

from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body
from rhythmconf.settings.fleet import FILE, Fleet, Member
from rhythmconf.settings.source import Source
from rhythmconf.source.project import bindings, git, overrides, schema_folders
from rhythmconf.source.project.opening import NAME, open_settings


def keep_changed(fleet: Fleet, revision: str) -> Fleet:
    """Return the fleet with the members whose inputs differ from a revision: their project, or a folder of `schemas`.

    Of a project with several environments, what only another environment reads is no input. A change of fleet.yaml
    concerns all members. So does nothing else: packages are not in the repository.
    """
    paths = git.changed_since(fleet.root, revision)
    prefix = git.prefix(fleet.root)
    if join(prefix, FILE) in paths:
        return fleet
    projects = {member.project for member in fleet.members}
    changed = [project for project in projects if normpath(join(prefix, project, NAME)) in paths]
    former = {project: _read_former(fleet.root / project, revision) for project in changed}
    changes = _Changes(fleet.root, prefix, paths, former)
    return replace(fleet, members=tuple(member for member in fleet.members if changes.concern(member)))


class _Changes(NamedTuple):
    """The paths that have changed, from the top of the repository, and the former values of changed project files."""

    root: Path
    prefix: str
    paths: Collection[str]
    former: Mapping[str, Body]

    def concern(self, member: Member) -> bool:
        """Return whether one of them is an input of a member."""
        try:
            settings = open_settings(self.root / member.project, member.environment or None)
        except RhythmconfError:
            return True  # its own command says what is wrong
        environment = member.environment or settings.default_environment
        if member.project in self.former and _select(self.former[member.project], environment) != _select(
            settings.source.value, environment
        ):
            return True
        own = (path for path in self._below(member.project) if path != NAME)
        shared = (name for name in settings.schemas if schema_folders.is_shared(name))
        return any(not _is_of_another(path, environment) for path in own) or any(
            any(self._below(join(member.project, name))) for name in shared
        )

    def _below(self, folder: str) -> Iterator[str]:
        """Yield the changed paths below a folder, relative to it."""
        top = normpath(join(self.prefix, folder))
        for path in self.paths:
            if top == "." or path.startswith(f"{top}/"):
                yield path if top == "." else path[len(top) + 1 :]


def _is_of_another(path: str, environment: str) -> bool:
    """Return whether only another environment reads a file of a project."""
    folder, *rest = PurePosixPath(path).parts
    if folder == "overlays":
        return len(rest) > 1 and rest[0] != environment
    named = {"bindings": bindings.name, "overrides": overrides.name}.get(folder)
    return named is not None and path != named(environment)


def _select(value: Body, environment: str) -> Body:
    """Return the values of a project file without those of other environments."""
    environments = value.get("environments")
    return {**value, "environments": environments.get(environment) if isinstance(environments, dict) else None}


def _read_former(project: Path, revision: str) -> Body:
    """Return the values of a project file at a revision; none where it wasn't there, or can't be read."""
    with git.open_objects(project) as objects:
        commit = objects.resolve(revision)
        text = objects.text(commit, NAME) if commit else None
    try:
        return Source(text or b"", NAME).value
    except RhythmconfError:
        return {}
