"""Find overlays and bindings that belong to no environment: with a misspelt name they would be ignored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rhythmconf.errors import DocumentError
from rhythmconf.model import Diagnostic, Location
from rhythmconf.model.suggest import suggest
from rhythmconf.settings import Settings
from rhythmconf.source.project import codes, files


def find(settings: Settings) -> list[Diagnostic]:
    """Return an error for each such folder or file. Other files, such as a README or an included text, are allowed.

    Raises DocumentError for a folder that can't be read.
    """
    try:
        return [*_overlays(settings), *_bindings(settings)]
    except OSError as error:
        where = Path(error.filename).relative_to(settings.root).as_posix()
        raise DocumentError(f"can't be read: {error.strerror}", where=where) from error


def _overlays(settings: Settings) -> Iterator[Diagnostic]:
    names = list(settings.environments)
    for path in _entries(settings, "overlays"):
        if path.is_dir():
            if path.name not in names and _holds_documents(path):
                help = suggest(path.name, names) or f"environments: {', '.join(names)}"
                yield _misplaced(settings, path, f"no environment is called '{path.name}'", help)
        elif path.name in names:
            help = "overlays are files in a folder with the name of their environment"
            yield _misplaced(settings, path, "this is not a folder", help)
        elif _is_document(path):
            help = f"move it to overlays/<environment>/; environments: {', '.join(names)}"
            yield _misplaced(settings, path, "this overlay is in the folder of no environment", help)


def _bindings(settings: Settings) -> Iterator[Diagnostic]:
    names = list(settings.environments)
    for path in _entries(settings, "bindings"):
        if path.is_dir():
            if _holds_documents(path):
                help = "bindings are in bindings/<environment>.yaml"
                yield _misplaced(settings, path, "a folder of bindings belongs to no environment", help)
        elif _is_document(path):
            if path.stem not in names:
                help = suggest(path.stem, names) or f"environments: {', '.join(names)}"
                yield _misplaced(settings, path, f"no environment is called '{path.stem}'", help)
            elif path.suffix != ".yaml":
                yield _misplaced(settings, path, f"'{path.suffix}' is not read here", f"call it {path.stem}.yaml")


def _entries(settings: Settings, folder: str) -> list[Path]:
    top = settings.root / folder
    return sorted(path for path in top.iterdir() if not path.name.startswith(".")) if top.is_dir() else []


def _holds_documents(folder: Path) -> bool:
    return any(_is_document(path) for path in folder.rglob("*"))


def _is_document(path: Path) -> bool:
    return path.name.lower().endswith(files.SUFFIXES)


def _misplaced(settings: Settings, path: Path, message: str, help: str) -> Diagnostic:
    return Diagnostic(
        codes.MISPLACED_FILE, message, location=Location(path.relative_to(settings.root).as_posix()), help=help
    )
