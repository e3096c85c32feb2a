"""Find out what a project uses a file for, so that no report is written over it, or read as a document later."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from rhythmconf.errors import RhythmconfError
from rhythmconf.settings import Settings
from rhythmconf.source import documents
from rhythmconf.source.project import empty_sources, files
from rhythmconf.source.project.opening import NAME

_FOLDERS = ("overlays", "bindings", "overrides")


def find_use(settings: Settings, path: Path) -> str:
    """Return what the project uses a file for, or would use it for; empty for a file that it doesn't read."""
    root, real = os.path.realpath(settings.root), Path(os.path.realpath(path))
    if not real.is_relative_to(root):
        return ""
    name = real.relative_to(root).as_posix()
    if name == NAME:
        return "this is the project file"
    folder = next((folder for folder in (*_FOLDERS, *settings.schemas) if _holds(folder, name)), None)
    if folder is not None and folder != ".":
        return f"this is in {folder}/, which the project reads"
    for source in settings.sources:
        if _holds(source, name) and files.is_document(name, source):
            return f"this would be a document of the project: `sources` names {source}"
    return "a document of the project includes this text" if real.is_file() and _is_included(settings, name) else ""


def _holds(folder: str, name: str) -> bool:
    return empty_sources.is_below(name, folder)


def _is_included(settings: Settings, name: str) -> bool:
    """Tell whether a document names the file. Only documents that have its name anywhere are parsed."""
    wanted = name.rpartition("/")[2].encode()
    texts = {}
    for folder in (*settings.sources, "overlays"):
        # A folder that isn't there names nothing, and one that can't be read is reported by the command.
        with suppress(RhythmconfError):
            tree = files.read_tree(settings.root, folder)
            texts.update({file: text for file, text in tree.texts.items() if wanted in text})
    return name in documents.text_files_of(documents.load(texts).documents)
