"""A model that takes 50 ms: an OpenAI-compatible server in its own process, which counts what reaches it.

Run as a program it prints its port and serves until it is ended. The model `bench` takes its time; the model
`crowd` answers nobody until CROWD requests are in flight at once. `GET /counted` tells what reached it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DELAY = 0.05
CROWD = 1000
PATIENCE = 120
"""Seconds that the model `crowd` waits for the others."""
FIRST = "Take the question apart: name the quantities, then add them one after the other."
LAST = r"All parts are done and checked, so the work is complete. \boxed{42} [FINISH]"


@contextmanager
def model_server() -> Iterator[int]:
    """The server in its own process; gives its port."""
    command = [sys.executable, str(Path(__file__))]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait()


async def serve() -> None:
    """Answer until ended: the first message of each role opens the work, the second ends it."""
    from aiohttp import web

    counted = {"requests": 0, "in_flight": 0, "most_in_flight": 0}

    gathered = asyncio.Event()

    async def complete(request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        counted["requests"] += 1
        counted["in_flight"] += 1
        counted["most_in_flight"] = max(counted["most_in_flight"], counted["in_flight"])
        if counted["in_flight"] >= CROWD:
            gathered.set()
        if body["model"] == "crowd":
            await asyncio.wait_for(gathered.wait(), PATIENCE)
        else:
            await asyncio.sleep(DELAY)
        counted["in_flight"] -= 1
        return web.json_response(reply_to(body["messages"]))

    async def tell(_: web.Request) -> web.Response:
        return web.json_response(counted)

    app = web.Application(client_max_size=2**24)
    app.router.add_post("/v1/chat/completions", complete)
    app.router.add_get("/counted", tell)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def reply_to(messages: list[dict[str, str]]) -> dict[str, Any]:
    """A chat completion; tokens are counted as words."""
    said = FIRST if len(messages) == 2 else LAST
    heard = sum(len(message["content"].split()) for message in messages)
    spoken = len(said.split())
    message = {"role": "assistant", "content": said}
    return {
        "id": "bench",
        "object": "chat.completion",
        "created": 0,
        "model": "bench",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": heard,
            "completion_tokens": spoken,
            "total_tokens": heard + spoken,
        },
    }


if __name__ == "__main__":
    asyncio.run(serve())
