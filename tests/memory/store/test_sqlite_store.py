"""The file store on bad days: killed, full, read-only, someone else's, gone."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from metathink.core.errors import ErasurePending, InvalidInput, StoreFailed
from metathink.memory import Memory, open_memory
from metathink.memory.store import sqlite_store
from metathink.memory.store.sqlite_store import SqliteStore

WRITER = """
    import asyncio, os, sys
    from metathink.memory import Memory, open_memory

    async def main(path, name, batches):
        async with open_memory(path, namespace="p") as memory:
            async def agent(number):
                for n in range(number, batches, 8):
                    facts = [(name, f"did {n}", f"part {part}") for part in range(5)]
                    await memory.graph.add_facts(facts, name)
                    os.write(1, f"{n}\\n".encode())
            await asyncio.gather(*(agent(number) for number in range(8)))

    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def python(code: str, *arguments: object, **settings) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **settings)


async def parts(path: Path) -> dict[tuple[str, str], int]:
    """How many parts of each writer's batches are there."""
    async with open_memory(path, namespace="p") as memory:
        counts: dict[tuple[str, str], int] = {}
        for fact in await memory.graph.facts():
            batch = fact.subject, fact.relation
            counts[batch] = counts.get(batch, 0) + 1
        return counts


@pytest.mark.parametrize("acknowledged", [1, 120, 400])
async def test_killed_in_the_middle_of_writing(tmp_path: Path, acknowledged: int):
    path = tmp_path / "memory.db"
    writer = python(WRITER, path, "writer", 1_000_000)
    assert writer.stdout is not None
    heard = [writer.stdout.readline().strip() for _ in range(acknowledged)]
    writer.kill()
    heard += writer.communicate()[0].split()
    found = await parts(path)
    assert set(found.values()) == {5}, "a half-written batch"
    assert {("writer", f"did {n}") for n in heard} <= set(found)


async def test_two_processes_write_and_nothing_is_lost(tmp_path: Path):
    path = tmp_path / "memory.db"
    writers = [python(WRITER, path, name, 150) for name in ("one", "two")]
    async with open_memory(path, namespace="p") as memory:
        await memory.graph.add_facts([("parent", "did 0", f"part {n}") for n in range(5)], "x")
        for writer in writers:
            await asyncio.to_thread(writer.communicate)
            assert writer.returncode == 0
    found = await parts(path)
    assert len(found) == 301 and set(found.values()) == {5}


async def test_a_process_sees_the_others_write_without_being_told(tmp_path: Path):
    path = tmp_path / "memory.db"
    async with open_memory(path, namespace="p") as memory:
        assert await memory.graph.facts() == []
        with python(WRITER, path, "writer", 1) as writer:
            assert writer.stdout is not None
            assert await asyncio.to_thread(writer.stdout.readline) == "0\n"
            async with asyncio.timeout(30):
                while len(await memory.graph.facts()) < 5:
                    await asyncio.sleep(0.02)


@pytest.mark.parametrize("content", [b"notes of mine\n" * 100, b"PK\x03\x04 zip"])
async def test_a_file_of_another_kind_is_left_alone(tmp_path: Path, content: bytes):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="is not a memory file"):
        SqliteStore(path)
    assert path.read_bytes() == content


async def test_a_database_of_another_program_is_left_alone(tmp_path: Path):
    path = tmp_path / "browser.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE history (url)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match="another program"):
        SqliteStore(path)
    assert path.read_bytes() == before


async def test_a_database_of_another_program_keeps_the_log_it_was_left_with(tmp_path: Path):
    theirs, path = tmp_path / "theirs.db", tmp_path / "copy.db"
    connection = sqlite3.connect(theirs)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE notes (text)")
    connection.commit()
    for end in ("", "-wal"):  # as a program that was killed leaves them
        shutil.copy(f"{theirs}{end}", f"{path}{end}")
    connection.close()
    files = [path, Path(f"{path}-wal")]
    before = [file.read_bytes() for file in files]
    with pytest.raises(InvalidInput, match="another program"):
        SqliteStore(path)
    assert [file.read_bytes() for file in files] == before


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path):
    path = tmp_path / "memory.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match=r"newer version of metathink.*upgrade"):
        SqliteStore(path)
    assert path.read_bytes() == before


async def test_a_damaged_file_is_a_typed_error(tmp_path: Path):
    path = tmp_path / "memory.db"
    path.write_bytes(b"SQLite format 3\0" + os.urandom(8_000))
    with pytest.raises(StoreFailed, match=r"memory\.db"):
        SqliteStore(path)


async def test_a_damaged_value_is_a_typed_error(tmp_path: Path):
    path = tmp_path / "memory.db"
    async with open_memory(path) as memory:
        await memory.graph.add_fact("Ada", "wrote", "Note G", source="book")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE items SET value = substr(value, 2)")
    connection.close()
    async with open_memory(path) as memory:
        for use in (memory.graph.view(), memory.recall("Ada"), memory.forget(source="book")):
            with pytest.raises(StoreFailed, match="is damaged"):
                await use
        with pytest.raises(StoreFailed, match="The file is damaged"):
            await memory.get("facts", [f"f{n:016x}" for n in range(3)] + [await a_key(memory)])


async def a_key(memory: Memory) -> str:
    store = memory.store
    assert isinstance(store, SqliteStore)
    return await store.read(lambda c: c.execute("SELECT key FROM items").fetchone()[0])


@pytest.mark.parametrize("where", [".", "no/such/folder/memory.db"])
async def test_a_place_that_cannot_be_a_file(tmp_path: Path, where: str):
    with pytest.raises(InvalidInput, match=r"name a file in it|create it first"):
        SqliteStore(tmp_path / where)


@pytest.mark.parametrize(("mode", "folder_mode"), [(0o444, 0o755), (0o666, 0o555)])
def test_a_read_only_file_says_what_to_do(mode: int, folder_mode: int):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "memory.db"
        SqliteStore(path).close()
        path.chmod(mode)
        folder.chmod(folder_mode)
        attempt = python(
            """
            import os, sys
            from metathink.core.errors import InvalidInput
            from metathink.memory.store.sqlite_store import SqliteStore
            if os.getuid() == 0:
                os.setuid(65534)  # root may write anything
            try:
                SqliteStore(sys.argv[1])
            except InvalidInput as error:
                print(error)
            """,
            path,
        )
        assert "is read-only; allow writing to both" in attempt.communicate()[0]
        folder.chmod(0o755)


async def test_a_full_disk_loses_nothing_acknowledged(tmp_path: Path):
    async with SqliteStore(tmp_path / "memory.db") as store:
        await store.aput(("a",), "kept", {"text": "x"})
        await store.write(lambda c: c.execute("PRAGMA max_page_count = 40").fetchall())
        with pytest.raises(StoreFailed, match=r"disk is full.*Free space"):
            await store.aput(("a",), "big", {"text": "x" * 1_000_000})
        assert await store.aget(("a",), "big") is None
        assert await store.aget(("a",), "kept") is not None
        await store.write(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchall())
        await store.aput(("a",), "big", {"text": "x" * 1_000_000})
        assert await store.aget(("a",), "big") is not None


async def test_a_file_that_disappears_is_noticed(tmp_path: Path):
    path = tmp_path / "memory.db"
    async with SqliteStore(path) as store:
        await store.aput(("a",), "key", {})
        path.rename(tmp_path / "elsewhere.db")
        for attempt in (store.aput(("a",), "lost", {}), store.aget(("a",), "key")):
            with pytest.raises(StoreFailed, match="was removed or replaced"):
                await attempt
        (tmp_path / "elsewhere.db").rename(path)
        await store.aput(("a",), "found", {})


async def test_a_file_locked_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_store, "BUSY_SECONDS", 0.2)
    path = tmp_path / "memory.db"
    async with SqliteStore(path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFailed, match="Another process holds the file"):
            await store.aput(("a",), "key", {})
        other.execute("ROLLBACK")
        other.close()
        await store.aput(("a",), "key", {})


async def test_a_closed_store_says_so(tmp_path: Path):
    store = SqliteStore(tmp_path / "memory.db")
    store.close()
    store.close()
    with pytest.raises(StoreFailed, match="is closed; open it again"):
        await store.aput(("a",), "key", {})


async def test_concurrent_writes_share_transactions(tmp_path: Path):
    statements: list[str] = []
    async with SqliteStore(tmp_path / "memory.db") as store:
        await store.write(lambda c: c.set_trace_callback(statements.append))
        await asyncio.gather(*(store.aput(("a",), str(n), {"n": n}) for n in range(300)))
        assert len(await store.asearch(("a",), limit=1_000)) == 300
    assert 1 <= statements.count("COMMIT") < 10


async def test_a_cancelled_writer_does_no_harm(tmp_path: Path):
    async with SqliteStore(tmp_path / "memory.db") as store:
        writes = [asyncio.create_task(store.aput(("a",), str(n), {})) for n in range(20)]
        await asyncio.sleep(0)
        writes[3].cancel()
        results = await asyncio.gather(*writes, return_exceptions=True)
        assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 1
        kept = {item.key for item in await store.asearch(("a",), limit=99)}
        assert kept >= {str(n) for n in range(20)} - {"3"}


async def test_one_bad_write_does_not_take_its_neighbours_with_it(tmp_path: Path):
    def bad(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM items")
        raise KeyError("a mistake of the caller")

    async with SqliteStore(tmp_path / "memory.db") as store:
        await store.aput(("a",), "before", {})
        results = await asyncio.gather(
            store.aput(("a",), "one", {}),
            store.write(bad),
            store.aput(("a",), "two", {}),
            return_exceptions=True,
        )
        assert isinstance(results[1], KeyError) and results[0] is results[2] is None
        assert len(await store.asearch(("a",))) == 3


async def test_a_value_that_is_not_json_is_refused(tmp_path: Path):
    async with SqliteStore(tmp_path / "memory.db") as store:
        for value in ({"x": object()}, {"x": "\ud800"}):
            with pytest.raises(InvalidInput, match="cannot be kept as JSON"):
                await store.aput(("a",), "key", value)


async def test_the_store_works_without_an_event_loop(tmp_path: Path):
    def use(path: Path) -> list[str]:
        store = SqliteStore(path)
        store.put(("a",), "key", {"n": 1})
        found = [item.key for item in store.search(("a",))]
        store.close()
        return found

    assert await asyncio.to_thread(use, tmp_path / "memory.db") == ["key"]


async def test_forgotten_text_is_not_in_the_file(tmp_path: Path):
    path = tmp_path / "memory.db"
    async with open_memory(path, namespace="p") as memory:
        await memory.remember("The secret word is xylophone.", "diary")
        await memory.graph.add_fact("xylophone", "is", "secret", source="diary")
        await memory.graph.add_fact("Ada", "wrote", "Note G", source="book")
        assert await memory.forget(source="diary") == 2
        for file in tmp_path.iterdir():
            assert b"xylophone" not in file.read_bytes(), file.name
        assert len(await memory.graph.facts()) == 1


READ_ON = """
    import sqlite3, sys
    reader = sqlite3.connect(sys.argv[1])
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM items").fetchone()
    print("reading", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def read_on(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts another process that reads the file as it is now until it is told to end."""
    readers: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        reader = python(READ_ON, tmp_path / "memory.db", stdin=subprocess.PIPE)
        readers.append(reader)
        assert reader.stdout is not None and reader.stdout.readline() == "reading\n"
        return reader

    yield start
    for reader in readers:
        reader.kill()
        reader.wait()


def traces(folder: Path, text: bytes) -> list[str]:
    return [file.name for file in folder.iterdir() if text in file.read_bytes()]


async def test_a_namespace_that_is_forgotten_leaves_no_name(tmp_path: Path):
    path = tmp_path / "memory.db"
    async with open_memory(path, namespace="ward/Ottilie Quince") as memory:
        await memory.graph.add_fact("a", "is", "b", source="s")
        summary = await memory.people.note("Ann", "role", "a nurse", source="s")
        await memory.people.note("Ann", "role", "a doctor", source="s")
        await memory.forget(source="s")
        assert summary and traces(tmp_path, b"Quince")  # it is open and may be written to
        await memory.forget(namespace="ward/Ottilie Quince")
        assert not traces(tmp_path, b"Quince")
        await memory.graph.add_fact("c", "is", "d", source="s")
        assert len(await memory.graph.facts()) == 1


@pytest.mark.parametrize("how", ["asked", "opened", "closed", "forgotten more"])
async def test_text_that_another_still_reads_is_erased_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_on, how: str
):
    monkeypatch.setattr(sqlite_store, "ERASE_SECONDS", 0.05)
    path = tmp_path / "memory.db"
    async with open_memory(path) as memory:
        await memory.graph.add_fact("Ottilie Quince", "has", "mumps", source="chart")
        await memory.graph.add_fact("Ann", "has", "a cat", source="chat")
        reader = read_on()
        with pytest.raises(ErasurePending) as pending:
            await memory.forget(source="chart")
        assert pending.value.forgotten == 1
        assert len(await memory.graph.facts()) == 1
        assert not await memory.finish_forgetting()
        assert traces(tmp_path, b"Quince")
        reader.communicate("\n")
        if how == "asked":
            assert await memory.finish_forgetting()
        elif how == "opened":
            async with open_memory(path):
                pass
        elif how == "forgotten more":
            assert await memory.forget(source="chat") == 1
        assert how == "closed" or not traces(tmp_path, b"Quince")
    assert not traces(tmp_path, b"Quince")


async def test_replaced_and_removed_text_is_overwritten_also_where_sqlite_would_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    connect = sqlite3.connect

    def careless(*given, **settings) -> sqlite3.Connection:
        connection = connect(*given, **settings)
        connection.execute("PRAGMA secure_delete = OFF")  # as SQLite is built in some places
        return connection

    monkeypatch.setattr(sqlite3, "connect", careless)
    async with open_memory(tmp_path / "memory.db", namespace="p") as memory:
        await memory.people.summarize("Ann", "plays the xylophone " * 20, source="diary")
        await memory.people.summarize("Ann", "plays", source="diary")
        rule = await memory.rules.add("a xylophone " * 20, "listen", grade="guide", source="diary")
        await memory.rules.remove(rule.id)
        await memory.forget(namespace="p")
    for file in tmp_path.iterdir():
        assert b"xylophone" not in file.read_bytes(), file.name


async def test_old_tombstones_go_and_late_readers_start_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "memory.db"
    async with open_memory(path, namespace="p") as late:
        await late.people.note("Bob", "role", "tester", source="x")
        await late.rules.add_static("a", "b", "c", grade="deny", source="x")
        assert len(await late.rules.rules()) == 1
        async with open_memory(path, namespace="p") as memory:
            [rule] = await memory.rules.rules()
            await memory.rules.remove(rule.id)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 8 * 86_400)
        async with open_memory(path, namespace="p"):
            pass
        monkeypatch.undo()
        await late.refresh(now=True)
        assert await late.rules.rules() == []
        assert await late.people.names() == ["Bob"]
