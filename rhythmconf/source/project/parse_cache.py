"""Keep parsed documents in the cache folder, so that unchanged files are not parsed again.

Parsing is most of the time of a plan. Each project has one pack, which maps the digest of a text to its values. A pack
can be deleted at any time; one that this version did not write is ignored. Values are validated in every run: the pack
holds no verdicts.

A pack is read by `marshal`, which is four times as fast as JSON and keeps equal parts shared, as the YAML reader shares
them. marshal trusts its bytes, so it only gets bytes with the right checksum from a file that only this user can write.
"""

from __future__ import annotations

import contextlib
import marshal
import os
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
from rhythmconf.source.project.private_files import read_private

FORMAT = 2
"""Increase this whenever `yaml12` gives other values for a text than before, or refuses it."""
HEAD = f"rhythmconf {__version__} values {FORMAT} {sys.implementation.cache_tag} {marshal.version}\n".encode()
SMALL = 100_000
"""Bytes. Fewer than that are parsed faster than a pack is opened."""
LARGE = 200 * 1024 * 1024
"""Bytes. A larger pack is not worth reading."""
SHARE = 16
"""Write a new pack when more than one text in 16 is missing: writing all costs as much as parsing those."""

Pack: TypeAlias = Mapping[bytes, list[Json]]


def values_of(settings: Settings, texts: Mapping[str, bytes]) -> dict[str, list[Json]]:
    """Return the values of those texts that were parsed before, by file."""
    if _size(texts) < SMALL:
        return {}
    pack = _read(_path(settings))
    return {file: pack[key] for file, key in _keys(texts) if key in pack}


def save(settings: Settings, loaded: Iterable[Loaded]) -> None:
    """Write parsed documents to the pack. A read-only folder or a full disk costs only time."""
    every = [*loaded]
    if sum(_size(one.texts) for one in every) < SMALL:
        return
    values = {key: one.values[file] for one in every for file, key in _keys(one.texts) if file in one.values}
    path = _path(settings)
    missing = len(values.keys() - _read(path).keys())
    if missing * SHARE > len(values):
        with contextlib.suppress(OSError, RhythmconfError, ValueError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            body = marshal.dumps(values)
            files.write(path, HEAD + checksum(body) + body, mode=0o600)


def _size(texts: Mapping[str, bytes]) -> int:
    return sum(map(len, texts.values()))


def _keys(texts: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Return the file and the key of each text. The same bytes have other values in a JSON file than in a YAML file."""
    for file, text in texts.items():
        yield file, checksum_once(text) + (b"json" if file.endswith(".json") else b"")


def _path(settings: Settings) -> Path:
    name = checksum(os.fsencode(settings.root.resolve())).hex()
    return settings.cache_dir / "parsed" / name


@lru_cache(maxsize=1)
def _read(path: Path) -> Pack:
    """Read the pack once in a process. Return an empty one where none can be trusted."""
    data = read_private(path, LARGE)
    start = len(HEAD) + 32
    body = data[start:]
    if not data.startswith(HEAD) or data[len(HEAD) : start] != checksum(body):
        return {}
    pack: Pack = marshal.loads(body)  # noqa: S302 -- see above
    return pack
