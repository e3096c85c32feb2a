"""The kinds: read `schemas/<module>/<kind>.json` with its `x-` keywords and return a Catalog of Kinds.

A kind is one schema file and no code. Everything that rhythmconf knows about a field comes from there.
"""

from __future__ import annotations

from rhythmconf.catalog.field import (
    OPAQUE,
    Field,
    Takes,
    Tokens,
    is_required,
    is_switched_off,
    missing,
    qualify,
    switched_on,
)
from rhythmconf.catalog.kind import Catalog, Kind, Substituted, references, substitute, targets
from rhythmconf.catalog.load import default_folder, load, load_shipped, widen, widen_all
from rhythmconf.catalog.notes import Notes
from rhythmconf.catalog.roles import RestrictionPlace, SchedulePlace, StepPlace, find_restrictions
from rhythmconf.catalog.transform import REFERENCE
from rhythmconf.catalog.verdict import has_duplicates, matches

__all__ = [
    "OPAQUE",
    "REFERENCE",
    "Catalog",
    "Field",
    "Kind",
    "Notes",
    "RestrictionPlace",
    "SchedulePlace",
    "StepPlace",
    "Substituted",
    "Takes",
    "Tokens",
    "default_folder",
    "find_restrictions",
    "has_duplicates",
    "is_required",
    "is_switched_off",
    "load",
    "load_shipped",
    "matches",
    "missing",
    "qualify",
    "references",
    "substitute",
    "switched_on",
    "targets",
    "widen",
    "widen_all",
]
