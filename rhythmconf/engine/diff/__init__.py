"""Pairs and Catalog -> Changes: lays desired over live, aware of the schema, and finds the patch that gets there."""

from __future__ import annotations

from rhythmconf.engine.diff.compare import ACTIVE, Comparison, Difference, can_retire, compare
from rhythmconf.engine.diff.lay import Rules, fresh, lay
from rhythmconf.engine.diff.view import field_changes

__all__ = [
    "ACTIVE",
    "Comparison",
    "Difference",
    "Rules",
    "can_retire",
    "compare",
    "field_changes",
    "fresh",
    "lay",
]
