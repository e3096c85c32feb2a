"""The kinds: reads `schemas/<module>/<kind>.json` with its `x-` keywords, gives a Catalog of Kinds.

A kind is one schema file and no code: everything the other rooms know of a field, they know from here.
"""

from __future__ import annotations

from rhythmconf.catalog.check import CODES
from rhythmconf.catalog.editor import editor_schema, overlay_schema
from rhythmconf.catalog.field import Field, missing
from rhythmconf.catalog.kind import Catalog, Kind, references, substitute
from rhythmconf.catalog.load import default_folder, load

__all__ = [
    "CODES",
    "Catalog",
    "Field",
    "Kind",
    "default_folder",
    "editor_schema",
    "load",
    "missing",
    "overlay_schema",
    "references",
    "substitute",
]
