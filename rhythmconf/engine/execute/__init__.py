"""Plan + client + journal -> Run: every precondition first, then waves of writes, each of them on record.

`preconditions` and `reading` compare the plan with the tenant, `waves` orders what is sent, `sending` prepares it,
`writes` sends it, `settle` finds out what became of it and `taken` whether it took; `ledger` keeps the account.
"""

from __future__ import annotations

from rhythmconf.engine.execute.preconditions import check_incarnation
from rhythmconf.engine.execute.resume import add_created_to_sample, planned, resume
from rhythmconf.engine.execute.rollback import restore_identity
from rhythmconf.engine.execute.run import InterruptedRun, apply

__all__ = [
    "InterruptedRun",
    "add_created_to_sample",
    "apply",
    "check_incarnation",
    "planned",
    "restore_identity",
    "resume",
]
