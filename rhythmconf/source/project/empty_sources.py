"""Find source folders without a document, while other sources have some, and files without any text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from rhythmconf.model import Diagnostic, Document
from rhythmconf.settings import Settings
from rhythmconf.source.documents import SUFFIXES, Loaded
from rhythmconf.source.project import codes


def find(settings: Settings, folders: Sequence[str], loaded: Loaded) -> list[Diagnostic]:
    """Return a warning for each such folder of those that were read, at its name in rhythmconf.yaml."""
    empty = without_documents(folders, loaded.documents)
    # Without any document there is a warning about all of them.
    return [_warning(settings, folder) for folder in empty] if loaded.documents else []


def without_documents(folders: Iterable[str], documents: Iterable[Document]) -> list[str]:
    """Return the folders below which none of the documents is."""
    empty = dict.fromkeys(folders)
    for document in documents:
        if not empty:
            break
        for folder in [folder for folder in empty if is_below(document.origin.file, folder)]:
            del empty[folder]
    return [*empty]


def blank_files(texts: Mapping[str, bytes]) -> Set[str]:
    """Return the files that would hold documents, and are empty or have only blanks."""
    return {name for name, text in texts.items() if (not text or text.isspace()) and name.endswith(SUFFIXES)}


def is_below(file: str, folder: str) -> bool:
    """Tell whether a project-relative path is below a folder of `sources`."""
    folder = folder.removeprefix("./").rstrip("/")
    return folder in ("", ".") or file.startswith(f"{folder}/")


def _warning(settings: Settings, folder: str) -> Diagnostic:
    at = f"/sources/{settings.sources.index(folder)}"
    message = f"there is no document below {folder}"
    help = (
        f"fetch its files, or write a document there. If its documents are gone on purpose, remove {folder} from "
        "`sources`: the next plan then deletes the records that they declared, and names each one"
    )
    located = settings.source.diagnostic(at, message, help)
    return located._replace(code=codes.EMPTY_SOURCE, severity="warning")
