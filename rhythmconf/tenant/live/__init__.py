"""The records that a tenant holds: fetched from a client or a snapshot, and kept as a snapshot file."""

from __future__ import annotations

from rhythmconf.tenant.live.fetching import Source, fetch, fingerprint, incarnation, same_incarnation
from rhythmconf.tenant.live.snapshot import EmptyTenant, Snapshot, check_tenant, dump_snapshot, read_snapshot

__all__ = [
    "EmptyTenant",
    "Snapshot",
    "Source",
    "check_tenant",
    "dump_snapshot",
    "fetch",
    "fingerprint",
    "incarnation",
    "read_snapshot",
    "same_incarnation",
]
