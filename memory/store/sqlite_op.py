"""LangGraph's store operations as SQL over a memory file."""

from __future__ import annotations

import heapq
import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from langgraph.store.base import (
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
)

from ...core.errors import InvalidInput
from .sqlite_schema import last_seq
from .store_filter import matches


class Put(NamedTuple):
    """A write, ready for the file: `value` is JSON, or None to delete."""

    path: str
    key: str
    value: str | None


def encoded(op: PutOp) -> Put:
    """A put as it is written; InvalidInput for a value that is not JSON."""
    if op.value is None:
        return Put(path_text(op.namespace), op.key, None)
    try:
        value = orjson.dumps(op.value, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    except TypeError as error:
        raise InvalidInput(f"the value of {op.key!r} cannot be kept as JSON: {error}") from error
    return Put(path_text(op.namespace), op.key, value)


def path_text(path: Sequence[str]) -> str:
    """A namespace as it is stored; labels hold no periods (LangGraph refuses them)."""
    return ".".join(path)


_PUT = """
INSERT OR REPLACE INTO items (ns, key, value, created, updated) VALUES (
    ?1, ?2, ?3, coalesce((SELECT created FROM items WHERE ns = ?1 AND key = ?2 AND
    value IS NOT NULL), ?4), ?4)
"""
_DELETE = """
INSERT OR REPLACE INTO items (ns, key, value, created, updated)
SELECT ns, key, NULL, created, ?3 FROM items WHERE ns = ?1 AND key = ?2 AND value IS NOT NULL
"""
_DROP_VECTOR = "DELETE FROM recall_vectors WHERE ns = ?1 AND key = ?2"


def write_puts(connection: sqlite3.Connection, puts: Sequence[Put]) -> tuple[int, int]:
    """Write items; the seqs they took, as (last before, last now)."""
    now = time.time()
    before = last_seq(connection)
    ids = {path: _namespace_id(connection, path) for path in {put.path for put in puts}}
    kept = [(ids[put.path], put.key, put.value, now) for put in puts if put.value is not None]
    gone = [(ids[put.path], put.key, now) for put in puts if put.value is None]
    if kept:
        connection.executemany(_PUT, kept)
    deleted = connection.executemany(_DELETE, gone).rowcount if gone else 0
    if gone:
        connection.executemany(_DROP_VECTOR, ((ns, key) for ns, key, _ in gone))
    return before, before + len(kept) + deleted


def _namespace_id(connection: sqlite3.Connection, path: str) -> int:
    row = connection.execute("SELECT id FROM namespaces WHERE path = ?", (path,)).fetchone()
    if row:
        return row[0]
    made = connection.execute("INSERT INTO namespaces (path) VALUES (?) RETURNING id", (path,))
    return made.fetchone()[0]


def answer(connection: sqlite3.Connection, op: Op) -> Result:
    """What a reading operation finds; None for a put."""
    if isinstance(op, GetOp):
        return _get(connection, op)
    if isinstance(op, SearchOp):
        return _search(connection, op)
    if isinstance(op, ListNamespacesOp):
        return _namespaces(connection, op)
    return None


def _get(connection: sqlite3.Connection, op: GetOp) -> Item | None:
    row = connection.execute(
        "SELECT value, created, updated FROM items WHERE value IS NOT NULL AND key = ? AND "
        "ns = (SELECT id FROM namespaces WHERE path = ?)",
        (op.key, path_text(op.namespace)),
    ).fetchone()
    if row is None:
        return None
    value, created, updated = row
    return Item(
        value=orjson.loads(value),
        key=op.key,
        namespace=op.namespace,
        created_at=_moment(created),
        updated_at=_moment(updated),
    )


def _search(connection: sqlite3.Connection, op: SearchOp) -> list[SearchItem]:
    found: list[SearchItem] = []
    skipped = 0
    for item in _newest_first(connection, op.namespace_prefix):
        if len(found) >= op.limit:
            break
        if op.filter and not matches(item.value, op.filter):
            continue
        if skipped < op.offset:
            skipped += 1
        else:
            found.append(item)
    return found


def _newest_first(connection: sqlite3.Connection, prefix: Sequence[str]) -> Iterator[SearchItem]:
    paths = dict(connection.execute("SELECT id, path FROM namespaces").fetchall())
    wanted = {
        number: tuple(path.split("."))
        for number, path in paths.items()
        if path.split(".")[: len(prefix)] == list(prefix)
    }
    rows = heapq.merge(*(_of_namespace(connection, number) for number in wanted), reverse=True)
    for _, number, key, value, created, updated in rows:
        path = wanted[number]
        yield SearchItem(path, key, orjson.loads(value), _moment(created), _moment(updated))


def _of_namespace(connection: sqlite3.Connection, number: int) -> sqlite3.Cursor:
    return connection.execute(
        "SELECT seq, ns, key, value, created, updated FROM items WHERE ns = ? "
        "AND value IS NOT NULL ORDER BY seq DESC",
        (number,),
    )


def _namespaces(connection: sqlite3.Connection, op: ListNamespacesOp) -> list[tuple[str, ...]]:
    rows = connection.execute(
        "SELECT path FROM namespaces WHERE EXISTS "
        "(SELECT 1 FROM items WHERE ns = namespaces.id AND value IS NOT NULL)"
    )
    paths = {tuple(row[0].split(".")) for row in rows}
    conditions = op.match_conditions or ()
    kept = {path for path in paths if all(_fits(path, condition) for condition in conditions)}
    if op.max_depth is not None:
        kept = {path[: op.max_depth] for path in kept}
    return sorted(kept)[op.offset : op.offset + op.limit]


def _fits(path: tuple[str, ...], condition: MatchCondition) -> bool:
    wanted = condition.path
    if len(path) < len(wanted):
        return False
    part: Sequence[Any] = path[: len(wanted)]
    if condition.match_type == "suffix":
        part = path[len(path) - len(wanted) :]
    return all(want in ("*", label) for want, label in zip(wanted, part, strict=True))


def _moment(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
