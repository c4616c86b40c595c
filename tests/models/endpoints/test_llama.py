"""GGUF files: their headers, how they are served within memory and cores, and many requests at once."""

from __future__ import annotations

import asyncio
import os
import struct
from pathlib import Path

import pytest

from metathink.core.errors import InvalidConfig, InvalidInput
from metathink.core.message import user
from metathink.models.embedded import WEIGHTS
from metathink.models.endpoints.gguf_file import GgufHeader
from metathink.models.endpoints.llama import (
    Layout,
    LlamaEndpoint,
    LlamaServer,
    TokenPool,
    layout_for,
)
from metathink.models.endpoints.resources import free_memory, usable_cores
from metathink.models.open import open_model
from metathink.models.request import Request

GIB = 2**30
HALF_BILLION = GgufHeader("qwen2", context=32768, kv_bytes=12288, vocabulary=150_000, size=GIB // 2)
EIGHT_BILLION = GgufHeader(
    "llama", context=131_072, kv_bytes=131_072, vocabulary=128_000, size=5 * GIB
)

needs_llama = pytest.mark.skipif(not WEIGHTS.exists(), reason="no weights are here")


# Headers


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(path: Path, **numbers: int) -> Path:
    """A GGUF file with these numbers of an architecture `toy` and without weights."""
    pairs = [text("general.architecture") + struct.pack("<I", 8) + text("toy")]
    for key, number in numbers.items():
        pairs.append(text("toy." + key.replace("__", ".")) + struct.pack("<II", 4, number))
    words = [text("word") for _ in range(5000)]
    pairs.append(
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, len(words)) + b"".join(words)
    )
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(pairs))
    return path


TOY = {
    "block_count": 10,
    "context_length": 4096,
    "embedding_length": 640,
    "attention__head_count": 10,
    "attention__head_count_kv": 2,
}


def test_a_header_tells_what_a_token_of_context_takes(tmp_path: Path) -> None:
    header = GgufHeader.of(gguf(tmp_path / "toy.gguf", **TOY))
    assert (header.architecture, header.context, header.vocabulary) == ("toy", 4096, 5000)
    assert header.kv_bytes == 10 * 2 * (64 + 64) * 2  # layers, heads, keys and values, bytes


def test_a_header_may_name_the_sizes_of_keys_and_values(tmp_path: Path) -> None:
    path = gguf(tmp_path / "toy.gguf", **TOY, attention__key_length=96, attention__value_length=32)
    assert GgufHeader.of(path).kv_bytes == 10 * 2 * (96 + 32) * 2


def test_the_parts_of_a_split_file_are_counted_together(tmp_path: Path) -> None:
    first = gguf(tmp_path / "m-00001-of-00002.gguf", **TOY)
    (tmp_path / "m-00002-of-00002.gguf").write_bytes(b"x" * 1000)
    assert GgufHeader.of(first).size == first.stat().st_size + 1000


@pytest.mark.parametrize("missing", ["block_count", "context_length", "embedding_length"])
def test_a_header_without_a_needed_number_names_it(tmp_path: Path, missing: str) -> None:
    rest = {key: value for key, value in TOY.items() if key != missing}
    with pytest.raises(InvalidInput, match=missing):
        GgufHeader.of(gguf(tmp_path / "toy.gguf", **rest))


def test_every_cut_of_a_header_is_refused(tmp_path: Path) -> None:
    whole = gguf(tmp_path / "toy.gguf", **TOY).read_bytes()
    path = tmp_path / "cut.gguf"
    for length in [*range(0, 400, 7), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(InvalidInput, match="cut"):
            GgufHeader.of(path)


def test_a_header_that_claims_endless_entries_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "endless.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60) + b"\0" * 4000)
    with pytest.raises(InvalidInput, match="endless"):
        GgufHeader.of(path)


# Layouts


def test_a_context_is_the_models_own_where_memory_allows_it() -> None:
    layout = layout_for(HALF_BILLION, free=16 * GIB, cores=6)
    assert (layout.context, layout.slots, layout.threads) == (32768, 16, 6)
    assert layout.context <= layout.pool <= 16 * layout.context


@pytest.mark.parametrize("free", [6, 7, 8, 12, 16, 24, 64, 512])
def test_a_layout_fits_the_memory_and_leaves_half_of_it(free: int) -> None:
    layout = layout_for(EIGHT_BILLION, free=free * GIB, cores=8)
    assert layout.pool * EIGHT_BILLION.kv_bytes <= (free * GIB - EIGHT_BILLION.size) / 2
    assert 1024 <= layout.context <= layout.pool


def test_a_file_too_large_for_the_memory_is_refused_with_both_figures() -> None:
    with pytest.raises(InvalidInput, match=r"needs 5\.\d GiB.*3\.0 GiB are free"):
        layout_for(EIGHT_BILLION, free=3 * GIB, cores=8)


def test_a_context_asked_for_is_served_or_refused() -> None:
    assert layout_for(EIGHT_BILLION, free=32 * GIB, cores=8, context=100_000).context == 100_000
    with pytest.raises(InvalidInput, match="shorter context"):
        layout_for(EIGHT_BILLION, free=8 * GIB, cores=8, context=100_000)
    with pytest.raises(InvalidConfig, match="131072"):
        layout_for(EIGHT_BILLION, free=64 * GIB, cores=8, context=200_000)


# Memory and cores


def test_a_control_groups_limits_hold(tmp_path: Path) -> None:
    group = tmp_path / "sys/fs/cgroup/jobs/one"
    group.mkdir(parents=True)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/jobs/one\n")
    (group / "memory.max").write_text("max\n")
    (group / "cpu.max").write_text("max 100000\n")
    (group.parent / "memory.max").write_text("5000000\n")
    (group.parent / "memory.current").write_text("3000000\n")
    (group.parent / "memory.stat").write_text("anon 2500000\ninactive_file 400000\n")
    (group.parent / "cpu.max").write_text("150000 100000\n")
    assert free_memory(tmp_path) == 2_400_000
    assert usable_cores(tmp_path) == 1


def test_older_control_groups_limits_hold(tmp_path: Path) -> None:
    memory = tmp_path / "sys/fs/cgroup/memory"
    memory.mkdir(parents=True)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("4:memory:/not/mounted/here\n")
    (memory / "memory.limit_in_bytes").write_text("7000\n")
    (memory / "memory.usage_in_bytes").write_text("6000\n")
    assert free_memory(tmp_path) == 1000


def test_two_threads_of_one_core_are_one_core(tmp_path: Path) -> None:
    for cpu in os.sched_getaffinity(0):
        topology = tmp_path / f"sys/devices/system/cpu/cpu{cpu}/topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text("0-63\n")
    assert usable_cores(tmp_path) == 1


# The pool of tokens


async def test_a_large_request_is_not_overtaken_for_ever() -> None:
    pool, order = TokenPool(10), []

    async def hold(name: str, tokens: int) -> None:
        async with pool.take(tokens):
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(hold("a", 6), hold("all", 50), hold("b", 1), hold("c", 6))
    assert order[:2] == ["a", "all"]
    assert pool.free == 10


async def test_who_gives_up_waiting_holds_nothing() -> None:
    pool = TokenPool(10)
    async with pool.take(10):
        waiting = [asyncio.ensure_future(pool.take(4).__aenter__()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    async with pool.take(10):
        assert pool.free == 0
    assert pool.free == 10


# A real server


@needs_llama
@pytest.mark.parametrize("pool", [512, 4000], ids=["admitted in time", "asked again"])
async def test_requests_that_overflow_the_shared_context_are_all_answered(pool: int) -> None:
    """With a pool that is taken to be larger than the server's, the server gives up all requests."""
    pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
    server = await LlamaServer.of(WEIGHTS, layout=Layout(512, 512, 4, 1))
    endpoint = LlamaEndpoint(server.base, "tiny", pool=pool)
    ask = [
        Request([user(f"Count {n}")], max_tokens=300, temperature=5.0, seed=n) for n in range(12)
    ]
    said = await asyncio.gather(*map(endpoint.complete, ask))
    assert all(len(completion.choices) == 1 for completion in said)
    assert sum(completion.usage.completion_tokens for completion in said) > 512


@needs_llama
async def test_a_slow_reply_is_waited_for() -> None:
    pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
    server = await LlamaServer.of(WEIGHTS, layout=Layout(512, 512, 4, 1))
    endpoint = LlamaEndpoint(server.base, "tiny", pool=512)
    request = Request([user("Count")], max_tokens=200, temperature=5.0, timeout=0.001)
    assert (await endpoint.complete(request)).choices


@needs_llama
async def test_a_file_is_served_once_and_again_for_another_context() -> None:
    pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
    first, again, shorter = [
        await open_model(name)
        for name in (
            f"gguf:{WEIGHTS}",
            f"gguf:{WEIGHTS.parent}/./model.gguf",
            f"gguf:{WEIGHTS}?context=700",
        )
    ]
    assert first.endpoint.address == again.endpoint.address != shorter.endpoint.address
    assert (first.context, shorter.context) == (2048, 700)
    assert (await shorter.ask([user("1 + 1 is")], max_tokens=5)).text


@pytest.mark.parametrize("options", ["context=", "context=-5", "slots=3", "context=9000000"])
async def test_an_option_that_makes_no_sense_is_refused(options: str) -> None:
    pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
    with pytest.raises(InvalidConfig, match="context"):
        await open_model(f"gguf:{WEIGHTS}?{options}")


@needs_llama
async def test_an_architecture_llama_cpp_does_not_know_is_named(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
    path = tmp_path / "future.gguf"
    path.write_bytes(WEIGHTS.read_bytes().replace(b"qwen2", b"qwenX"))
    with pytest.raises(InvalidInput, match=r"future\.gguf.*qwenX"):
        await open_model(f"gguf:{path}")
