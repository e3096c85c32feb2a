"""Open stores of emulated tenants that are closed automatically."""

from __future__ import annotations

import weakref
from pathlib import Path

from rhythmconf.tenant.emulator import Store


def open_store(db: Path | None, tenant: str) -> Store:
    """Open a store that is closed when nothing refers to it any more.

    Python 3.13 and later warn about a SQLite connection that is collected while it is open.
    """
    store = Store(db, tenant)
    weakref.finalize(store, store._db.close)
    return store


def limit_pages(store: Store, more: int = 4) -> None:
    """Let the file of a store grow by a few pages only: then SQLite reports a full disk."""
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages + more}")
