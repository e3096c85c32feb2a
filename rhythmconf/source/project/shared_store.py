"""Name what the stores of shared locks and run records have in common."""

from __future__ import annotations

import re

from rhythmconf.errors import RhythmconfError
from rhythmconf.source.project import codes


class StoreFailed(RhythmconfError):
    """What keeps the lock and the run records can't be asked."""

    code = codes.SHARED_STATE


def store_name(tenant: str, id: str) -> str:
    """Return the name of a tenant in its store: it is safe in a ref and in a URL, and no other tenant has it."""
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", tenant).strip("-")
    return f"{safe}-{id[:8]}".removeprefix("-")
