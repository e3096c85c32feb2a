"""Know what errors hide: the keys of documents that couldn't be used, and the files that may have further keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.model import Diagnostic, Json, Key
from rhythmconf.source.documents import SUFFIXES
from rhythmconf.text import yaml12


class LoadErrors(NamedTuple):
    """What couldn't be loaded.

    `keys` are those of documents with errors. `suspects` are the files that may declare any key, because an error of a
    kind, a key or another member, or of the whole file, hides it; each with the words that it has where keys are.
    """

    keys: frozenset[Key]
    suspects: Mapping[str, frozenset[str]]

    @classmethod
    def of(
        cls,
        loading: Iterable[Diagnostic],
        every: Iterable[Diagnostic],
        texts: Mapping[str, bytes],
        catalog: Catalog,
    ) -> LoadErrors:
        """Collect the keys of all files with errors of `loading`, and the files that hide keys by errors of `every`."""
        files = {d.location.file for d in loading if d.severity == "error" and d.location}
        hiding = hiding_files(every, texts)
        values = {file: _values(texts, file) for file in {*files, *hiding}}
        keys = frozenset(key for file in files for key in _keys(values[file], catalog))
        return cls(keys, {file: _words(values[file]) for file in hiding})

    def suspect(self, name: str, files: Iterable[str] | None = None) -> str | None:
        """Return the file, by default any, that may have a key: first one that has the word. None if none may."""
        suspects = [file for file in self.suspects if files is None or file in files]
        return min(suspects, key=lambda file: name not in self.suspects[file], default=None)


def hiding_files(diagnostics: Iterable[Diagnostic], texts: Mapping[str, bytes]) -> list[str]:
    """Return the files of documents or bindings whose errors may hide a key, sorted."""
    files = {one.location.file for one in diagnostics if one.hides_keys and one.location}
    # A text that a document includes is read, but has no key; a file that couldn't be read may have one.
    return sorted(file for file in files if file not in texts or file.endswith(SUFFIXES))


def correct_first(file: str) -> str:
    """Return the help for a key that may be hidden in a file with errors."""
    return f"correct the other errors first (it may be in {file}, which has errors of its own)"


def _values(texts: Mapping[str, bytes], file: str) -> list[Json]:
    """Return the documents of a text as they are, whatever errors they have; none where it can't be read."""
    try:
        return yaml12.load_all(texts[file], file=file) if file in texts else []
    except yaml12.YamlError:
        return []


def _keys(values: Iterable[Json], catalog: Catalog) -> Iterable[Key]:
    members = [(value.get("kind"), value.get("key")) for value in values if isinstance(value, dict)]
    return [Key(catalog.qualify(kind), key) for kind, key in members if isinstance(kind, str) and isinstance(key, str)]


def _words(values: Iterable[Json]) -> frozenset[str]:
    """Return the words that may be keys: the members of documents, and the names below the kinds of bindings."""
    members = [member for value in values if isinstance(value, dict) for member in value.values()]
    names = {name for member in members if isinstance(member, dict) for name in member}
    return frozenset(names.union(member for member in members if isinstance(member, str)))
