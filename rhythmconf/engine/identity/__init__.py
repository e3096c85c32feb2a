"""Find which live record each key is, in one tenant.

A managed record carries a mark that says whose it is, so there is no state file to lose. Bindings decide what marks
can't: records with the external id of another system, ambiguous ones, and tenants where marks can't be written.
"""

from __future__ import annotations

from rhythmconf.engine.identity.claims import named
from rhythmconf.engine.identity.marks import (
    Mark,
    external_id,
    forget_marks,
    mark,
    mark_of,
    mark_of_body,
    oldest_first,
    parse_mark,
    prune_command,
    set_aside_duplicates,
    set_aside_younger,
)
from rhythmconf.engine.identity.pairs import pair

__all__ = [
    "Mark",
    "external_id",
    "forget_marks",
    "mark",
    "mark_of",
    "mark_of_body",
    "named",
    "oldest_first",
    "pair",
    "parse_mark",
    "prune_command",
    "set_aside_duplicates",
    "set_aside_younger",
]
