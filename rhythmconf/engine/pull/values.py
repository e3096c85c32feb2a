"""What a pull is given and gives: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rhythmconf.catalog import Catalog
from rhythmconf.engine.diff.threeway import BaseState
from rhythmconf.engine.pull.names import Place
from rhythmconf.model import Binding, Bindings, Body, DesiredState, Diagnostic, Document, Json, Key, Origin
from rhythmconf.settings import Dialect
from rhythmconf.source.documents import Loaded

LAYOUT = "{kind}/{key}.yaml"


@dataclass(frozen=True, slots=True)
class Scope:
    """What to pull: these kinds and keys (all, where both are empty), and where it goes.

    With `needs` comes what the named records refer to, and so on, unless another project manages it.
    `chosen` names records by kind and id. `only_drift` leaves records without a document alone; with a `base`,
    whatever the files have changed since then stays as they want it.
    """

    kinds: frozenset[str] = frozenset()
    keys: frozenset[Key] = frozenset()
    needs: bool = False
    as_overlay: bool = False
    only_drift: bool = False
    base: BaseState | None = None
    chosen: Mapping[Place, str] = field(default_factory=dict)
    layout: str = LAYOUT

    def takes(self, key: Key, id: str) -> bool:
        """Whether a record is meant, by its kind, its key or its id."""
        return not (self.kinds or self.keys) or key.kind in self.kinds or self.names(key, id)

    def names(self, key: Key, id: str) -> bool:
        """Whether a record is meant by its own key or id."""
        return key in self.keys or Key(key.kind, id) in self.keys


@dataclass(frozen=True, slots=True)
class Files:
    """All that the files of a project say, for one environment.

    `desired` comes of `base` and `overlays`; `elsewhere` are the documents of other environments. `folder` is where
    new documents go, `schema` the schema file that their modelines name, or empty.
    """

    project: str
    environment: str
    catalog: Catalog
    dialect: Dialect
    base: Loaded
    overlays: Loaded
    elsewhere: tuple[Document, ...]
    bindings: Bindings
    texts: Mapping[str, bytes]
    desired: DesiredState
    folder: str
    schema: str = ""

    def short(self, kind: str) -> str:
        """A kind as documents of this project name it."""
        return kind.removeprefix(f"{self.catalog.module}/")


@dataclass(frozen=True, slots=True)
class Revision:
    """One field of a document that has to change; `origin` None: of an overlay that doesn't exist yet."""

    key: Key
    origin: Origin | None
    path: tuple[str, ...]
    old: Json
    new: Json


@dataclass(frozen=True, slots=True)
class New:
    """A document that doesn't exist yet, the file it goes to, and path and text of each file that it takes in."""

    key: Key
    id: str
    file: str
    document: Body
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull found. `changed` has the new values of documents that exist, `texts` those of their text files.

    `left_out` counts, by project, the records that others manage.
    """

    new: tuple[New, ...] = ()
    revisions: tuple[Revision, ...] = ()
    changed: Mapping[Origin, Body] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    binds: tuple[Binding, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0

    @property
    def files(self) -> bool:
        """Whether any file has to be written."""
        return bool(self.new or self.changed or self.texts or self.binds)
