"""The same weights give the same log-probabilities in every engine: ours, transformers, llama.cpp,
vLLM."""

# ruff: noqa: E402  (what follows needs the extra that importorskip asks for)
import json
import math
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")
xllamacpp = pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")

from safetensors.torch import load_file

from metathink.models.embedded import wording
from metathink.training.embedded import tokenizer as tokens
from metathink.training.embedded.export import HERE, NAME, hugging_face, llama_cpp
from metathink.training.embedded.model import Shape, Transformer
from metathink.training.embedded.weights import fused

HF = HERE / "hf"
GGUF = HERE / "model.gguf"
ASKS = (
    wording.solve("True and not not ( not False ) is"),
    wording.plan("((-1 + 2 + 9 * 5) - (-2 + -4 + -4 * -7)) ="),
    wording.solve("Who is it? Änne, 12 + 345 {[()]} green_crate\n\nfar  out", plan=["look", "say"]),
)

pytestmark = pytest.mark.skipif(
    not GGUF.exists() or not HF.exists(), reason="the weights are not in this checkout"
)


@pytest.fixture(scope="module")
def theirs() -> dict[str, list[dict[int, float]]]:
    """transformers: per ask the greedy reply's first tokens with their five best
    log-probabilities."""
    transformers = pytest.importorskip("transformers", reason="the training extra is not installed")
    torch.set_num_threads(1)  # two threads wait for each other on small matrices
    tokenizer = transformers.AutoTokenizer.from_pretrained(HF)
    model = transformers.AutoModelForCausalLM.from_pretrained(HF, dtype=torch.float32).eval()
    found = {}
    for ask in ASKS:
        chat = [{"role": "user", "content": ask}]
        ids = tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )["input_ids"]
        assert ids[0].tolist() == tokens.prompt_ids(tokens.load(HF / "tokenizer.json"), ask)
        found[ask] = []
        for _ in range(12):
            with torch.no_grad():
                best = model(ids).logits[0, -1].log_softmax(-1).topk(5)
            found[ask].append(dict(zip(best.indices.tolist(), best.values.tolist(), strict=True)))
            ids = torch.cat([ids, best.indices[None, :1]], dim=1)
    return found


@pytest.fixture(scope="module")
def llama() -> Iterator[Any]:
    params = xllamacpp.CommonParams()
    params.model.path = str(GGUF)
    params.n_ctx = 1024
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.use_jinja = True
    params.verbosity = -1
    yield xllamacpp.Server(params)


def request(ask: str) -> dict[str, Any]:
    return {
        "model": NAME,
        "messages": [{"role": "user", "content": ask}],
        "temperature": 0,
        "max_tokens": 12,
        "logprobs": True,
        "top_logprobs": 5,
    }


def close(reply: dict[str, Any], wanted: list[dict[int, float]], worst: float) -> None:
    """Same greedy tokens while the choice is clear, log-probabilities within `worst` of theirs."""
    said = reply["choices"][0]["logprobs"]["content"]
    assert said
    for place, best in zip(said, wanted, strict=False):
        (first, one), (_, two) = list(best.items())[:2]
        if one - two < 2 * worst:
            return
        here = place["logprob"]
        assert math.isclose(here, one, abs_tol=worst), (first, here, one)


@pytest.mark.parametrize("ask", ASKS)
def test_llama_cpp_in_process(ask: str, llama: Any, theirs: dict[str, Any]) -> None:
    close(llama.handle_chat_completions(request(ask)), theirs[ask], 0.05)


@pytest.mark.parametrize("ask", ASKS)
def test_llama_cpp_over_http(ask: str, llama: Any, theirs: dict[str, Any]) -> None:
    call = urllib.request.Request(
        f"{llama.listening_address}/v1/chat/completions",
        json.dumps(request(ask)).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(call, timeout=30) as reply:
        close(json.loads(reply.read()), theirs[ask], 0.05)


@pytest.mark.parametrize("ask", ASKS)
def test_vllm(ask: str, theirs: dict[str, Any]) -> None:
    vllm = pytest.importorskip("vllm", reason="vLLM needs an environment of its own")
    engine = vllm.LLM(str(HF), dtype="bfloat16", max_model_len=1024, enforce_eager=True)
    options = vllm.SamplingParams(temperature=0, max_tokens=12, logprobs=5)
    said = engine.chat([{"role": "user", "content": ask}], options)[0].outputs[0]
    steps = [
        {"logprob": place[token].logprob}
        for token, place in zip(said.token_ids, said.logprobs, strict=True)
    ]
    close({"choices": [{"logprobs": {"content": steps}}]}, theirs[ask], 0.15)


def test_the_model_we_train_is_the_model_we_export(tmp_path: Path) -> None:
    """A random transformer of ours, exported: transformers and llama.cpp score a text as it
    does."""
    transformers = pytest.importorskip("transformers", reason="the training extra is not installed")
    tokenizer = tokens.load(HF / "tokenizer.json")
    shape = Shape(vocabulary=2560, width=128, layers=2, head=64, inner=256)
    torch.manual_seed(1)
    ours = Transformer(shape)
    for parameter in ours.parameters():
        parameter.data = (parameter.data * 3).bfloat16().float()
    weights = dict(ours.state_dict())
    hugging_face(weights, shape, tokenizer, tmp_path / "hf")
    llama_cpp(weights, shape, tokenizer, tmp_path / "model.gguf", q8=False)
    ids = torch.tensor([tokens.prompt_ids(tokenizer, ASKS[0])])
    with torch.no_grad():
        mine = ours.logits(ours.hidden(ids)).log_softmax(-1)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            tmp_path / "hf", dtype=torch.float32
        )
        assert torch.allclose(mine, model(ids).logits.log_softmax(-1), atol=1e-3)
    exported = load_file(tmp_path / "hf" / "model.safetensors")
    assert exported["model.norm.weight"].dtype == torch.bfloat16
    again = fused(exported, shape)
    assert set(again) == set(weights)
    assert all(torch.equal(again[name], value) for name, value in weights.items())
