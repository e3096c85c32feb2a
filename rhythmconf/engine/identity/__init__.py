"""Desired state, live state and bindings -> Identity: which live record a Key is, in this tenant.

A managed record says itself whose it is, by its Mark; there is no state file to lose. What marks can't settle
(external ids of other systems, ambiguity, tenants in which nobody may write them) bindings do.
"""

from __future__ import annotations

from rhythmconf.engine.identity.duplicates import set_aside
from rhythmconf.engine.identity.marks import Mark, external_id, mark, mark_of, parse_mark
from rhythmconf.engine.identity.pairs import pair

__all__ = ["Mark", "external_id", "mark", "mark_of", "pair", "parse_mark", "set_aside"]
