"""The project as an immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.model import Bindings
from rhythmconf.settings import Settings
from rhythmconf.source.documents import Loaded


class Project(NamedTuple):
    """Everything that the files say: settings, catalogue, documents, bindings, and the texts they came from.

    `overlays` and `bindings` have one entry an environment; the texts of bindings files are among `texts`.
    """

    settings: Settings
    catalog: Catalog
    base: Loaded
    overlays: Mapping[str, Loaded]
    bindings: Mapping[str, Bindings]
    texts: Mapping[str, bytes]
