"""rhythmconf.yaml and everything beside it -> a Project."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from rhythmconf import catalog, settings
from rhythmconf.errors import UsageError
from rhythmconf.settings import Settings
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
        path = settings.find(directory.absolute())
    except OSError as error:
        raise UsageError(f"can't be looked into: {error.strerror}", where=str(directory)) from error
    flags = {"env": env} if env else {}
    return settings.load(files.read_any(path), file=path, flags=flags, environ=os.environ)


def open_catalog(known: Settings) -> catalog.Catalog:
    """The shipped kinds and those of the project's own `schemas` folders."""
    folders = [catalog.default_folder(), *(known.root / folder for folder in known.schemas)]
    return catalog.load(folders, module=known.module)


def open_project(
    directory: Path,
    env: str | None = None,
    environments: Iterable[str] | None = None,
    *,
    sources: Iterable[str] | None = None,
) -> Project:
    """Read the whole project: overlays and bindings of `environments`, documents of `sources`, by default of all."""
    known = open_settings(directory, env)
    names = tuple(environments) if environments is not None else tuple(known.environments)
    base = _documents(known, known.sources if sources is None else sources)
    astray = misplaced.find(known)
    overlays = {name: _documents(known, _overlay_folders(known.root, name)) for name in names}
    parse_cache.keep(known, [base[0], *(loaded for loaded, _ in overlays.values())])
    texts = dict(base[1])
    for _, more in overlays.values():
        texts |= more
    return Project(
        settings=known,
        catalog=open_catalog(known),
        base=base[0]._replace(diagnostics=(*base[0].diagnostics, *astray)),
        overlays={name: loaded for name, (loaded, _) in overlays.items()},
        bindings={name: bindings.read(known, name) for name in names},
        texts=texts | _bindings_texts(known, names),
    )


def _documents(known: Settings, folders: Iterable[str]) -> tuple[Loaded, dict[str, bytes]]:
    trees = [files.read_tree(known.root, folder) for folder in folders]
    texts = {name: text for tree in trees for name, text in tree.texts.items()}
    loaded = documents.load(texts, parse_cache.known(known, texts))
    wanted = documents.included(loaded.documents)
    included = files.read_all(known.root, wanted)
    whole = documents.include(loaded, {**texts, **dict.fromkeys(wanted), **included.texts})
    found = [one for tree in (*trees, included) for one in tree.findings]
    return whole._replace(diagnostics=(*whole.diagnostics, *found)), texts | included.texts


def _overlay_folders(root: Path, environment: str) -> tuple[str, ...]:
    folder = f"overlays/{environment}"
    return (folder,) if (root / folder).is_dir() else ()


def _bindings_texts(known: Settings, names: Iterable[str]) -> dict[str, bytes]:
    read = {bindings.name(name): files.read_if_there(known.root, bindings.name(name)) for name in names}
    return {name: text for name, text in read.items() if text is not None}
