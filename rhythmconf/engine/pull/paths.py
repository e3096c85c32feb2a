"""Where new files go: a layout filled in, and names that nobody has yet."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass

from rhythmconf.errors import UsageError
from rhythmconf.model import Key

_MEMBERS = {"kind", "key", "module"}


@dataclass(slots=True)
class Paths:
    """The project-relative paths that are taken."""

    taken: set[str]

    def free(self, path: str) -> str:
        """The path, with a number before its suffix where it is taken; it is taken from now on."""
        stem, suffix = posixpath.splitext(path)
        number, found = 1, path
        while found in self.taken:
            number += 1
            found = f"{stem}-{number}{suffix}"
        self.taken.add(found)
        return found


def check_layout(layout: str) -> str:
    """The layout itself. Raises UsageError for one that leads outside, has other names, or is no document's."""
    names = set(re.findall(r"\{([^{}]*)\}", layout))
    plain = re.sub(r"\{[^{}]*\}", "x", layout)
    inside = posixpath.normpath(plain) == plain and not plain.startswith(("/", "..")) and "\\" not in plain
    if names - _MEMBERS or not inside or not layout.endswith((".yaml", ".yml")) or re.search("[{}]", plain):
        raise UsageError(f"{layout!r} is not a layout", help="for example '{kind}/{key}.yaml', or '{kind}.yaml'")
    return layout


def document_path(layout: str, folder: str, key: Key, kind: str) -> str:
    """The path of a document; `kind` is its name as documents of the project write it."""
    module, _, short = key.kind.rpartition("/")
    filled = layout.replace("{module}", module).replace("{key}", key.name)
    return posixpath.join(folder, filled.replace("{kind}", short if "{module}" in layout else kind))


def all_taken(texts: Iterable[str]) -> Paths:
    """The paths of all files that documents are made of."""
    return Paths(set(texts))
