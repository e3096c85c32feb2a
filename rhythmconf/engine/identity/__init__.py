"""Desired state, live state and bindings -> Identity: which live record a Key is, in this tenant.

A managed record says itself whose it is, by its Mark; there is no state file to lose. What marks can't settle
(external ids of other systems, ambiguity, tenants in which nobody may write them) bindings do.
"""

from __future__ import annotations

from rhythmconf.engine.identity.duplicates import set_aside
from rhythmconf.engine.identity.marks import Mark, external_id, mark, mark_of, parse_mark
from rhythmconf.engine.identity.pairs import pair

CODES = {
    "RC301": "several records carry the same mark",
    "RC302": "the mark and the binding of a record disagree",
    "RC303": "the record is managed by another project",
    "RC304": "several records have the natural key of a document",
    "RC305": "the record carries an external id of another system",
    "RC306": "two keys would be the same record",
    "RC307": "a bound record is gone",
    "RC308": "`moved` names a key that has a document",
    "RC309": "a new key has the natural key of a record that lost its document",
}

__all__ = ["CODES", "Mark", "external_id", "mark", "mark_of", "pair", "parse_mark", "set_aside"]
