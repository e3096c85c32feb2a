"""rhythmconf.yaml and everything beside it -> a Project."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from rhythmconf import catalog
from rhythmconf.errors import UsageError
from rhythmconf.settings import Settings, find_project_file, load_settings
from rhythmconf.source import documents
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project import bindings, files, misplaced, parse_cache
from rhythmconf.source.project.values import Project

NAME = "rhythmconf.yaml"


def open_settings(directory: Path, env: str | None = None) -> Settings:
    """Find the project file of a directory and read it; `env` is the environment that a flag named."""
    try:
        if not directory.is_dir():
            raise UsageError("there is no such folder", where=str(directory), help="correct what -C names")
        path = find_project_file(directory.absolute())
    except OSError as error:
        raise UsageError(f"can't be looked into: {error.strerror}", where=str(directory)) from error
    flags = {"env": env} if env else {}
    return load_settings(files.read_any(path), file=path, flags=flags, environ=os.environ)


def open_catalog(settings: Settings) -> catalog.Catalog:
    """The shipped kinds and those of the project's own `schemas` folders."""
    folders = [catalog.default_folder(), *(settings.root / folder for folder in settings.schemas)]
    return catalog.load(folders, module=settings.module)


def open_project(
    directory: Path,
    env: str | None = None,
    environments: Iterable[str] | None = None,
    *,
    sources: Iterable[str] | None = None,
) -> Project:
    """Read the whole project: overlays and bindings of `environments`, documents of `sources`, by default of all."""
    settings = open_settings(directory, env)
    names = tuple(environments) if environments is not None else tuple(settings.environments)
    base = _documents(settings, settings.sources if sources is None else sources)
    astray = misplaced.find(settings)
    overlays = {name: _documents(settings, _overlay_folders(settings.root, name)) for name in names}
    parse_cache.keep(settings, [base[0], *(loaded for loaded, _ in overlays.values())])
    texts = dict(base[1])
    for _, more in overlays.values():
        texts |= more
    return Project(
        settings=settings,
        catalog=open_catalog(settings),
        base=base[0]._replace(diagnostics=(*base[0].diagnostics, *astray)),
        overlays={name: loaded for name, (loaded, _) in overlays.items()},
        bindings={name: bindings.read(settings, name) for name in names},
        texts=texts | _bindings_texts(settings, names),
    )


def _documents(settings: Settings, folders: Iterable[str]) -> tuple[Loaded, dict[str, bytes]]:
    trees = [files.read_tree(settings.root, folder) for folder in folders]
    texts = {name: text for tree in trees for name, text in tree.texts.items()}
    loaded = documents.load(texts, parse_cache.known(settings, texts))
    wanted = documents.included(loaded.documents)
    included = files.read_all(settings.root, wanted)
    whole = documents.include(loaded, {**texts, **dict.fromkeys(wanted), **included.texts})
    found = [one for tree in (*trees, included) for one in tree.findings]
    return whole._replace(diagnostics=(*whole.diagnostics, *found)), texts | included.texts


def _overlay_folders(root: Path, environment: str) -> tuple[str, ...]:
    folder = f"overlays/{environment}"
    return (folder,) if (root / folder).is_dir() else ()


def _bindings_texts(settings: Settings, names: Iterable[str]) -> dict[str, bytes]:
    read = {bindings.name(name): files.read_if_there(settings.root, bindings.name(name)) for name in names}
    return {name: text for name, text in read.items() if text is not None}
