"""What an import of kinds found."""

from __future__ import annotations

from typing import NamedTuple


class ImportedKind(NamedTuple):
    """A kind of a contract, and what became of its file.

    `status` is new, changed, unchanged, own (somebody edits the file, so it is not written), elsewhere (another folder
    of `schemas` has it) or bundled (it ships with rhythmconf, so it is only compared). `added`, `removed` and `changed`
    compare with the schema that was there.
    `notes_file` is the file that was written with the questions, empty for none. `shipped` tells whether rhythmconf
    ships the kind: a file that was written replaces that one.
    """

    name: str
    file: str
    status: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    questions: tuple[str, ...]
    notes: tuple[str, ...]
    notes_file: str = ""
    shipped: bool = False


class Import(NamedTuple):
    """The kinds of a contract, what was left out, and whether the project reads the folder they were written to."""

    kinds: tuple[ImportedKind, ...]
    skipped: tuple[str, ...]
    is_read: bool
