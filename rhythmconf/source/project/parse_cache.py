"""What the files said last time: one pack a project in the cache folder, so that unchanged files are not parsed again.

Parsing is most of a plan. A pack maps the digest of a text to its values; it can be deleted at any time, and whatever
is not just as this version wrote it is as good as none. Schemas have no part in it: values are checked in every run.

It is read by `marshal`, four times as fast as JSON and with equal parts shared as the reader shares them. marshal
trusts its bytes: so it gets only those that a checksum vouches for, from a file that nobody but this user can write.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from rhythmconf import __version__
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Json, checksum, checksum_once
from rhythmconf.settings import Settings
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project import files

FORMAT = 1
"""Counted up whenever `yaml12` gives other values for a text than before."""
HEAD = f"rhythmconf {__version__} values {FORMAT} {sys.implementation.cache_tag} {marshal.version}\n".encode()
SMALL = 100_000
"""Bytes of texts that are parsed sooner than a pack is opened."""
LARGE = 200 * 1024 * 1024
"""Bytes of a pack that is not worth reading."""
SHARE = 16
"""A pack is written anew when one text in so many isn't in it: writing all costs as much as parsing those."""

Pack: TypeAlias = Mapping[bytes, list[Json]]


def known(settings: Settings, texts: Mapping[str, bytes]) -> dict[str, list[Json]]:
    """The values of those texts that were read before, by file."""
    if _size(texts) < SMALL:
        return {}
    pack = _read(_path(settings))
    return {file: pack[key] for file, key in _keys(texts) if key in pack}


def keep(settings: Settings, read: Iterable[Loaded]) -> None:
    """Put what was read into the pack. A folder that can't be written to, or a full disk, costs only time."""
    every = [*read]
    if sum(_size(one.texts) for one in every) < SMALL:
        return
    found = {key: one.values[file] for one in every for file, key in _keys(one.texts) if file in one.values}
    path = _path(settings)
    missing = len(found.keys() - _read(path).keys())
    if missing * SHARE > len(found):
        with contextlib.suppress(OSError, RhythmconfError, ValueError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            body = marshal.dumps(found)
            files.write(path, HEAD + checksum(body) + body, mode=0o600)


def _size(texts: Mapping[str, bytes]) -> int:
    return sum(map(len, texts.values()))


def _keys(texts: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """File and key of each text: the same bytes are other values in a JSON file than in a YAML file."""
    for file, text in texts.items():
        yield file, checksum_once(text) + (b"json" if file.endswith(".json") else b"")


def _path(settings: Settings) -> Path:
    name = checksum(os.fsencode(settings.root.resolve())).hex()
    return settings.cache_dir / "parsed" / name


@lru_cache(maxsize=1)
def _read(path: Path) -> Pack:
    """The pack, once in a run; empty where there is none that can be trusted."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(LARGE) if _is_ours(os.fstat(descriptor)) else b""
    except OSError:
        return {}
    start = len(HEAD) + 32
    body = data[start:]
    if not data.startswith(HEAD) or data[len(HEAD) : start] != checksum(body):
        return {}
    pack: Pack = marshal.loads(body)  # noqa: S302 -- see above
    return pack


def _is_ours(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
