"""The layout of a memory file, its version stamp, and what is wrong with a file that is not one.

Every write takes the next `seq`, also the one that replaces an item, so `items` in the order of
`seq` is the log of changes another process follows. A deleted item leaves its row with no value
until the file is opened TOMBSTONE_DAYS later; `purged` is the last seq whose tombstone may be gone.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from ...core.errors import InvalidInput, StoreFailed

APPLICATION_ID: Final = 0x4D455441  # "META"
VERSION: Final = 1
TOMBSTONE_DAYS: Final = 7

_SCHEMA: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE namespaces (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE)",
    """CREATE TABLE items (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        ns INTEGER NOT NULL REFERENCES namespaces (id),
        key TEXT NOT NULL,
        value TEXT,             -- JSON; NULL: deleted
        created REAL NOT NULL,  -- seconds since 1970
        updated REAL NOT NULL
    )""",
    "CREATE UNIQUE INDEX items_key ON items (ns, key)",
    "CREATE INDEX items_ns ON items (ns)",  # and, within it, by seq
    "CREATE INDEX items_deleted ON items (updated) WHERE value IS NULL",
    "INSERT INTO meta VALUES ('purged', 0)",
)
_VECTORS: Final = (  # rows in the order they came: they are large, and their keys are random
    "CREATE TABLE recall_embedders (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE recall_vectors (
        ns INTEGER NOT NULL REFERENCES namespaces (id),
        key TEXT NOT NULL,
        embedder INTEGER NOT NULL REFERENCES recall_embedders (id),
        text INTEGER NOT NULL,  -- digest of the text it was made of
        vector BLOB NOT NULL    -- float16, little endian
    )""",
    "CREATE UNIQUE INDEX recall_vectors_key ON recall_vectors (ns, key)",
)


def require_openable(path: Path) -> None:
    """Raise InvalidInput where no memory file can be or the file is something else."""
    if "\0" in str(path):
        raise InvalidInput(f"a path holds no NUL: {str(path)!r:.200}")
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder; name a file in it, e.g. {path / 'memory.db'}")
    if path.exists() and not path.is_file():
        raise InvalidInput(f"{path} is no regular file; name another one")
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no folder {path.parent}; create it first")
    if not path.exists():
        if not os.access(path.parent, os.W_OK):
            raise InvalidInput(f"the folder {path.parent} cannot be written; choose another one")
        return
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK):
        raise InvalidInput(
            f"{path} (or its folder) is read-only; allow writing to both, or copy it elsewhere"
        )
    with path.open("rb") as file:
        head = file.read(16)
    if head and head != b"SQLite format 3\0":
        raise InvalidInput(f"{path} is not a memory file; it was left as it is. Name another file")


def require_ours(path: Path) -> None:
    """Refuse a file of another program, or of a newer version, whose log was left behind.

    Before it is opened for writing: who closes it then moves the log into the file.
    """
    if not Path(f"{path}-wal").exists():
        return
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        _stamp(connection, path)


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make an empty file a memory file; refuse one of another program or of a newer version."""
    if _stamp(connection, path) is None or not _has_vectors(connection):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            _create(connection, path)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise StoreFailed(f"{path} lies where SQLite's WAL does not work; use a local disk")


def _create(connection: sqlite3.Connection, path: Path) -> None:
    """Make what is missing; another process may just have made it."""
    if _stamp(connection, path) is None:
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    if not _has_vectors(connection):
        for statement in _VECTORS:
            connection.execute(statement)


def _has_vectors(connection: sqlite3.Connection) -> bool:
    """Whether vectors can be kept: files made before they were have no place for them."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'recall_vectors'")
    return found.fetchone() is not None


def purge_tombstones(connection: sqlite3.Connection) -> None:
    """Drop what remembers deletions older than TOMBSTONE_DAYS."""
    old = (time.time() - TOMBSTONE_DAYS * 86_400,)
    deleted = "FROM items INDEXED BY items_deleted WHERE value IS NULL AND updated < ?"
    if connection.execute(f"SELECT 1 {deleted} LIMIT 1", old).fetchone() is None:
        return  # nobody who writes need wait
    connection.execute("BEGIN IMMEDIATE")
    try:
        seqs = [row[0] for row in connection.execute(f"SELECT seq {deleted}", old)]
        if seqs:
            connection.executemany("DELETE FROM items WHERE seq = ?", ((seq,) for seq in seqs))
            mark_purged(connection, max(seqs))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def mark_purged(connection: sqlite3.Connection, seq: int) -> None:
    """Say that whoever knows the changes only up to before `seq` must read everything again."""
    connection.execute("UPDATE meta SET value = max(value, ?) WHERE name = 'purged'", (seq,))


def mark_erasing(connection: sqlite3.Connection) -> None:
    """Say that forgotten text may stand in the log, until `is_erasing` is answered by `mark_erased`."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('erasing', 1)")


def is_erasing(connection: sqlite3.Connection) -> bool:
    """Whether forgotten text may still stand in the log."""
    found = connection.execute("SELECT 1 FROM meta WHERE name = 'erasing'")
    return found.fetchone() is not None


def mark_erased(connection: sqlite3.Connection) -> None:
    """Say that the log was emptied since the last time something was forgotten."""
    connection.execute("DELETE FROM meta WHERE name = 'erasing'")


def purged(connection: sqlite3.Connection) -> int:
    """The seq up to which deletions may be forgotten."""
    return _number(connection, "SELECT value FROM meta WHERE name = 'purged'")


def last_seq(connection: sqlite3.Connection) -> int:
    """The seq of the newest change ever made."""
    return _number(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'items'")


def _number(connection: sqlite3.Connection, query: str) -> int:
    """The whole number a query finds, 0 where it finds nothing."""
    number = next((row[0] for row in connection.execute(query).fetchall()), 0)
    if not isinstance(number, int):
        raise StoreFailed(f"the file is damaged: {query!r} finds {number!r:.80}; restore a copy")
    return number


def _stamp(connection: sqlite3.Connection, path: Path) -> int | None:
    """The version of the file; None when it is empty."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application == APPLICATION_ID:
        if version > VERSION:
            raise InvalidInput(
                f"{path} was written by a newer version of metathink (format {version}, this one "
                f"reads up to {VERSION}); upgrade metathink. The file was left as it is"
            )
        return version
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application or tables:
        raise InvalidInput(
            f"{path} is an SQLite file of another program; it was left as it is. Name another file"
        )
    return None
