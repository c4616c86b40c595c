"""The small model metathink ships: its weights, its wording and how it is started."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import MetathinkError

if TYPE_CHECKING:
    from ..endpoints.llama import Layout
    from ..model import Model

WEIGHTS = Path(__file__).parent / "model.gguf"
CONTROL = Path(__file__).parent / "control.json"
"""The confidence fitted to these weights (`metathink eval control`)."""
ABILITIES = (
    "boolean expressions, sums, word problems, walks, counting, orders, who lies, who swapped or knows "
    "what; little else"
)
CONTEXT = 2048
SLOTS = 8


def _layout() -> Layout:
    from ..endpoints.llama import Layout

    return Layout(CONTEXT, CONTEXT * SLOTS, SLOTS, threads=1)


def warm_up() -> None:
    """Start the server on a thread, to be ready when the machines have been imported (a second)."""
    from threading import Thread

    Thread(target=_start_early, daemon=True).start()


def _start_early() -> None:
    from ..endpoints.llama import LlamaServer

    with suppress(MetathinkError):  # whoever opens the model is told what is wrong
        LlamaServer.started(WEIGHTS, layout=_layout())


async def open_embedded(weights: Path | None = None) -> Model:
    """The embedded model, run by llama.cpp in this process, with these weights instead of the shipped.

    Raises MissingExtra without llama.cpp, InvalidInput for weights that are none.
    """
    from ..endpoints.llama import LlamaServer
    from ..endpoints.wire import WireEndpoint
    from ..model import Model

    server = await LlamaServer.of(weights or WEIGHTS, layout=_layout())
    endpoint = WireEndpoint(server.base, "embedded", in_flight=64)
    name = f"embedded:{weights}" if weights else "embedded"
    model = Model(name, endpoint, context=CONTEXT, max_tokens=1024, samples_at_once=SLOTS)
    return adapted(model, fitted=weights is None)


def adapted(model: Model, *, fitted: bool = False) -> Model:
    """The model asked in the embedded model's compact wording; with `fitted`, its confidence as fitted to
    the shipped weights."""
    from .speech import CompactWording

    control = str(CONTROL) if fitted and CONTROL.exists() else ""
    return replace(model, adapter=CompactWording(control))
