"""Plan + client + journal -> Run: every precondition first, then waves of writes, each of them on record.

`preconditions` and `reading` compare the plan with the tenant, `waves` orders what is sent, `sending` prepares it,
`writes` sends it, `settle` finds out what became of it and `taken` whether it took; `ledger` keeps the account.
"""

from __future__ import annotations

from rhythmconf.engine.execute.preconditions import check_incarnation
from rhythmconf.engine.execute.reading import read_for
from rhythmconf.engine.execute.resume import planned, recognising, resume
from rhythmconf.engine.execute.rollback import restoration
from rhythmconf.engine.execute.rollback_notes import undone
from rhythmconf.engine.execute.run import InterruptedRun, apply

CODES: dict[str, str] = {
    "RC520": "the tenant was changed since the plan was made",
    "RC521": "the tenant is not the one that was planned for",
    "RC522": "a field did not take",
    "RC523": "a kind has no batch requests in this tenant",
    "RC524": "the tenant doesn't keep marks",
    "RC525": "what was written could not be read back",
    "RC526": "the plan rolls back what a run did",
    "RC527": "something can't be rolled back",
    "RC528": "the plan applies again what was rolled back",
    "RC529": "the base was not moved",
}

__all__ = [
    "CODES",
    "InterruptedRun",
    "apply",
    "check_incarnation",
    "planned",
    "read_for",
    "recognising",
    "restoration",
    "resume",
    "undone",
]
