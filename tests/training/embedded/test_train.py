"""A small training on the CPU, in under two minutes: the loss falls, a family is learned, a broken
run goes on."""

# ruff: noqa: E402  (what follows needs the extra that importorskip asks for)
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from safetensors.torch import load_file

from metathink.models.embedded import wording
from metathink.training.embedded import tokenizer as tokens
from metathink.training.embedded import train as training
from metathink.training.embedded.generate import replies
from metathink.training.embedded.mixture import Document, names, problem_at
from metathink.training.embedded.model import Shape, Transformer

SMALL = Path(training.__file__).with_name("small.toml")


def cut_down(folder: Path) -> training.Config:
    """The small configuration, cut to one family and one level's worth of learning."""
    config = training.Config.read(SMALL)
    one = {name: 0.0 for name in names()} | {"boolean_expressions": 1.0}
    return replace(
        config,
        folder=str(folder),
        shape=Shape(vocabulary=400, width=128, layers=3, head=64, inner=256, context=512),
        families=one,
        roles={"solve": 1.0},
        tokens=350_000,
        step_tokens=3072,
        micro_tokens=3072,
        longest=160,
        compile=False,
        warmup=20,
    )


@pytest.mark.timeout(280)
def test_two_minutes_teach_a_family(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    config = cut_down(tmp_path)
    losses = training.train(config)
    assert sum(losses[-10:]) < 0.15 * sum(losses[:10])
    model = Transformer(config.shape)
    model.load_state_dict(load_file(tmp_path / "model.safetensors"))
    fresh = [problem_at("boolean_expressions", 4, 9_000_000 + n) for n in range(40)]
    asks = [wording.solve(p.question) for p in fresh]
    said = replies(model, tokens.load(tmp_path / "tokenizer.json"), asks, longest=200)
    right = sum(wording.read_answer(r) == p.answer for r, p in zip(said, fresh, strict=True))
    assert right >= 30  # guessing gives 20


def test_a_broken_run_goes_on_where_it_stood(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    config = replace(cut_down(tmp_path / "a"), tokens=60_000, warmup=5)
    training.train(replace(config, tokens=30_000))
    halfway = torch.load(tmp_path / "a" / "state.pt", weights_only=True)
    rest = training.train(config)
    finished = torch.load(tmp_path / "a" / "state.pt", weights_only=True)
    assert 0 < halfway["step"] < finished["step"] == halfway["step"] + len(rest)
    assert finished["seen"] >= 60_000
    assert finished["document"] > halfway["document"]
    assert not training.train(config)  # nothing is left to do


def test_two_threads_take_the_same_step_as_one(tmp_path: Path) -> None:
    config = replace(cut_down(tmp_path), warmup=1)
    batches = [training.tensors([Document((1, *range(i, i + 20), 0), 4)], 0.1) for i in range(5, 9)]
    weights = []
    for threads in (1, 2):
        torch.manual_seed(0)
        trainer = training.Trainer(
            replace(config, threads=threads), Transformer(config.shape), training.State()
        )
        trainer.step(batches)
        weights.append(trainer.model.embed.weight.detach().clone())
    assert torch.allclose(weights[0], weights[1], atol=2e-4)


def test_prompts_weigh_little_and_like_lengths_share_a_batch() -> None:
    documents = [Document(tuple(range(n)), 3) for n in (4, 5, 9, 10, 20)]
    assert [len(batch) for batch in training.cut(documents, 20)] == [2, 2, 1]
    ids, weights = training.tensors(documents[:2], 0.25)
    assert ids.shape == (2, 5)
    assert weights.tolist() == [[0.25, 0.25, 0.25, 1, 0], [0.25, 0.25, 0.25, 1, 1]]


def test_the_learning_rate_warms_up_and_falls(tmp_path: Path) -> None:
    config = replace(cut_down(tmp_path), tokens=1000, warmup=10, final=0.1)
    paces = [training.pace(training.State(step, seen), config) for step, seen in ((0, 0), (20, 0))]
    assert paces == [0.1, 1.0]
    assert training.pace(training.State(99, 1000), config) == pytest.approx(0.1)
