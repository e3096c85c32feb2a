"""Rooms and reports are loaded when they are first used, not when they are named.

Half of a short command was spent on importing what it never calls: the other report formats, the diff, the network.
With this finder in place `from rhythmconf.engine import diff` gives a module that loads itself at its first attribute;
`from rhythmconf.engine.diff import compare` loads it at once, as ever. Below the rooms nothing is lazy: threads meet
only modules that are complete.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

WINGS_OF_ROOMS = ("text", "source", "tenant", "engine", "insight")
"""Their rooms are loaded lazily, and each room as a whole."""
WINGS_OF_MODULES = ("flows", "report", "cli")
"""Each of their modules is loaded lazily."""


class Lazily:
    """A finder for `sys.meta_path` that knows the rooms, the reports and the parts of the command line."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The usual spec, with a loader that waits; None for every other module."""
        spec = PathFinder.find_spec(name, path, target) if _waits(name) else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def _waits(name: str) -> bool:
    package, _, module = name.partition(".")
    if package != "rhythmconf":
        return False
    wing, _, room = module.partition(".")
    return "." not in room if wing in WINGS_OF_ROOMS else wing in WINGS_OF_MODULES or not room


def install() -> None:
    """Put the finder in front, once."""
    if Lazily not in sys.meta_path:
        sys.meta_path.insert(0, Lazily)
    # httpx brings a command line of its own along and loads rich and pygments for it, which is a tenth of a small plan.
    # It does without when it can't be imported; None says so.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
