"""What the tenant holds: a client (or a snapshot) and kinds -> a LiveState; and a LiveState kept as a file."""

from __future__ import annotations

from rhythmconf.live.fetching import Source, fetch, incarnation, same_incarnation
from rhythmconf.live.snapshot import Snapshot, dump, read

__all__ = ["Snapshot", "Source", "dump", "fetch", "incarnation", "read", "same_incarnation"]
