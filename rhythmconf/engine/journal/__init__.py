"""Record a run in an append-only file, and lock a tenant so that one run at a time writes to it.

`records` defines the values, `writing` and `reading` their file, `lock` the lock of this computer, `store` what
computers share. None of them calls the tenant or knows what a plan contains.
"""

from __future__ import annotations

from rhythmconf.engine.journal.lock import Holder, hold, is_held, lock, lock_path, read_holder, unlock
from rhythmconf.engine.journal.reading import read, read_all, read_summaries, read_summary
from rhythmconf.engine.journal.records import (
    FORMAT_VERSION,
    REPAIR_STEPS,
    Ending,
    Header,
    Intent,
    Log,
    Runner,
    RunSummary,
    Step,
    StepOutcome,
    Totals,
    Write,
    is_run_id,
    results,
    run_id,
    summarise,
    timestamp,
)
from rhythmconf.engine.journal.store import Claim, Publish, SharedRecord, Store, decode_claim, seal
from rhythmconf.engine.journal.writing import Journal, reopen, run_path, start, supersede

__all__ = [
    "FORMAT_VERSION",
    "REPAIR_STEPS",
    "Claim",
    "Ending",
    "Header",
    "Holder",
    "Intent",
    "Journal",
    "Log",
    "Publish",
    "RunSummary",
    "Runner",
    "SharedRecord",
    "Step",
    "StepOutcome",
    "Store",
    "Totals",
    "Write",
    "decode_claim",
    "hold",
    "is_held",
    "is_run_id",
    "lock",
    "lock_path",
    "read",
    "read_all",
    "read_holder",
    "read_summaries",
    "read_summary",
    "reopen",
    "results",
    "run_id",
    "run_path",
    "seal",
    "start",
    "summarise",
    "supersede",
    "timestamp",
    "unlock",
]
