"""What the tenant holds: a client (or a snapshot) and kinds -> a LiveState; and a LiveState kept as a file."""

from __future__ import annotations

from rhythmconf.tenant.live.fetching import Source, fetch, fingerprint, incarnation, same_incarnation
from rhythmconf.tenant.live.snapshot import Snapshot, dump, read, refuse_foreign

__all__ = [
    "Snapshot",
    "Source",
    "dump",
    "fetch",
    "fingerprint",
    "incarnation",
    "read",
    "refuse_foreign",
    "same_incarnation",
]
