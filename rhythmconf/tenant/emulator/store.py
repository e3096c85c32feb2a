"""The records of one tenant in SQLite: in a file that several processes may share, or in memory.

Records are stored as JSON text, so that a list is answered without decoding them. Members and what runs do to them have
a table of their own.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from rhythmconf.errors import TenantError
from rhythmconf.tenant.emulator.members.names import MEMBER_KINDS, OWNERS

FORMAT = 1
PATIENCE_S = 60.0
"""How long a process waits while another process writes."""

# AUTOINCREMENT: a position is never used again, so the key of a page stays valid when records are deleted.
# `refs` has no foreign keys: writes.py refuses dangling references with a message of its own.
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
# Files of earlier versions lack this table. It has no references beside it: those of members are looked for in their
# texts.
_MEMBERS = (
    "CREATE TABLE IF NOT EXISTS members (seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL,"
    " kind TEXT NOT NULL, id TEXT NOT NULL, created REAL NOT NULL, body TEXT NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS member_ids ON members (tenant, kind, id)",
    "CREATE INDEX IF NOT EXISTS member_lists ON members (tenant, kind)",
)


class Target(NamedTuple):
    """A record that another record refers to."""

    kind: str
    id: str


class Row(NamedTuple):
    """One record of a list. `position` grows in the order of creation; `text` is JSON."""

    position: int
    text: str


class Store:
    """The records of one tenant. Threads share one connection and one lock; processes use the locks of SQLite."""

    def __init__(self, path: Path | None, tenant: str) -> None:
        self.tenant = tenant
        self._lock = threading.RLock()
        self._db = _connect(path)

    def close(self) -> None:
        """Close the file. The store can't be used afterwards."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write everything in the block together, or nothing if an exception leaves it."""
        with self._lock:
            # IMMEDIATE takes the write lock at the start; taken at the first write, it could be refused after reads.
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                # On a full disk this fails. The transaction would stay open and refuse the next one.
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite may have rolled back itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def page(self, kind: str, *, after: int, limit: int, until: float) -> list[Row]:
        """Return up to `limit` records after a position, created until `until` (epoch seconds). -1 means no limit."""
        rows = self._all(
            f"SELECT seq, body FROM {_table(kind)} WHERE tenant = ? AND kind = ? AND seq > ? AND created <= ?"  # noqa: S608
            " ORDER BY seq LIMIT ?",
            (self.tenant, kind, after, until, limit),
        )
        return [Row(*row) for row in rows]

    def only(self, kind: str) -> str:
        """Return the id of the record of a kind that has one, or "" before it exists; of any record of other kinds."""
        rows = self._all(f"SELECT id FROM {_table(kind)} WHERE tenant = ? AND kind = ? LIMIT 1", (self.tenant, kind))  # noqa: S608
        return str(rows[0][0]) if rows else ""

    def read(self, kind: str, id: str) -> str | None:
        """Return the JSON text of a record, or None."""
        rows = self._all(
            f"SELECT body FROM {_table(kind)} WHERE tenant = ? AND kind = ? AND id = ?",  # noqa: S608
            (self.tenant, kind, id),
        )
        return str(rows[0][0]) if rows else None

    def contains(self, kind: str, id: str) -> bool:
        """Return whether the record exists."""
        return bool(self._seq(kind, id))

    def referrers(self, kind: str, id: str) -> list[Target]:
        """Return the other records that refer to this one, members too."""
        rows = self._all(
            "SELECT DISTINCT records.kind, records.id FROM refs JOIN records ON records.seq = refs.source"
            " WHERE refs.tenant = ? AND refs.kind = ? AND refs.id = ? AND records.seq != ? ORDER BY records.seq",
            (self.tenant, kind, id, self._seq(kind, id)),
        )
        return [Target(*row) for row in (*rows, *self._members_with(kind, id))]

    def _members_with(self, kind: str, id: str) -> list[tuple[Any, ...]]:
        """Return the members that have the id of a record as the value of a field."""
        owners = ", ".join("?" * len(OWNERS))
        return self._all(
            f"SELECT kind, id FROM members WHERE tenant = ? AND kind IN ({owners}) AND instr(body, ?)"  # noqa: S608
            " AND NOT (kind = ? AND id = ?) ORDER BY seq",
            (self.tenant, *OWNERS, f":{json.dumps(id)}", kind, id),
        )

    def insert(self, kind: str, id: str, text: str, targets: Iterable[Target], *, created: float) -> None:
        """Store a new record and the records it refers to."""
        self._db.execute(
            f"INSERT INTO {_table(kind)} (tenant, kind, id, created, body) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
            (self.tenant, kind, id, created, text),
        )
        if kind not in MEMBER_KINDS:
            self._add_references(self._seq(kind, id), targets)

    def replace(self, kind: str, id: str, text: str, targets: Iterable[Target] | None) -> None:
        """Store a new text of an existing record. `targets` None means that its references are the same as before."""
        seq = self._seq(kind, id)
        self._db.execute(f"UPDATE {_table(kind)} SET body = ? WHERE seq = ?", (text, seq))  # noqa: S608
        if targets is not None and kind not in MEMBER_KINDS:
            self._db.execute("DELETE FROM refs WHERE source = ?", (seq,))
            self._add_references(seq, targets)

    def delete(self, kind: str, id: str) -> None:
        """Delete a record and its references."""
        seq = self._seq(kind, id)
        if kind not in MEMBER_KINDS:
            self._db.execute("DELETE FROM refs WHERE source = ?", (seq,))
        self._db.execute(f"DELETE FROM {_table(kind)} WHERE seq = ?", (seq,))  # noqa: S608

    def _add_references(self, seq: int, targets: Iterable[Target]) -> None:
        self._db.executemany(
            "INSERT INTO refs (source, tenant, kind, id) VALUES (?, ?, ?, ?)",
            [(seq, self.tenant, *target) for target in sorted(set(targets))],
        )

    def _seq(self, kind: str, id: str) -> int:
        rows = self._all(
            f"SELECT seq FROM {_table(kind)} WHERE tenant = ? AND kind = ? AND id = ?",  # noqa: S608
            (self.tenant, kind, id),
        )
        return int(rows[0][0]) if rows else 0

    def _all(self, sql: str, values: tuple[str | int | float, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except UnicodeEncodeError:  # half of a surrogate pair, which no row can contain
                return []


def _table(kind: str) -> str:
    return "members" if kind in MEMBER_KINDS else "records"


def _connect(path: Path | None) -> sqlite3.Connection:
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            _refuse_read_only(path)
        # isolation_level=None: transactions begin only where this module says so.
        db = sqlite3.connect(path or ":memory:", timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        try:
            _prepare(db)
        except BaseException:
            db.close()
            raise
        return db
    except (OSError, sqlite3.DatabaseError) as error:
        raise TenantError(
            f"{path} can't be used as an embedded tenant: {error}",
            help="Choose another file, or move this one away to start with an empty tenant.",
        ) from None


def _refuse_read_only(path: Path) -> None:
    """Raise PermissionError for a file that SQLite would open now, only to fail at the first write."""
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(f"{path.name} can't be written")


def _prepare(db: sqlite3.Connection) -> None:
    """Create the tables in a new file. Raises DatabaseError for a file that contains something else."""
    db.execute("BEGIN IMMEDIATE")
    if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        for statement in _TABLES:
            db.execute(statement)
    db.execute("COMMIT")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != FORMAT:
        raise sqlite3.DatabaseError(f"the file contains something else (format {version}, not {FORMAT})")
    for statement in _MEMBERS:
        db.execute(statement)
    # Two processes that do this to a new file at the same time may collide; then the other one has done it.
    with suppress(sqlite3.OperationalError):
        db.execute("PRAGMA journal_mode = WAL")  # readers don't wait for a writer
    db.execute("PRAGMA synchronous = NORMAL")
