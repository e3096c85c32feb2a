"""Find edits that `git status` does not show, because git was told to ignore changes of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from rhythmconf.source.project.git_objects import Objects
from rhythmconf.source.project.git_process import require


def hidden_edits(root: Path, commit: str | None, texts: Mapping[str, bytes], objects: Objects) -> dict[str, str]:
    """Return those of the files that differ from the commit though git ignores their changes, each with its flag.

    The flag is `assume-unchanged`, which hides the other one, or `skip-worktree`. `texts` are files of the project that
    git calls unchanged. Raises GitFailed.
    """
    if commit is None or not any(_differing(commit, texts, objects)):
        return {}
    # Bytes differ without an edit too, where git converts line ends. Only git knows the flags.
    flagged = _flagged(root)
    return {name: flagged[name] for name in _differing(commit, texts, objects) if name in flagged}


def _differing(commit: str, texts: Mapping[str, bytes], objects: Objects) -> Iterator[str]:
    folders: dict[str, dict[str, str]] = {}
    for name, text in texts.items():
        folder, _, file = name.rpartition("/")
        if folder not in folders:
            folders[folder] = {entry.name: entry.id for entry in objects.folder(commit, folder) if entry.is_file}
        id = folders[folder].get(file)
        if id is not None and id != _blob_id(text, len(id)):
            yield name


def _blob_id(text: bytes, length: int) -> str:
    """Return the id that git gives to a file: SHA-1, or SHA-256 in repositories with long ids."""
    data = b"blob %d\0%b" % (len(text), text)
    return hashlib.sha256(data).hexdigest() if length == 64 else hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _flagged(root: Path) -> dict[str, str]:
    lines = require(root, "ls-files", "-v", "-z").decode("utf-8", "surrogateescape").split("\0")
    # `h FILE` is assume-unchanged, `S FILE` skip-worktree, `s FILE` both.
    return {
        line[2:]: "assume-unchanged" if line[0].islower() else "skip-worktree"
        for line in lines
        if line[:1] == "S" or line[:1].islower()
    }
