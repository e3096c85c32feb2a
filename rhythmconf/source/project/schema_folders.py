"""Find and read the folders that `schemas` names: in the project, beside it, or in an installed package.

Several projects may share a folder. A branch that nobody trusts may name one too, so a file outside of the project is
read only if it is a regular file of that folder, and no message shows a part of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from rhythmconf.catalog.notes import SUFFIX
from rhythmconf.errors import DocumentError, SettingsError
from rhythmconf.source.project import files

PACKAGE = "package:"


def is_shared(name: str) -> bool:
    """Tell whether `schemas` names a folder outside of the project."""
    return name.startswith((PACKAGE, "../"))


def locate(root: Path, name: str) -> Path:
    """Return the folder that a name in `schemas` means. Raises SettingsError for a package that isn't installed."""
    if not name.startswith(PACKAGE):
        return Path(os.path.normpath(root / name)) if is_shared(name) else root / name
    package, _, below = name.removeprefix(PACKAGE).partition("/")
    # No code of the package runs: only an import, or a name with a dot, would run some.
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise SettingsError(
            f"the package {package!r} in `schemas` is not installed where rhythmconf runs",
            help=f"install it beside rhythmconf, for example with pip, or correct `schemas`: {name}",
        )
    return Path(places[0]) / below


def read_own(root: Path, folder: str) -> dict[str, bytes]:
    """Return the schemas of a module in the project, by their names below its root; none if the folder isn't there."""
    names = [f"{folder}/{path.name}" for path in sorted((root / folder).glob("*.json"))]
    return {name: files.read(root, name) for name in names}


def read_module(root: Path, name: str, module: str) -> dict[str, bytes]:
    """Return the schemas of a module in a folder that `schemas` names, by the names that people know them by."""
    name = name.rstrip("/")
    if not is_shared(name):
        return read_own(root, f"{name}/{module}")
    folder = locate(root, name)
    refuse_hidden(root, name, folder)
    paths = sorted((folder / module).glob("*.json"))
    return {f"{name}/{module}/{path.name}": read_shared(folder, path) for path in paths}


def names_of_notes(root: Path, folder: str) -> frozenset[str]:
    """Return the names, below the root, of all that stands where a file of notes would be: no import may touch it."""
    return frozenset(f"{folder}/{path.name}" for path in (root / folder).glob(f"*{SUFFIX}"))


def read_shared(folder: Path, path: Path) -> bytes:
    """Read a file of a shared folder. Raises DocumentError for a link out of the folder and for no regular file."""
    return files.read(folder, path.relative_to(folder).as_posix())


def in_repository(root: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield the names in `schemas` that git can be asked about: those in the repository of the project."""
    real = Path(os.path.realpath(root))
    top = next((folder for folder in (real, *real.parents) if (folder / ".git").exists()), real)
    for name in names:
        inside = name.startswith("../") and Path(os.path.realpath(root / name)).is_relative_to(top)
        if not is_shared(name) or inside:
            yield name


def refuse_hidden(root: Path, name: str, folder: Path) -> None:
    """Raise DocumentError for a shared folder with a hidden folder on the way, such as `../.aws`."""
    if name.startswith("../"):
        way = files.relative_path(root, folder).split("/")
        if any(part.startswith(".") and part != ".." for part in (*way, *name.split("/"))):
            raise DocumentError("this leads to a hidden folder", where=name, help="name a folder without a dot")
