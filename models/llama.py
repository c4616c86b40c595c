"""llama.cpp inside this process: it loads a GGUF file and listens as an OpenAI server on loopback."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Lock

from ..core.errors import InvalidInput, MissingExtra

SLOTS = 8
SLOT_TOKENS = 4096
SMALL = 512 * 1024 * 1024
"""Bytes. Below this, one thread beats two: llama.cpp's spin barriers cost more than they share."""


@dataclass(frozen=True)
class LlamaServer:
    """A running llama.cpp server; it lives as long as the process."""

    base: str
    context: int
    _server: object
    """Kept so that it is not collected: a collected server stops."""

    @classmethod
    async def of(cls, path: Path, *, context: int = SLOT_TOKENS) -> LlamaServer:
        """The server for this file, started when first asked for (in half a second for small models).

        `context` is the longest prompt plus completion, in tokens, of each of eight slots. Raises
        MissingExtra without llama.cpp, InvalidInput for a file that is no model.
        """
        return await asyncio.to_thread(cls.started, path, context)

    @classmethod
    def started(cls, path: Path, context: int = SLOT_TOKENS) -> LlamaServer:
        """As `of`, for a thread that may wait."""
        path = path.resolve()
        with _starting:
            if (path, context) not in _running:
                _running[path, context] = _start(path, context)
            return _running[path, context]


_running: dict[tuple[Path, int], LlamaServer] = {}
_starting = Lock()


def _start(path: Path, context: int) -> LlamaServer:
    try:
        xllamacpp = import_module("xllamacpp")  # compiled, without stubs
    except ImportError as error:
        raise MissingExtra(
            "llama.cpp is not installed: pip install 'metathink[embedded]'"
        ) from error
    if not path.is_file():
        raise InvalidInput(f"no model file at {path}")
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel = SLOTS
    params.n_ctx = context * SLOTS
    params.n_gpu_layers = -1
    params.port = 0
    params.verbosity = 0
    params.log_json = False
    params.warmup = False
    # Temperature alone shapes a sample, as at vLLM and the hosted APIs; llama.cpp's own defaults would cut
    # the unlikely tokens off first.
    params.sampling.top_k, params.sampling.top_p, params.sampling.min_p = 0, 1.0, 0.0
    if path.stat().st_size < SMALL:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    try:
        server = xllamacpp.Server(params)
    except (RuntimeError, ValueError, OSError) as error:
        raise InvalidInput(f"llama.cpp cannot load {path}: {error}") from error
    return LlamaServer(server.listening_address.rstrip("/") + "/v1", context, server)
