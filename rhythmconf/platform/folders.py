"""Where the files of a user are, which Windows does differently."""

from __future__ import annotations

import sys
from pathlib import Path

NAME = "rhythmconf"


def state_folder(home: Path) -> Path:
    """Return the folder of run records and locks for a user who has named none."""
    if sys.platform == "win32":
        from platformdirs.windows import Windows

        return Windows(NAME, appauthor=False).user_state_path
    return home / ".local" / "state" / NAME


def cache_folder(home: Path) -> Path:
    """Return the folder of tokens and of files that can be made again, as `state_folder` does."""
    if sys.platform == "win32":
        from platformdirs.windows import Windows

        return Windows(NAME, appauthor=False).user_cache_path
    return home / ".cache" / NAME
