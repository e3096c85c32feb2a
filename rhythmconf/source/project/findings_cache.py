"""Keep what rules find in the cache folder, so that an unchanged project is not judged again.

Each environment of a project has one file, with the findings for one digest of all that they depend on. A file can be
deleted at any time; one for another digest is ignored.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import rhythmconf
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Json, checksum, decode
from rhythmconf.settings import Settings
from rhythmconf.source.project import files
from rhythmconf.source.project.private_files import read_private

LARGE = 20 * 1024 * 1024
"""Bytes. A larger file is not worth reading."""
_CHECKSUM = 32
"""Bytes."""


def read(settings: Settings, environment: str, digest: bytes) -> Json:
    """Return what was kept for a digest; None where there is nothing."""
    data = read_private(_path(settings, environment), LARGE)
    body = data[2 * _CHECKSUM :]
    if data[: 2 * _CHECKSUM] != _key(digest) + checksum(body):
        return None
    return decode(body)


def save(settings: Settings, environment: str, digest: bytes, findings: bytes) -> None:
    """Keep findings (JSON) for a digest. A read-only folder or a full disk costs only time."""
    path = _path(settings, environment)
    with contextlib.suppress(OSError, RhythmconfError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write(path, _key(digest) + checksum(findings) + findings, mode=0o600)


def _key(digest: bytes) -> bytes:
    return checksum(f"{rhythmconf.__version__} {sys.implementation.cache_tag} {_stamp()}".encode() + digest)


def _path(settings: Settings, environment: str) -> Path:
    name = checksum(os.fsencode(settings.root.resolve()) + b"\0" + environment.encode()).hex()
    return settings.cache_dir / "findings" / name


@cache
def _stamp() -> int:
    """Return when a rule was changed last: whoever works on one sees what it finds."""
    folder = Path(rhythmconf.__file__).parent / "insight"
    return max((one.stat().st_mtime_ns for one in _modules(str(folder))), default=0)


def _modules(folder: str) -> Iterator[os.DirEntry[str]]:
    for one in os.scandir(folder):
        if one.is_dir():
            yield from _modules(one.path)
        elif one.name.endswith(".py"):
            yield one
