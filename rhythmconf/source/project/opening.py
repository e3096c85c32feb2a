"""Open a project: read rhythmconf.yaml, the catalogue, the documents and the bindings, each once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rhythmconf import catalog, settings
from rhythmconf.catalog.notes import SUFFIX as NOTES_SUFFIX
from rhythmconf.errors import CatalogError, UsageError
from rhythmconf.model import Diagnostic, Location, Plan
from rhythmconf.settings import Settings
from rhythmconf.source import documents
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project import (
    bindings,
    codes,
    empty_sources,
    files,
    kind_notes,
    misplaced,
    overrides,
    parse_cache,
    schema_folders,
)
from rhythmconf.source.project.unread import find_unread
from rhythmconf.source.project.values import Project
from rhythmconf.text import leftovers
from rhythmconf.text.yaml12 import YamlError

NAME = "rhythmconf.yaml"
UNREVISED: Mapping[str, bytes] = {}


def open_settings(directory: Path, env: str | None = None) -> Settings:
    """Find and read the project file of a directory. `env` is the environment that a flag named."""
    try:
        if not directory.is_dir():
            raise UsageError("there is no such folder", where=str(directory), help="correct the folder after -C")
        path = settings.find_project_file(directory.absolute())
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(directory)) from error
    flags = {"env": env} if env else {}
    text = files.read(path.parent, path.name)
    return settings.load_settings(text, file=path, flags=flags, environ=os.environ)


def open_catalog(settings: Settings) -> catalog.Catalog:
    """Read the shipped kinds and those of the folders that `schemas` names, with the notes on both."""
    root = settings.root
    located = {name: schema_folders.locate(root, name) for name in settings.schemas}
    shared = [folder for name, folder in located.items() if schema_folders.is_shared(name)]
    for name, folder in located.items():
        schema_folders.refuse_hidden(root, name, folder)

    def read_notes(path: Path, kind: str) -> catalog.Notes:
        file = str(path) if _is_below(path, shared) else path.relative_to(root).as_posix()
        return kind_notes.parse(_read_schema(root, path, shared), file, kind)

    try:
        return catalog.load(
            [catalog.default_folder(), *located.values()],
            module=settings.module,
            read=lambda path: _read_schema(root, path, shared),
            read_notes=read_notes,
        )
    except (CatalogError, YamlError) as error:
        place = error.where.file if isinstance(error.where, Location) else str(error.where or "")
        if not any(place.startswith(f"{folder}{os.sep}") for folder in shared):
            raise
        # What is wrong may be a part of the file, which a branch can have chosen.
        raise CatalogError(
            "this file outside of the project is no valid schema of a kind, and no valid notes on one",
            where=place,
            help="correct it, or `schemas` in rhythmconf.yaml; a project that has the folder inside says why",
        ) from None


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _read_schema(root: Path, path: Path, shared: Iterable[Path]) -> bytes:
    folder = next((folder for folder in shared if path.is_relative_to(folder)), None)
    text = schema_folders.read_shared(folder, path) if folder else files.read(root, path.relative_to(root).as_posix())
    leftovers.check(text, str(path) if folder else path.relative_to(root).as_posix())
    return text


def _replaced(known: catalog.Catalog, root: Path) -> Iterator[Diagnostic]:
    """Yield a warning for each shipped kind of which the project has a schema file of its own."""
    for name in known.replaced:
        kind = known.kinds[name]
        path = Path(kind.file)
        yield Diagnostic(
            codes.REPLACED_KIND,
            f"this file replaces the schema of {name} that rhythmconf ships",
            "warning",
            Location(path.relative_to(root).as_posix() if path.is_relative_to(root) else kind.file),
            help=f"write only what differs into {kind.short}{NOTES_SUFFIX} beside it and remove the file, or keep "
            "the file to maintain the kind yourself",
        )


def open_project(
    settings: Settings,
    environments: Iterable[str] | None = None,
    *,
    sources: Iterable[str] | None = None,
    revised: Mapping[str, bytes] = UNREVISED,
) -> Project:
    """Read a project: the documents of `sources`, overlays and bindings of `environments`; of all by default.

    `revised` has new texts of files that aren't written yet: they are taken in place of those on the disk.
    """
    names = tuple(environments) if environments is not None else tuple(settings.environments)
    project = open_without_documents(settings, names, revised=revised)
    return add_documents(project, settings.sources if sources is None else sources, names, revised=revised)


def open_without_documents(
    settings: Settings, environments: Iterable[str], *, revised: Mapping[str, bytes] = UNREVISED
) -> Project:
    """Read catalogue and bindings only, which is all that a saved plan or a run record needs."""
    project = Project(
        settings=settings, catalog=open_catalog(settings), base=Loaded((), ()), overlays={}, bindings={}, texts={}
    )
    return read_bindings(project, environments, revised=revised)


def use_kinds(project: Project, kinds: Iterable[str]) -> Project:
    """Return the project with the modules of some qualified kinds in use."""
    return project._replace(catalog=catalog.widen(project.catalog, {kind.rpartition("/")[0] for kind in kinds}))


def use_kinds_of_plan(project: Project, plan: Plan) -> Project:
    """Return the project with every module in use of which a plan changes or binds a record."""
    return use_kinds(project, {change.key.kind for change in plan.changes} | {bind.key.kind for bind in plan.binds})


def use_kinds_of(project: Project, loaded: Iterable[Loaded]) -> Project:
    """Return the project with every module in use of which a document names a kind."""
    return use_kinds(project, {document.kind for each in loaded for document in each.documents})


def read_bindings(
    project: Project, environments: Iterable[str], *, revised: Mapping[str, bytes] = UNREVISED
) -> Project:
    """Read the bindings of some environments into an open project, in place of those that it had."""
    settings = project.settings
    read = {name: revised.get(bindings.name(name), bindings.text_of(settings.root, name)) for name in environments}
    parsed = {name: bindings.parse(text, name, settings.module) for name, text in read.items()}
    texts = {**project.texts, **{bindings.name(name): text for name, text in read.items()}}
    return project._replace(
        bindings={**project.bindings, **parsed},
        texts={name: text for name, text in texts.items() if text is not None},
    )


def narrow(project: Project, environment: str) -> Project:
    """Return an open project as if it had been opened for one environment only."""
    overlays = project.overlays.get(environment, Loaded((), ()))
    names = {bindings.name(environment)}
    for loaded in (project.base, overlays):
        names.update(loaded.texts, documents.text_files_of(loaded.documents))
    return project._replace(
        overlays={environment: overlays},
        bindings={environment: project.bindings.get(environment, {})},
        texts={name: text for name, text in project.texts.items() if name in names},
    )


def add_documents(
    project: Project,
    folders: Iterable[str],
    environments: Iterable[str],
    *,
    revised: Mapping[str, bytes] = UNREVISED,
) -> Project:
    """Read the documents of some source folders and the overlays of some environments into an open project."""
    settings, folders, environments = project.settings, tuple(folders), tuple(environments)
    base, texts = _load(settings, folders, revised)
    misplaced_files = misplaced.find(settings)
    overlays = {name: _load(settings, _overlay_folders(settings.root, name), revised) for name in environments}
    parse_cache.save(settings, [base, *(loaded for loaded, _ in overlays.values())])
    for _, overlay_texts in overlays.values():
        texts |= overlay_texts
    project = use_kinds_of(project, [base, *(loaded for loaded, _ in overlays.values())])
    empty = (
        [] if any(one.severity == "error" for one in base.diagnostics) else empty_sources.find(settings, folders, base)
    )
    return project._replace(
        base=base._replace(
            diagnostics=(
                *base.diagnostics,
                *misplaced_files,
                *overrides.check(settings.root, environments),
                *_replaced(project.catalog, settings.root),
                *empty,
            )
        ),
        overlays={name: loaded for name, (loaded, _) in overlays.items()},
        texts={**texts, **project.texts},
    )


def _load(settings: Settings, folders: Iterable[str], revised: Mapping[str, bytes]) -> tuple[Loaded, dict[str, bytes]]:
    """Load the documents below some folders, with the text files that they include."""
    trees = [files.read_tree(settings.root, folder) for folder in folders]
    texts = {name: revised.get(name, text) for tree in trees for name, text in tree.texts.items()}
    loaded = documents.load(texts, parse_cache.values_of(settings, texts))
    names = documents.text_files_of(loaded.documents)
    included = files.read_all(settings.root, names)
    missing = [name for name in names if name not in included.texts and name not in texts]
    similar = {name: files.find_similar(settings.root, name) for name in missing}
    complete = documents.insert_text_files(loaded, {**texts, **dict.fromkeys(names), **included.texts}, similar)
    diagnostics = [diagnostic for tree in (*trees, included) for diagnostic in tree.diagnostics]
    named = set(names)
    others = dict.fromkeys(name for tree in trees for name in tree.others if name not in named)
    unread = find_unread(settings.root, others, texts)
    return complete._replace(diagnostics=(*complete.diagnostics, *diagnostics, *unread)), texts | included.texts


def _overlay_folders(root: Path, environment: str) -> tuple[str, ...]:
    folder = f"overlays/{environment}"
    return (folder,) if (root / folder).is_dir() else ()
