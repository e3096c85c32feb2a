"""Open a fleet: read fleet.yaml, and find the project folders that its patterns mean."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from rhythmconf.errors import RhythmconfError, SettingsError
from rhythmconf.settings.fleet import FILE, WILD, Fleet, load_fleet
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import NAME, open_settings


def open_fleet(directory: Path) -> Fleet:
    """Read the fleet.yaml of a folder. Raises SettingsError where there is none, or with a diagnostic per mistake."""
    root = directory.absolute()
    if not (root / FILE).is_file():
        raise SettingsError(
            f"There is no {FILE} in this folder.",
            where=str(directory),
            help="write one, as `rhythmconf docs fleet` shows, or name its folder with -C",
        )
    return load_fleet(files.read(root, FILE), root, Projects(root))


class Projects(NamedTuple):
    """The projects below a folder."""

    root: Path

    def find(self, pattern: str) -> list[str]:
        """Return the folders that a pattern means, sorted. A folder without wildcards need not be there.

        It is a member that fails, and the others are done.
        """
        if not WILD & {*pattern}:
            return [Path(pattern).as_posix()]
        paths = self.root.glob(f"{pattern.rstrip('/')}/{NAME}")
        return sorted(path.parent.relative_to(self.root).as_posix() for path in paths)

    def environments(self, folder: str) -> list[str] | None:
        """Return the environments of a project; None where its project file can't be used."""
        if not (self.root / folder / NAME).is_file():
            return None
        try:
            return [*open_settings(self.root / folder).environments]
        except RhythmconfError:
            return None  # the command for its member says what is wrong
