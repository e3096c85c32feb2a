"""Choose where new files go: fill in a layout, and find names that are free and that work on every computer."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rhythmconf.errors import UsageError
from rhythmconf.model import Key
from rhythmconf.source.project import portable

_MEMBERS = {"kind", "key", "module"}


@dataclass(slots=True)
class Paths:
    """The project-relative paths that are in use. Two that differ only by case or Unicode form count as one.

    `folders` and `files` have the spelling of each folder and file in use, by what all its spellings have in common.
    """

    files: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, used: Iterable[str]) -> Paths:
        """Return the paths of these files."""
        paths = cls()
        for path in used:
            paths.add(path)
        return paths

    def add(self, path: str) -> None:
        """Note that a path is in use."""
        folded = portable.fold(path)
        # Most paths are folded already; then one text serves as both, for a pull holds thousands of them.
        self.files.setdefault(path if folded == path else folded, path)
        folder = posixpath.dirname(path)
        while folder and portable.fold(folder) not in self.folders:
            self.folders[portable.fold(folder)] = folder
            folder = posixpath.dirname(folder)

    def spell(self, path: str) -> str:
        """Return the path as it is spelled already, where the file or a folder above it exists in another spelling."""
        if (known := self.files.get(portable.fold(path))) is not None:
            return known
        folder = posixpath.dirname(path)
        while folder and portable.fold(folder) not in self.folders:
            folder = posixpath.dirname(folder)
        return self.folders[portable.fold(folder)] + path[len(folder) :] if folder else path

    def free(self, path: str) -> str:
        """Reserve the path, with a number before its suffix if it is in use, and return it."""
        stem, suffix = posixpath.splitext(self.spell_folder(path))
        number, free = 1, f"{stem}{suffix}"
        while portable.fold(free) in self.files:
            number += 1
            free = f"{stem}-{number}{suffix}"
        self.add(free)
        return free

    def spell_folder(self, path: str) -> str:
        """Return the path with its folder as that is spelled already."""
        folder, name = posixpath.split(path)
        return posixpath.join(posixpath.dirname(self.spell(posixpath.join(folder, "x"))), name) if folder else path


def check_layout(layout: str) -> str:
    """Return the layout. Raise UsageError if it leads outside, has other names, or isn't the name of a document."""
    names = set(re.findall(r"\{([^{}]*)\}", layout))
    plain = re.sub(r"\{[^{}]*\}", "x", layout)
    inside = posixpath.normpath(plain) == plain and not plain.startswith(("/", "..")) and "\\" not in plain
    if names - _MEMBERS or not inside or not layout.endswith((".yaml", ".yml")) or re.search("[{}]", plain):
        raise UsageError(f"{layout!r} is not a layout", help="for example '{kind}/{key}.yaml', or '{kind}.yaml'")
    if any(part.startswith(".") for part in plain.split("/")):
        help = "names that begin with a dot are not read as documents"
        raise UsageError(f"{layout!r} is not a layout: a part begins with a dot", help=help)
    if not plain.isprintable() or (problem := portable.find_problem(plain)):
        problem = problem if plain.isprintable() else "it has an invisible character"
        raise UsageError(f"{layout!r} is not a layout: {problem}", help="choose another name")
    return layout


def document_path(layout: str, folder: str, key: Key, kind: str) -> str:
    """Return the path of a document; `kind` is the name of its kind in documents of the project."""
    module, _, short = key.kind.rpartition("/")
    filled = layout.replace("{module}", module).replace("{key}", key.name)
    filled = filled.replace("{kind}", short if "{module}" in layout else kind)
    return posixpath.join(folder, *map(portable.make_portable, filled.split("/")))
