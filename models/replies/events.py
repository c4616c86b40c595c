"""The events of a streamed reply: server-sent events, or what servers send in their place."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from ...core.errors import EndpointFailed
from .fault import message_in

DONE: dict[str, Any] = {}
"""The event that says that the stream is at its end ("[DONE]")."""

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")


async def events_of(chunks: AsyncIterable[bytes], sender: str) -> AsyncIterator[dict[str, Any]]:
    """The events of a stream, parsed; `DONE` where it says that it is at its end.

    A server that does not stream sends the whole reply as JSON, which is then the one event; JSON objects
    line by line are read too. Raises EndpointFailed for anything else.
    """
    data: list[bytes] = []
    plain: list[bytes] = []
    name, begun = b"", False
    async for line in _lines(chunks):
        begun = begun or (not plain and line.startswith(_FIELDS))
        if not begun:
            plain += [line] if plain or line.strip() else []
            continue
        field, _, value = line.partition(b":")
        if field == b"event":
            name = value.strip()
        elif field == b"data":
            data.append(value.strip())
            if len(data) > 1 or (event := _parsed(data[0])) is None:
                continue  # an event of several lines
            data.clear()
            yield _named(event, name)
            if event is DONE:
                return
        elif not line.strip():
            if data:
                yield _named(_whole(b"\n".join(data), sender), name)
            data.clear()
            name = b""
    if data:
        yield _named(_whole(b"\n".join(data), sender), name)
    for event in _bodies(plain, sender):
        yield event


def _bodies(lines: list[bytes], sender: str) -> list[dict[str, Any]]:
    """What came without being an event: one JSON object, or one in each line."""
    body = b"\n".join(lines)
    if not body.strip():
        return []
    if (whole := _parsed(body)) is not None:
        return [whole]
    objects = [_parsed(line) for line in lines if line.strip()]
    found = [each for each in objects if each is not None]
    return found if len(found) == len(objects) else [_whole(body, sender)]


def _parsed(data: bytes) -> dict[str, Any] | None:
    """The JSON object in the text; None where there is none."""
    if data == b"[DONE]":
        return DONE
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _whole(data: bytes, sender: str) -> dict[str, Any]:
    if not data.strip():
        return {"choices": []}
    if (event := _parsed(data)) is None:
        raise EndpointFailed(
            f"{sender} sent a malformed event: {message_in(data.decode('utf-8', 'replace'))}",
            unreported=True,
        )
    return event


def _named(event: dict[str, Any], name: bytes) -> dict[str, Any]:
    return {"error": event} if name == b"error" and not event.get("error") else event


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The lines of the text in the chunks, of any length, without their ends (LF or CR LF)."""
    parts: list[bytes] = []
    async for chunk in chunks:
        first, *others = chunk.split(b"\n")
        parts.append(first)
        for other in others:
            yield b"".join(parts).removesuffix(b"\r").removeprefix(b"\xef\xbb\xbf")
            parts = [other]
    yield b"".join(parts).removesuffix(b"\r")
