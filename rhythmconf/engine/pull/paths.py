"""Choose where new files go: fill in a layout, and find names that are free."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from rhythmconf.errors import UsageError
from rhythmconf.model import Key

_MEMBERS = {"kind", "key", "module"}


@dataclass(slots=True)
class Paths:
    """The project-relative paths that are in use."""

    used: set[str]

    def free(self, path: str) -> str:
        """Reserve the path, with a number before its suffix if it is in use, and return it."""
        stem, suffix = posixpath.splitext(path)
        number, free = 1, path
        while free in self.used:
            number += 1
            free = f"{stem}-{number}{suffix}"
        self.used.add(free)
        return free


def check_layout(layout: str) -> str:
    """Return the layout. Raise UsageError if it leads outside, has other names, or isn't the name of a document."""
    names = set(re.findall(r"\{([^{}]*)\}", layout))
    plain = re.sub(r"\{[^{}]*\}", "x", layout)
    inside = posixpath.normpath(plain) == plain and not plain.startswith(("/", "..")) and "\\" not in plain
    if names - _MEMBERS or not inside or not layout.endswith((".yaml", ".yml")) or re.search("[{}]", plain):
        raise UsageError(f"{layout!r} is not a layout", help="for example '{kind}/{key}.yaml', or '{kind}.yaml'")
    return layout


def document_path(layout: str, folder: str, key: Key, kind: str) -> str:
    """Return the path of a document; `kind` is the name of its kind in documents of the project."""
    module, _, short = key.kind.rpartition("/")
    filled = layout.replace("{module}", module).replace("{key}", key.name)
    return posixpath.join(folder, filled.replace("{kind}", short if "{module}" in layout else kind))
