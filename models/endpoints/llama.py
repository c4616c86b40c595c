"""llama.cpp inside this process: it loads a GGUF file and listens as an OpenAI server on loopback."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from ...core.errors import ContextTooLong, InvalidConfig, InvalidInput, MissingExtra
from ...core.off_loop import on_own_thread
from ..request import Completion, Request
from .gguf_file import GgufHeader
from .resources import free_memory, usable_cores
from .wire import WireEndpoint

SLOTS = 16
"""Requests worked on together. More make a processor no faster and every reply slower."""
LONGEST = 65_536
"""Tokens of context where none is asked for; more only costs memory for most uses."""
SHORTEST = 1024
"""Tokens of context below which a model is not served."""
EXPECTED = 2048
"""Tokens that a reply is taken to need when requests are admitted; a longer one is no fault."""
BATCH = 512
"""Prompt tokens read in one step (llama.cpp's n_ubatch)."""
RESERVE = 256 * 2**20
"""Bytes left to everything else."""
SMALL = 64 * 2**20
"""Bytes. Below this one thread is fastest: its steps are shorter than it takes to wake another."""
CACHED_PROMPTS = 512
"""MiB of computed prompts that are kept outside the context, to be used again."""
DIAGNOSIS_SECONDS = 60


@dataclass(frozen=True)
class Layout:
    """How a file is served.

    context: the longest prompt plus completion of one request, in tokens.
    pool: tokens that all requests at work share; at least `context`.
    slots: requests worked on together.
    threads: threads that compute.
    """

    context: int
    pool: int
    slots: int
    threads: int


def layout_for(header: GgufHeader, *, free: int, cores: int, context: int | None = None) -> Layout:
    """The layout that uses the model's whole context where memory allows it.

    free: bytes of memory that may be taken; half of what the weights leave goes to the context.
    cores: physical cores that may be used.
    context: tokens to serve, instead of what memory and the file suggest.

    Raises InvalidInput where memory is too small for the file, InvalidConfig for a context that the model
    was not trained for or that memory is too small for.
    """
    buffers = 4 * BATCH * header.vocabulary + RESERVE
    room = free - header.size - buffers
    if context is None:
        room //= 2
        wanted = min(header.context, LONGEST)
    elif SHORTEST // 4 <= context <= header.context:
        wanted = context
    else:
        raise InvalidConfig(
            f"a context of {context} tokens is not possible: the model takes {SHORTEST // 4} to "
            f"{header.context}"
        )
    most = room // header.kv_bytes if header.kv_bytes else SLOTS * wanted
    if most < min(SHORTEST, wanted) or (context is not None and most < wanted):
        needed = header.size + buffers + header.kv_bytes * (context or 2 * min(SHORTEST, wanted))
        raise InvalidInput(
            f"the model needs {needed / 2**30:.1f} GiB of memory and {free / 2**30:.1f} GiB are "
            f"free; take a smaller quantisation{' or a shorter context' if context else ''}"
        )
    served = min(wanted, most)
    pool = min(most, max(served, SLOTS * min(served, 2 * EXPECTED)))
    threads = 1 if header.size < SMALL else cores
    return Layout(served, pool, SLOTS, threads)


@dataclass(frozen=True)
class LlamaServer:
    """A running llama.cpp server; it lives as long as the process. `size` is that of its weights in bytes."""

    base: str
    layout: Layout
    size: int
    _server: object
    """Kept so that it is not collected: a collected server stops."""

    @classmethod
    async def of(
        cls, path: Path, *, context: int | None = None, layout: Layout | None = None
    ) -> LlamaServer:
        """The server for this file, started when first asked for; one for each layout asked for.

        context: tokens that one request may use; as many as file and memory allow if None.
        layout: the whole layout, if the file's own maker knows it best.

        Raises MissingExtra without llama.cpp, InvalidInput for a file that is no model that llama.cpp knows
        or that does not fit the memory, InvalidConfig for an impossible context.
        """
        return await on_own_thread(lambda: cls.started(path, context, layout))

    @classmethod
    def started(
        cls, path: Path, context: int | None = None, layout: Layout | None = None
    ) -> LlamaServer:
        """As `of`, for a thread that may wait."""
        key = path.resolve(), layout or context
        with _starting:
            if key not in _running:
                _running[key] = _start(key[0], context, layout)
            return _running[key]


_running: dict[tuple[Path, Layout | int | None], LlamaServer] = {}
_starting = Lock()


@dataclass(frozen=True)
class LlamaEndpoint(WireEndpoint):
    """A llama.cpp server of this process whose requests share one key-value cache of `pool` tokens.

    llama.cpp gives up every request at work when the cache is full. So a request waits until what it is
    expected to need is free; if the replies grow longer than that and the cache is full all the same, the
    requests are asked again one at a time.
    """

    pool: int = 0
    _pools: WeakKeyDictionary[asyncio.AbstractEventLoop, TokenPool] = field(
        default_factory=WeakKeyDictionary, compare=False, repr=False
    )

    async def complete(self, request: Request) -> Completion:
        """As the server's own, within the shared cache.

        Without a time limit of its own: a large model on a busy processor is slow, not silent, and what was
        given up would be computed again. The run's seconds hold.
        """
        request = replace(request, timeout=None)
        try:
            async with self._tokens().take(self._expected(request)):
                return await super().complete(request)
        except ContextTooLong as error:
            if error.refusal is None or error.refusal.status != 500:
                raise
        async with self._tokens().take(self.pool):
            return await super().complete(request)

    def _tokens(self) -> TokenPool:
        return self._pools.setdefault(asyncio.get_running_loop(), TokenPool(self.pool))

    def _expected(self, request: Request) -> int:
        """Tokens of prompt and replies: three bytes a token, and a reply of moderate length."""
        prompt = sum(len(str(m.content).encode("utf-8", "replace")) for m in request.messages) // 3
        return prompt + request.n * min(request.max_tokens or EXPECTED, EXPECTED)


class TokenPool:
    """Tokens that may be in use at once on one event loop; whoever comes first is served first."""

    def __init__(self, size: int) -> None:
        self.size = self.free = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def take(self, tokens: int) -> AsyncIterator[None]:
        """Hold this many tokens, at most all of them, for the length of the block."""
        tokens = min(tokens, self.size)
        granted = asyncio.get_running_loop().create_future()
        self._waiting.append((tokens, granted))
        self._grant()
        try:
            await granted
            yield
        finally:
            if granted.done() and not granted.cancelled():
                self.free += tokens
            elif (tokens, granted) in self._waiting:
                self._waiting.remove((tokens, granted))
            self._grant()

    def _grant(self) -> None:
        while self._waiting and self._waiting[0][0] <= self.free:
            tokens, granted = self._waiting.popleft()
            if granted.cancelled():
                continue
            self.free -= tokens
            granted.set_result(None)


def _start(path: Path, context: int | None, layout: Layout | None) -> LlamaServer:
    xllamacpp = _llama_cpp()
    header = GgufHeader.of(path)
    if layout is None:
        weights = sum(server.size for server in _running.values())
        free = max(_free_memory(xllamacpp, header.size), 0) - weights
        try:
            layout = layout_for(header, free=free, cores=usable_cores(), context=context)
        except InvalidInput as error:
            raise InvalidInput(f"{path}: {error}") from error
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, path, layout))
    except (RuntimeError, ValueError, OSError, MemoryError) as error:
        raise InvalidInput(f"llama.cpp cannot load {path}: {_reason(path) or error}") from error
    return LlamaServer(server.listening_address.rstrip("/") + "/v1", layout, header.size, server)


def _llama_cpp() -> Any:
    """The compiled module (it has no types)."""
    try:
        with _sleeping_barriers():
            return import_module("xllamacpp")
    except ImportError as error:
        raise MissingExtra(
            "llama.cpp is not installed: pip install 'metathink[embedded]'"
        ) from error


@contextmanager
def _sleeping_barriers() -> Iterator[None]:
    """Have OpenMP's threads, loaded in this block, sleep while they wait for each other.

    By default they spin. Beside any other work on the same cores a spinning thread keeps the one it waits
    for from running, and two threads are twenty times slower than one.
    """
    names = {"GOMP_SPINCOUNT": "0", "OMP_WAIT_POLICY": "passive"}
    ours = {} if any(name in os.environ for name in names) else names
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            del os.environ[name]


def _free_memory(xllamacpp: Any, weights: int) -> int:
    """Bytes free where the model would be: on the accelerators, if they hold the weights."""
    devices = [
        device["memory_free"]
        for device in xllamacpp.get_device_info()
        if "CPU" not in device["type"].name
    ]
    return sum(devices) if sum(devices) > weights else free_memory()


def _parameters(xllamacpp: Any, path: Path, layout: Layout) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel, params.n_ctx = layout.slots, layout.pool
    params.kv_unified = layout.pool < layout.slots * layout.context
    params.n_ubatch = BATCH
    params.n_gpu_layers = -1
    params.cache_ram_mib = CACHED_PROMPTS
    params.n_threads_http = 2 * layout.slots + 4
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = layout.threads
    params.cpuparams.poll = params.cpuparams_batch.poll = 0  # builds without OpenMP
    params.port = 0
    params.verbosity = 0
    params.log_json = False
    params.warmup = False
    # Temperature alone shapes a sample, as at vLLM and the hosted APIs; llama.cpp's own defaults would cut
    # the unlikely tokens off first.
    params.sampling.top_k, params.sampling.top_p, params.sampling.min_p = 0, 1.0, 0.0
    return params


_DIAGNOSE = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.port, params.verbosity = sys.argv[1], 256, 0, 3
xllamacpp.Server(params)
"""


def _reason(path: Path) -> str:
    """Why llama.cpp refuses the file: it says so only in the log of a process, so one is run for it."""
    try:
        child = subprocess.run(
            [sys.executable, "-c", _DIAGNOSE, str(path)],
            capture_output=True,
            timeout=DIAGNOSIS_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return ""
    log = (child.stdout + child.stderr).decode("utf-8", "replace")
    _, found, rest = log.partition("error loading model: ")
    return rest.splitlines()[0].strip() if found and rest else ""
