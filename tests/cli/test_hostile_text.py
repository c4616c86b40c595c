"""The command line with odd text, keys and files: no traceback, no escape sequence, no key."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from metathink.runtime.checkpoint import Serializer, _types_of_states
from metathink.runtime.machine import State
from tests.server import FakeServer, refuses, says

PROGRAM = Path(sys.executable).with_name("metathink")
ESCAPES = "\x1b]0;title\x07\x1b[31m\u009b2Jred\u202e"


async def run(
    *arguments: str | bytes, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> tuple[int, bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *arguments,
        env={**os.environ, **(environment or {})},
        stdin=-1,
        stdout=-1,
        stderr=-1,
    )
    out, err = await process.communicate(stdin)
    assert b"Traceback" not in err, err.decode("utf-8", "replace")
    assert process.returncode is not None
    return process.returncode, out, err


async def test_escapes_and_keys_of_a_server_reach_neither_terminal_nor_record(
    server: FakeServer, tmp_path: Path
) -> None:
    key = "sk-very-secret-0001"
    server.always = refuses(400, f"bad {ESCAPES} key Bearer {key}")
    ask = ("ask", "q", "--model", server.model, "--method", "direct")
    code, out, err = await run(*ask, environment={"METATHINK_API_KEY": key})
    assert code != 0 and b"\\u001b" in err
    assert not {0x1B, 0x07} & set(out + err) and key.encode() not in out + err
    (record,) = (tmp_path / "home" / "runs").iterdir()
    assert key not in record.read_text() and stat.S_IMODE(record.stat().st_mode) == 0o600
    assert stat.S_IMODE(record.parent.stat().st_mode) == 0o700


async def test_a_key_repeated_in_a_reply_is_not_on_record(
    server: FakeServer, tmp_path: Path
) -> None:
    key = "correct-horse-battery"
    server.always = says(rf"I was given {key}: \boxed{{1}}")
    code, _, _ = await run(
        "ask",
        "q",
        "--model",
        server.model,
        "--method",
        "direct",
        environment={"METATHINK_API_KEY": key},
    )
    (record,) = (tmp_path / "home" / "runs").iterdir()
    assert code == 0 and key not in record.read_text()


async def test_a_replayed_record_drives_no_terminal(tmp_path: Path) -> None:
    answer = await mt.think("q", method="direct", model=mt.scripted([r"\boxed{1}"]))
    record: dict[str, Any] = answer.to_dict() | {
        "text": ESCAPES,
        "question": ESCAPES,
        "reason": ESCAPES,
    }
    record["steps"][0] |= {
        "speaker": ESCAPES,
        "action": ESCAPES,
        "changes": [{"field": ESCAPES, "before": ESCAPES, "after": ESCAPES}],
        "decision": {"options": [ESCAPES], "chosen": ESCAPES, "reason": ESCAPES},
        "findings": {ESCAPES: ESCAPES},
        "error": ESCAPES,
    }
    record["steps"][0]["calls"][0]["outputs"] = [ESCAPES, ESCAPES]
    (tmp_path / "r.json").write_text(json.dumps(record))
    code, out, err = await run("replay", str(tmp_path / "r.json"))
    assert code == 0 and b"\\u001b" in out and not {0x1B, 0x07, 0x9B} & set(out + err)


@pytest.mark.parametrize(
    "name", ["../../outside", "/tmp/outside-of-home", "a/../../b", "..", "x" * 300]
)
async def test_a_run_id_of_a_foreign_checkpoint_is_no_path(tmp_path: Path, name: str) -> None:
    import sqlite3

    place = tmp_path / "c.db"
    model = mt.scripted([r"\boxed{1}"], name="recorded:none")
    await mt.think("q", method="direct", model=model, checkpoint=place, thread="t")
    serializer = Serializer(_types_of_states(State))
    with sqlite3.connect(place) as rows:
        kind, value = rows.execute(
            "select type, value from writes where task_id='about'"
        ).fetchone()
        about = serializer.loads_typed((kind, value)) | {"run": name}
        rows.execute(
            "update writes set type=?, value=? where task_id='about'", serializer.dumps_typed(about)
        )
    before = {path for path in tmp_path.parent.rglob("*.json")}
    code, _, _ = await run("resume", "t", "--checkpoint", str(place))
    assert code == 2
    assert {path for path in tmp_path.parent.rglob("*.json")} == before
    assert not Path("/tmp/outside-of-home.json").exists()


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
async def test_a_paid_answer_is_printed_in_any_encoding(server: FakeServer, encoding: str) -> None:
    server.always = says("\\boxed{\u221a2 \u2248 \u6f22 \U0001f680}")
    ask = ("ask", "q", "--model", server.model, "--method", "direct")
    told = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    code, out, _ = await run(*ask, environment=told)
    assert code == 0 and b"2" in out
    code, out, _ = await run(*ask, "--json", environment=told)
    assert code == 0 and "\U0001f680" in json.loads(out.decode(encoding))["text"]


ODD: list[tuple[str, list[str | bytes], dict[str, str]]] = [
    ("thread", ["--checkpoint", "c.db", "--thread", b"t\xff\xfe"], {}),
    ("question as a setting", ["--set", "question=y"], {}),
    ("model as a setting", ["--set", "model=y"], {}),
    ("no such setting", ["--set", b"\xff=\xff"], {}),
    ("value of a setting", ["--set", b"temperature=\xff"], {}),
    ("calls beyond any number", ["--calls", "9" * 400], {}),
    ("calls as a float", ["--calls", "9e400"], {}),
    ("seconds that are none", ["--seconds", "nan"], {}),
    ("dollars without end", ["--usd", "inf"], {}),
    ("checkpoint in no folder", ["--checkpoint", "none/c.db", "--thread", "t"], {}),
    ("checkpoint with a NUL", ["--checkpoint", "a\udcffb/c.db", "--thread", "t"], {}),
    ("home that is a file", [], {"METATHINK_HOME": "/dev/null/x"}),
    ("key with a line break", [], {"METATHINK_API_KEY": "sk-abcdefgh\r\nX: y"}),
    ("key beyond ASCII", [], {"METATHINK_API_KEY": "ключ-ключ-ключ"}),
]


@pytest.mark.parametrize(("what", "options", "environment"), ODD, ids=[odd[0] for odd in ODD])
async def test_an_odd_command_line_ends_in_a_sentence(
    server: FakeServer, what: str, options: list[Any], environment: dict[str, str]
) -> None:
    server.always = says(r"\boxed{4}")
    ask = ("ask", b"q\xff", "--model", server.model, "--method", "direct", *options)
    code, _, _ = await run(*ask, environment=environment)
    assert code in (0, 1, 2), what


async def test_without_any_home_it_says_what_to_set(server: FakeServer) -> None:
    server.always = says(r"\boxed{4}")
    ask = ("ask", "q", "--model", server.model, "--method", "direct")
    code, out, _ = await run(*ask, environment={"METATHINK_HOME": "", "HOME": "/nonexistent/home"})
    assert code in (0, 1, 2) and out.strip() == b"4"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_without_a_traceback(silent: str, number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "ask", "q", "--model", f"{silent}#m", "--method", "direct", stdout=-1, stderr=-1
    )
    await asyncio.sleep(4)
    process.send_signal(number)
    _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 128 + number and b"Traceback" not in err
