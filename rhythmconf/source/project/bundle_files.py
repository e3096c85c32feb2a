"""Read and write the files of a bundle of plans: its manifest, and the record of an apply."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rhythmconf.errors import RhythmconfError, SettingsError, UsageError
from rhythmconf.model import Body, decode
from rhythmconf.source.project import files

MANIFEST = "fleet.json"
RECORD = "applied.jsonl"


def prepare(folder: Path) -> None:
    """Make the folder of a new bundle. A bundle that is there is no longer one until a new manifest is written.

    Raises UsageError for a bundle that was applied, or a part of it.
    """
    files.make_folder(folder)
    if (folder / RECORD).exists():
        help = "name another folder, or go on with that apply: `rhythmconf fleet apply DIR --resume`"
        raise UsageError("the plans in this folder were applied, or some of them", where=str(folder), help=help)
    try:
        (folder / MANIFEST).unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"can't be replaced: {error.strerror}", where=str(folder / MANIFEST)) from error


def read_manifest(folder: Path) -> bytes:
    """Return the text of a manifest. Raises UsageError where there is none."""
    path = folder / MANIFEST
    if not path.is_file():
        help = "name a folder that `rhythmconf fleet plan -o DIR` has written"
        raise UsageError(f"there is no bundle in this folder: it has no {MANIFEST}", where=str(folder), help=help)
    return files.read_any(path)


def read_record(folder: Path) -> list[Body]:
    """Return the entries of the record of an apply, without a last line that a crash tore; none if there is none."""
    path = folder / RECORD
    if not path.exists():
        return []
    entries: list[Body] = []
    for line in files.read_any(path).split(b"\n")[:-1]:
        try:
            entry = decode(line)
        except ValueError:
            continue  # a line that a crash tore, to which a later one was appended
        if isinstance(entry, dict):
            entries.append(entry)
    return entries


def append_entry(folder: Path, entry: Body) -> None:
    """Append an entry to the record of an apply, and wait until it is on the disk."""
    path = folder / RECORD
    try:
        with path.open("ab+") as file:
            if file.tell() and not _ends_with_newline(path):
                file.write(b"\n")
            file.write(json.dumps(entry).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        help = "free some space, or correct the permissions; then go on with --resume"
        raise RhythmconfError(
            f"the record of the apply can't be written: {error.strerror}", where=str(path), help=help
        ) from error


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"
