"""The records of one tenant in SQLite: a file that several processes may share, or memory.

Bodies are kept as JSON text, so that a list is answered without decoding a record.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from rhythmconf.errors import TenantError

FORMAT = 1
PATIENCE_S = 60.0
"""How long a process waits for another one's write."""

_TABLES = (
    "CREATE TABLE records (seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, kind TEXT NOT NULL,"
    " id TEXT NOT NULL, created REAL NOT NULL, body TEXT NOT NULL)",
    "CREATE UNIQUE INDEX record_ids ON records (tenant, kind, id)",
    "CREATE INDEX record_lists ON records (tenant, kind)",
    "CREATE TABLE refs (source INTEGER NOT NULL, tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL)",
    "CREATE INDEX ref_sources ON refs (source)",
    "CREATE INDEX ref_targets ON refs (tenant, kind, id)",
    f"PRAGMA user_version = {FORMAT}",
)


class Target(NamedTuple):
    """A record that another one refers to."""

    kind: str
    id: str


class Row(NamedTuple):
    """One record of a list: `position` grows with the order of creation, `text` is its JSON."""

    position: int
    text: str


class Store:
    """One tenant's records. Safe for threads (one connection, one lock) and for processes (SQLite's locks)."""

    def __init__(self, path: Path | None, tenant: str) -> None:
        self.tenant = tenant
        self._lock = threading.RLock()
        self._db = _open(path)

    def close(self) -> None:
        """Give the file back; the store can't be used any more."""
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All writes within happen together, or none of them when an exception leaves the block."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def page(self, kind: str, *, after: int, limit: int, until: float) -> list[Row]:
        """Records created no later than `until` (seconds), in order, after a position; a limit of -1 is none."""
        rows = self._all(
            "SELECT seq, body FROM records WHERE tenant = ? AND kind = ? AND seq > ? AND created <= ?"
            " ORDER BY seq LIMIT ?",
            (self.tenant, kind, after, until, limit),
        )
        return [Row(*row) for row in rows]

    def read(self, kind: str, id: str) -> str | None:
        """The JSON text of a record, or None."""
        rows = self._all("SELECT body FROM records WHERE tenant = ? AND kind = ? AND id = ?", (self.tenant, kind, id))
        return str(rows[0][0]) if rows else None

    def holds(self, kind: str, id: str) -> bool:
        """Whether there is such a record."""
        return bool(self._seq(kind, id))

    def referrers(self, kind: str, id: str) -> list[Target]:
        """The records that refer to this one, itself excepted."""
        rows = self._all(
            "SELECT DISTINCT records.kind, records.id FROM refs JOIN records ON records.seq = refs.source"
            " WHERE refs.tenant = ? AND refs.kind = ? AND refs.id = ? AND records.seq != ? ORDER BY records.seq",
            (self.tenant, kind, id, self._seq(kind, id)),
        )
        return [Target(*row) for row in rows]

    def insert(self, kind: str, id: str, text: str, targets: Iterable[Target], *, created: float) -> None:
        """Keep a new record and what it refers to."""
        self._db.execute(
            "INSERT INTO records (tenant, kind, id, created, body) VALUES (?, ?, ?, ?, ?)",
            (self.tenant, kind, id, created, text),
        )
        self._refer(self._seq(kind, id), targets)

    def replace(self, kind: str, id: str, text: str, targets: Iterable[Target] | None) -> None:
        """Keep a new text of a record that is there; `targets` None: it refers to what it referred to."""
        seq = self._seq(kind, id)
        self._db.execute("UPDATE records SET body = ? WHERE seq = ?", (text, seq))
        if targets is not None:
            self._db.execute("DELETE FROM refs WHERE source = ?", (seq,))
            self._refer(seq, targets)

    def delete(self, kind: str, id: str) -> None:
        """Forget a record and what it refers to."""
        seq = self._seq(kind, id)
        self._db.execute("DELETE FROM refs WHERE source = ?", (seq,))
        self._db.execute("DELETE FROM records WHERE seq = ?", (seq,))

    def _refer(self, seq: int, targets: Iterable[Target]) -> None:
        self._db.executemany(
            "INSERT INTO refs (source, tenant, kind, id) VALUES (?, ?, ?, ?)",
            [(seq, self.tenant, *target) for target in sorted(set(targets))],
        )

    def _seq(self, kind: str, id: str) -> int:
        rows = self._all("SELECT seq FROM records WHERE tenant = ? AND kind = ? AND id = ?", (self.tenant, kind, id))
        return int(rows[0][0]) if rows else 0

    def _all(self, sql: str, values: tuple[str | int | float, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except UnicodeEncodeError:  # half a surrogate pair: no row can have it
                return []


def _open(path: Path | None) -> sqlite3.Connection:
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            _refuse_read_only(path)
        return _prepared(path)
    except (OSError, sqlite3.DatabaseError) as error:
        raise TenantError(
            f"{path} can't be used as an embedded tenant: {error}",
            help="Name another file, or move this one away and start with an empty tenant.",
        ) from None


def _refuse_read_only(path: Path) -> None:
    """SQLite opens such a file without a word, and fails at the first write."""
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(f"{path.name} can't be written")


def _prepared(path: Path | None) -> sqlite3.Connection:
    db = sqlite3.connect(path or ":memory:", timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
    try:
        _prepare(db)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        for statement in _TABLES:
            db.execute(statement)
    db.execute("COMMIT")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != FORMAT:
        raise sqlite3.DatabaseError(f"it holds something else (format {version}, not {FORMAT})")
    # Two processes that switch a new file at once may collide; the one that loses finds the file switched.
    with suppress(sqlite3.OperationalError):
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
