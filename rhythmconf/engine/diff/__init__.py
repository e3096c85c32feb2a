"""Compare desired with live values, aware of the schema, and find the smallest safe patch for each record."""

from __future__ import annotations

from rhythmconf.engine.diff.bodies import BeforeAfter, all_before_and_after, before_and_after, key_of_record
from rhythmconf.engine.diff.codes import UNMATCHED_ITEMS
from rhythmconf.engine.diff.compare import ACTIVE, Comparison, Difference, can_retire, compare
from rhythmconf.engine.diff.target import Rules, make_new, make_target, target_body
from rhythmconf.engine.diff.view import field_changes

__all__ = [
    "ACTIVE",
    "UNMATCHED_ITEMS",
    "BeforeAfter",
    "Comparison",
    "Difference",
    "Rules",
    "all_before_and_after",
    "before_and_after",
    "can_retire",
    "compare",
    "field_changes",
    "key_of_record",
    "make_new",
    "make_target",
    "target_body",
]
