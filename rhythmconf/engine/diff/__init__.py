"""Compare desired with live values, aware of the schema, and find the smallest safe patch for each record."""

from __future__ import annotations

from rhythmconf.engine.diff.compare import ACTIVE, Comparison, Difference, can_retire, compare
from rhythmconf.engine.diff.target import Rules, make_new, make_target, target_body
from rhythmconf.engine.diff.view import field_changes

__all__ = [
    "ACTIVE",
    "Comparison",
    "Difference",
    "Rules",
    "can_retire",
    "compare",
    "field_changes",
    "make_new",
    "make_target",
    "target_body",
]
