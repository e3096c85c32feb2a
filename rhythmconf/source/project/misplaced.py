"""Find overlays, bindings and overrides that nothing reads: with a misspelt name they would be ignored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from rhythmconf.errors import DocumentError
from rhythmconf.model import Diagnostic, Location
from rhythmconf.model.suggest import did_you_mean, nearest, suggest
from rhythmconf.settings import Settings
from rhythmconf.source.project import codes, files

_FOLDERS = ("overlays", "bindings")


def find(settings: Settings) -> list[Diagnostic]:
    """Return a diagnostic for each such folder or file. Others, such as a README or an included text, are allowed.

    Raises DocumentError for a folder that can't be read.
    """
    try:
        return [*_overlays(settings), *_bindings(settings), *_overrides(settings), *_lookalikes(settings)]
    except OSError as error:
        where = Path(error.filename).relative_to(settings.root).as_posix()
        raise DocumentError(f"can't be read: {error.strerror}", where=where) from error


def _overlays(settings: Settings) -> Iterator[Diagnostic]:
    names = list(settings.environments)
    for path in _entries(settings, "overlays"):
        if path.is_dir():
            if path.name not in settings.environments and _holds_documents(path):
                near = nearest(path.name, names)
                help = f"rename the folder to overlays/{near[0]}" if len(near) == 1 else _environments(names, near)
                yield _misplaced(settings, path, f"no environment is called '{path.name}'", help)
        elif path.name in settings.environments:
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
            if path.stem not in settings.environments:
                near = nearest(path.stem, names)
                help = f"rename the file to bindings/{near[0]}.yaml" if len(near) == 1 else _environments(names, near)
                yield _misplaced(settings, path, f"no environment is called '{path.stem}'", help)
            elif path.suffix != ".yaml":
                yield _misplaced(settings, path, f"'{path.suffix}' is not read here", f"call it {path.stem}.yaml")


def _environments(names: Sequence[str], near: Sequence[str]) -> str:
    return did_you_mean(near) or f"environments: {', '.join(names)}; rename it, or remove it"


def _overrides(settings: Settings) -> Iterator[Diagnostic]:
    """Yield a warning for each file of overrides that no pipeline reads."""
    names = list(settings.environments)
    for path in _entries(settings, "overrides"):
        if path.suffix == ".txt" and path.stem not in names:
            help = suggest(path.stem, names) or f"environments: {', '.join(names)}"
            message = f"no environment is called '{path.stem}', so no pipeline reads these overrides"
        elif path.suffix in ("", ".yaml", ".yml") and path.stem in names and not path.is_dir():
            message, help = "pipelines don't read this file", f"call it {path.stem}.txt"
        else:
            continue
        yield _misplaced(settings, path, message, help)._replace(severity="warning")


def _lookalikes(settings: Settings) -> Iterator[Diagnostic]:
    """Yield a warning for each folder that looks like a misspelt `overlays` or `bindings` and holds documents."""
    used = {PurePosixPath(folder).parts[:1] for folder in (*settings.sources, *settings.schemas)}
    for path in _entries(settings, "."):
        near = nearest(path.name, _FOLDERS) if path.name not in _FOLDERS and (path.name,) not in used else []
        if near and path.is_dir() and not _is_same(path, settings.root / near[0]) and _holds_documents(path):
            yield Diagnostic(
                codes.MISSPELT_FOLDER,
                f"nothing reads this folder; the one that rhythmconf reads is called '{near[0]}'",
                "warning",
                Location(path.name),
                help=_rename(settings, path.name, near[0]),
            )


def _rename(settings: Settings, name: str, right: str) -> str:
    """Return how to correct the name. As a folder of `sources`, its documents would count in every environment."""
    taken = (settings.root / right).is_dir()
    way = f"move its files into '{right}'" if taken else f"rename it: mv {name} {right}"
    return f"{way}. If it is for something else, give it a name that is less similar"


def _is_same(path: Path, other: Path) -> bool:
    """Tell whether two names are of one folder, as `Overlays` and `overlays` are on macOS and Windows."""
    return other.is_dir() and path.samefile(other)


def _entries(settings: Settings, folder: str) -> list[Path]:
    top = settings.root / folder
    paths = (path for path in top.iterdir() if not path.name.startswith(".")) if top.is_dir() else ()
    return sorted(paths, key=lambda path: path.name)


def _holds_documents(folder: Path) -> bool:
    return any(_is_document(path) for path in folder.rglob("*"))


def _is_document(path: Path) -> bool:
    return path.name.lower().endswith(files.SUFFIXES)


def _misplaced(settings: Settings, path: Path, message: str, help: str) -> Diagnostic:
    return Diagnostic(
        codes.MISPLACED_FILE, message, location=Location(path.relative_to(settings.root).as_posix()), help=help
    )
