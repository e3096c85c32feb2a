"""Open a fleet: read fleet.yaml, and find the project folders that its patterns mean."""

from __future__ import annotations

from pathlib import Path

from rhythmconf.errors import SettingsError
from rhythmconf.settings.fleet import FILE, Fleet, load_fleet
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import NAME

WILD = frozenset("*?[")


def open_fleet(directory: Path) -> Fleet:
    """Read the fleet.yaml of a folder. Raises SettingsError where there is none, or with a diagnostic per mistake."""
    root = directory.absolute()
    if not (root / FILE).is_file():
        raise SettingsError(
            f"There is no {FILE} in this folder.",
            where=str(directory),
            help="write one, as `rhythmconf docs fleet` shows, or name its folder with -C",
        )
    return load_fleet(files.read(root, FILE), root, lambda pattern: _find_projects(root, pattern))


def _find_projects(root: Path, pattern: str) -> list[str]:
    """Return the folders that a pattern means, sorted. A folder without wildcards need not be there.

    It is a member that fails, and the others are done.
    """
    if not WILD & {*pattern}:
        return [Path(pattern).as_posix()]
    return sorted(path.parent.relative_to(root).as_posix() for path in root.glob(f"{pattern.rstrip('/')}/{NAME}"))
