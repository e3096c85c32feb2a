"""The kinds: reads `schemas/<module>/<kind>.json` with its `x-` keywords, gives a Catalog of Kinds.

A kind is one schema file and no code: everything the other rooms know of a field, they know from here.
"""

from __future__ import annotations

from rhythmconf.catalog.editor import editor_schema, overlay_schema
from rhythmconf.catalog.field import OPAQUE, Field, Tokens, is_required, missing, qualify, switched_on
from rhythmconf.catalog.kind import Catalog, Kind, references, substitute, targets
from rhythmconf.catalog.load import default_folder, load
from rhythmconf.catalog.transform import REFERENCE

__all__ = [
    "OPAQUE",
    "REFERENCE",
    "Catalog",
    "Field",
    "Kind",
    "Tokens",
    "default_folder",
    "editor_schema",
    "is_required",
    "load",
    "missing",
    "overlay_schema",
    "qualify",
    "references",
    "substitute",
    "switched_on",
    "targets",
]
