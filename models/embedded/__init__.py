"""The small model metathink ships: its weights, its wording and how it is started."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import MetathinkError

if TYPE_CHECKING:
    from ..model import Model

WEIGHTS = Path(__file__).parent / "model.gguf"
ABILITIES = "boolean expressions, walks, counting things and who lies; little else"
CONTEXT = 2048


def warm_up() -> None:
    """Start the server on a thread, to be ready when the machines have been imported (a second)."""
    from threading import Thread

    Thread(target=_start_early, daemon=True).start()


def _start_early() -> None:
    from ..llama import LlamaServer

    with suppress(MetathinkError):  # whoever opens the model is told what is wrong
        LlamaServer.started(WEIGHTS, CONTEXT)


async def open_embedded() -> Model:
    """The embedded model, run by llama.cpp in this process.

    Raises MissingExtra without llama.cpp.
    """
    from ..llama import LlamaServer
    from ..model import Model
    from ..wire import WireEndpoint
    from .speech import CompactWording

    server = await LlamaServer.of(WEIGHTS, context=CONTEXT)
    endpoint = WireEndpoint(server.base, "embedded", in_flight=64)
    return Model("embedded", endpoint, CompactWording(), context=CONTEXT, max_tokens=1024)
