"""Keep forecasts in the cache folder for a day: numbers of people and sums, and nothing about anybody.

Each project has a folder. Each question has one file in it, named by the digest of all that the answer depends on. A
file can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

import rhythmconf
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Json, canonical, checksum, decode
from rhythmconf.settings import Settings
from rhythmconf.source.project import files
from rhythmconf.source.project.private_files import read_private

LARGE = 20 * 1024 * 1024
"""Bytes. A larger file is not worth reading."""
MOST = 50
"""Forecasts that are kept; the oldest are removed."""
_CHECKSUM = 32
"""Bytes."""


class ForecastCache(NamedTuple):
    """The forecasts that are kept in a folder."""

    folder: Path

    def read(self, question: Json) -> Json:
        """Return what was kept for a question; None where there is nothing."""
        data = read_private(self._path(question), LARGE)
        body = data[_CHECKSUM:]
        return decode(body) if data and data[:_CHECKSUM] == checksum(body) else None

    def save(self, question: Json, answer: Json) -> None:
        """Keep an answer. A read-only folder or a full disk costs only requests."""
        body = canonical(answer)
        with contextlib.suppress(OSError, RhythmconfError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.write(self._path(question), checksum(body) + body, mode=0o600)
            for old in sorted(self.folder.iterdir(), key=lambda file: file.stat().st_mtime)[:-MOST]:
                old.unlink()

    def _path(self, question: Json) -> Path:
        return self.folder / checksum(canonical([rhythmconf.__version__, question])).hex()


def open_cache(settings: Settings) -> ForecastCache:
    """Return the forecasts that are kept for a project on this computer."""
    project = checksum(os.fsencode(settings.root.resolve())).hex()
    return ForecastCache(settings.cache_dir / "forecasts" / project)
