"""Define the values that a pull takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rhythmconf.catalog.unknown import UnknownField
from rhythmconf.engine.diff.threeway import BaseState
from rhythmconf.engine.pull.names import RecordId
from rhythmconf.model import (
    WITH_MODULES,
    Binding,
    Body,
    DesiredState,
    Diagnostic,
    Document,
    Json,
    Key,
    KindNames,
    Origin,
    Record,
)
from rhythmconf.source.documents import Loaded
from rhythmconf.source.project.values import Site

LAYOUT = "{kind}/{key}.yaml"


@dataclass(frozen=True, slots=True)
class PullScope:
    """What to pull, and where it goes: these kinds and keys, or everything if both are empty.

    With `needs`, all that the named records refer to is pulled too, unless another project manages it. `chosen` has
    the key names of a key map. `only_drift` leaves out records without a document. With a `base`, fields that the files
    have changed since then stay as they are.
    """

    kinds: frozenset[str] = frozenset()
    keys: frozenset[Key] = frozenset()
    needs: bool = False
    as_overlay: bool = False
    only_drift: bool = False
    base: BaseState | None = None
    chosen: Mapping[RecordId, str] = field(default_factory=dict)
    layout: str = LAYOUT

    def includes(self, key: Key, id: str) -> bool:
        """Whether a record is in scope, by its kind, its key or its id."""
        return not (self.kinds or self.keys) or key.kind in self.kinds or self.names(key, id)

    def names(self, key: Key, id: str) -> bool:
        """Whether a record is in scope by its own key or id."""
        return key in self.keys or Key(key.kind, id) in self.keys


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """All files of a project, for one environment.

    `desired` is made from `base` and `overlays`; `elsewhere` has the documents of other environments. New documents go
    to `folder`, and their modelines name the file `schema`, those of new overlays `overlay_schema`. Where such a name
    is empty there are no modelines.
    """

    site: Site
    base: Loaded
    overlays: Loaded
    elsewhere: tuple[Document, ...]
    texts: Mapping[str, bytes]
    desired: DesiredState
    folder: str
    schema: str = ""
    overlay_schema: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """One field of a document that has to change. `origin` is None for an overlay that doesn't exist yet."""

    key: Key
    origin: Origin | None
    path: tuple[str, ...]
    old: Json
    new: Json


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that doesn't exist yet, its file, and path and text of each text file that belongs to it."""

    key: Key
    id: str
    file: str
    document: Body
    texts: tuple[tuple[str, str], ...] = ()


class WithoutRecord(NamedTuple):
    """A document that has no record in the tenant, and the id that the bindings file has for it, or ""."""

    key: Key
    file: str
    bound: str = ""


class UnusedText(NamedTuple):
    """A text file that no document uses after the pull. One outside the folder of its document is not `removed`."""

    file: str
    removed: bool


@dataclass(frozen=True, slots=True)
class Pulled:
    """The result of a pull. `changed` has the new values of existing documents, `texts` those of text files.

    `unused` has the text files that no document uses any more, `without_record` the documents in scope that the tenant
    has no record of, `records` those in scope, `unknown` the fields that they have and their schemas don't. `left_out`
    counts, by project, the records that other projects manage.
    """

    new: tuple[NewDocument, ...] = ()
    revisions: tuple[Revision, ...] = ()
    changed: Mapping[Origin, Body] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[UnusedText, ...] = ()
    binds: tuple[Binding, ...] = ()
    without_record: tuple[WithoutRecord, ...] = ()
    records: tuple[tuple[Key, Record], ...] = ()
    unknown: tuple[UnknownField, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    names: KindNames = WITH_MODULES

    @property
    def files(self) -> bool:
        """Whether any file has to be written."""
        return bool(self.new or self.changed or self.texts or self.binds or self.unused)
