"""Find the pages and the examples that rhythmconf ships."""

from __future__ import annotations

from pathlib import Path


def shipped_folder(name: str) -> Path:
    """Return the folder `docs` or `examples`: inside the installed package, or beside it in a clone."""
    package = Path(__file__).parents[2]
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
