"""Execute a Plan: check every precondition first, then send waves of writes, and record each of them.

`preconditions` compares the plan with the tenant, `waves` sends stage after stage what `prepared` makes ready, one by
one (`writes`) or in `batches`. `outcomes` and `creates` decide the outcome of a write, `readback` compares the record
with what was sent, and `account` keeps the result of each change. At the end, `duplicates` looks for records that
another run created too, and `withdraw` deletes this run's own ones. `resume` and `rollback` begin with the record of a
run.
"""

from __future__ import annotations

from rhythmconf.engine.execute.duplicates import wait_notice
from rhythmconf.engine.execute.preconditions import check_incarnation
from rhythmconf.engine.execute.resume import add_created_to_sample, read_plan, resume
from rhythmconf.engine.execute.rollback import restore_identity
from rhythmconf.engine.execute.run import InterruptedRun, apply

__all__ = [
    "InterruptedRun",
    "add_created_to_sample",
    "apply",
    "check_incarnation",
    "read_plan",
    "restore_identity",
    "resume",
    "wait_notice",
]
