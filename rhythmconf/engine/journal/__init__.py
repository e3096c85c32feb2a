"""Records of a run -> an append-only, fsynced file; and the lock that keeps a tenant to one run at a time.

`records` are the values, `writing` and `reading` their file, `lock` holds a tenant. None of them calls the tenant
or knows what a plan contains.
"""

from __future__ import annotations

from rhythmconf.engine.journal.lock import Holder, holder_of, lock, lock_path, unlock
from rhythmconf.engine.journal.reading import glance, glances, history, read
from rhythmconf.engine.journal.records import (
    FORMAT_VERSION,
    Ending,
    Glance,
    Header,
    Intent,
    Log,
    Settled,
    Step,
    Write,
    run_id,
    timestamp,
)
from rhythmconf.engine.journal.writing import Journal, reopen, run_path, start, supersede

__all__ = [
    "FORMAT_VERSION",
    "Ending",
    "Glance",
    "Header",
    "Holder",
    "Intent",
    "Journal",
    "Log",
    "Settled",
    "Step",
    "Write",
    "glance",
    "glances",
    "history",
    "holder_of",
    "lock",
    "lock_path",
    "read",
    "reopen",
    "run_id",
    "run_path",
    "start",
    "supersede",
    "timestamp",
    "unlock",
]
