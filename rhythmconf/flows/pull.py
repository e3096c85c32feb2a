"""What commands that bring a tenant's records into the files share: a project, a source of records, files written."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from rhythmconf.catalog import Catalog
from rhythmconf.cli.options import Options
from rhythmconf.cli.starter import SCHEMA
from rhythmconf.engine import pull
from rhythmconf.errors import SettingsError, UsageError
from rhythmconf.flows import validate
from rhythmconf.model import Json, Key, Progress
from rhythmconf.settings import Environment
from rhythmconf.source.documents import Loaded
from rhythmconf.source.documents.checks import KEY
from rhythmconf.source.project import bindings, files
from rhythmconf.source.project.opening import open_project, open_settings
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live
from rhythmconf.text import yaml12


def open_for_writing(options: Options) -> Project:
    """The whole project; folders of sources may be missing still."""
    settings = open_settings(options.directory, options.env)
    return open_project(
        options.directory, options.env, sources=[name for name in settings.sources if (settings.root / name).is_dir()]
    )


def pulled(
    project: Project, environment: Environment, source: live.Source, scope: pull.Scope
) -> Generator[Progress, None, tuple[pull.Files, pull.Pulled]]:
    """Fetch what is meant and find what has to be written. Raises Invalid before the first request."""
    given = _given(project, environment)
    found = yield from live.fetch(source, pull.needed_kinds(project.catalog, scope))
    return given, pull.pull(given, found, scope)


def _given(project: Project, environment: Environment) -> pull.Files:
    wanted = validate.checked(project, environment.name)
    settings, name = project.settings, environment.name
    others = [loaded for other, loaded in project.overlays.items() if other != name]
    return pull.Files(
        project=settings.project,
        environment=name,
        catalog=project.catalog,
        dialect=environment.dialect,
        base=project.base,
        overlays=project.overlays.get(name, Loaded((), ())),
        elsewhere=tuple(document for loaded in others for document in loaded.documents),
        bindings=project.bindings.get(name, {}),
        texts=project.texts,
        desired=wanted.state,
        folder=settings.sources[0],
        schema=SCHEMA if (settings.root / SCHEMA).is_file() else "",
    )


def scope_of(what: Iterable[str], catalog: Catalog) -> tuple[frozenset[str], frozenset[Key]]:
    """Read `KIND` and `KIND/KEY`, each with or without a module."""
    kinds: set[str] = set()
    keys: set[Key] = set()
    for text in what:
        kind, _, name = text.rpartition("/")
        if catalog.qualify(text) in catalog.kinds:
            kinds.add(catalog.qualify(text))
        elif kind:
            keys.add(Key(catalog.kind(kind).name, name))
        else:
            catalog.kind(text)
    return frozenset(kinds), frozenset(keys)


def read_key_map(path: Path, catalog: Catalog) -> dict[tuple[str, str], str]:
    """The names that the user chose: a file of `kind: {id: key}`."""
    (value, *more) = yaml12.load_all(files.read_any(path), file=str(path)) or [None]
    if more or not isinstance(value, dict):
        raise _bad_map(path, "it must be one mapping of kinds")
    chosen: dict[tuple[str, str], str] = {}
    for kind, entries in value.items():
        if not isinstance(entries, dict):
            raise _bad_map(path, f"{kind} must hold ids with their keys")
        for id, name in entries.items():
            chosen[catalog.kind(kind).name, id] = _key_name(name, path)
        if len(set(entries.values())) < len(entries):
            raise _bad_map(path, f"two records of {kind} can't have one key")
    return chosen


def _key_name(name: Json, path: Path) -> str:
    if not isinstance(name, str) or not KEY.fullmatch(name):
        raise _bad_map(path, f"{name!r} is not a key")
    return name


def _bad_map(path: Path, why: str) -> SettingsError:
    return SettingsError(f"not a key map: {why}", where=str(path), help="for example\nprogram:\n  1f3a9c77: cmsi")


def write(project: Project, given: pull.Files, found: pull.Pulled) -> None:
    """Write every file, and the bindings. Raises before the first where an unknown file is in the way."""
    root = project.settings.root
    in_the_way = [name for name in new_files(given, found) if (root / name).exists()]
    if in_the_way:
        raise UsageError("the file is there and is no document", where=in_the_way[0], help="move it, or give --layout")
    for name, text in pull.written(found, given):
        path = root / name
        files.make_folder(path.parent)
        files.write(path, text.encode())
    bindings.add(project.settings, given.environment, found.binds)


def new_files(given: pull.Files, found: pull.Pulled) -> Iterator[str]:
    """The files that a pull makes."""
    names = [name for each in found.new for name in (each.file, *(path for path, _ in each.texts))]
    yield from dict.fromkeys(name for name in (*names, *found.texts) if name not in given.texts)
