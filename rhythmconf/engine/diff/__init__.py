"""Pairs and Catalog -> Changes: lays desired over live, aware of the schema, and finds the patch that gets there."""

from __future__ import annotations

from rhythmconf.engine.diff.compare import ACTIVE, Comparison, Difference, can_retire, compare
from rhythmconf.engine.diff.lay import Rules, fresh, lay
from rhythmconf.engine.diff.view import field_changes

CODES = {
    "RC321": "a reference has no record in this tenant",
    "RC322": "a required field would have no value",
    "RC323": "the items of a list can't be told apart",
    "RC324": "a key to prune has a document, or no record",
}

__all__ = [
    "ACTIVE",
    "CODES",
    "Comparison",
    "Difference",
    "Rules",
    "can_retire",
    "compare",
    "field_changes",
    "fresh",
    "lay",
]
