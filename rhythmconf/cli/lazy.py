"""Load packages and reports when they are first used, not when they are imported.

Half the time of a short command went into imports that it never used: other report formats, the diff, the network.
With this finder `from rhythmconf.engine import diff` returns a module that loads at its first attribute.
`from rhythmconf.engine.diff import compare` loads it at once, as usual. Inside these packages nothing is lazy, so that
threads never see a half-loaded module.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

LAZY_SUBPACKAGES = ("text", "source", "tenant", "engine", "insight")
"""Each package in these is loaded lazily, and as a whole."""
LAZY_MODULES = ("flows", "report", "cli")
"""Each module in these is loaded lazily."""
LAZY_PARTS = (
    "rhythmconf.source.project.findings_cache",
    "rhythmconf.source.project.git",
    "rhythmconf.source.project.kind_notes",
    "rhythmconf.source.project.schema_folders",
)
"""Modules of lazy packages that few commands need, and that only one thread loads."""


class LazyFinder:
    """A finder for `sys.meta_path` that loads the packages and modules named above at their first use."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the usual spec with a lazy loader; None for a module that is not lazy."""
        spec = PathFinder.find_spec(name, path, target) if _is_lazy(name) else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def _is_lazy(name: str) -> bool:
    package, _, module = name.partition(".")
    if package != "rhythmconf":
        return False
    if name in LAZY_PARTS:
        return True
    parent, _, child = module.partition(".")
    return "." not in child if parent in LAZY_SUBPACKAGES else parent in LAZY_MODULES or not child


def install() -> None:
    """Put the finder in front, once."""
    if LazyFinder not in sys.meta_path:
        sys.meta_path.insert(0, LazyFinder)
    # httpx brings a command line of its own along and loads rich and pygments for it where they are installed:
    # a tenth of a small plan. It does without when it can't be imported; None says so.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
