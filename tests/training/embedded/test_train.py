"""A small training on the CPU, in under two minutes: the loss falls, a family is learned, a broken
run goes on."""

# ruff: noqa: E402  (what follows needs the extra that importorskip asks for)
import os
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from safetensors.torch import load_file
from torch import Tensor, distributed

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
        tokens=450_000,
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


def test_two_processes_take_the_steps_of_one(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    ended = []
    for processes in (1, 2):
        small = replace(cut_down(tmp_path / str(processes)), micro_tokens=768)
        config = replace(small, tokens=40_000, warmup=5)
        losses = training.train(replace(config, processes=processes))
        ended.append((len(losses), sum(losses[-3:]) / 3))
    (steps, alone), (shared_steps, shared) = ended
    assert abs(steps - shared_steps) <= 2
    assert shared == pytest.approx(alone, rel=0.1)  # other documents, the same learning


def test_gradients_of_two_processes_are_those_of_one(tmp_path: Path) -> None:
    config = replace(cut_down(tmp_path), warmup=1)
    batches = [training.tensors([Document((1, *range(i, i + 20), 0), 4)], 0.1) for i in range(5, 9)]
    alone = stepped(config, batches)
    meeting = tmp_path / "meeting"
    two = replace(config, processes=2)
    other = get_context("spawn").Process(target=other_member, args=(meeting, two, batches[1::2]))
    other.start()
    together = member(meeting, 0, two, batches[::2])
    other.join()
    assert other.exitcode == 0
    assert torch.allclose(alone, together, atol=2e-4)


def stepped(config: training.Config, batches: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The embedding after one step from the same start."""
    torch.manual_seed(0)
    trainer = training.Trainer(config, Transformer(config.shape), training.State())
    trainer.step(batches)
    return trainer.model.embed.weight.detach().clone()


def other_member(
    meeting: Path, config: training.Config, batches: list[tuple[Tensor, Tensor]]
) -> None:
    member(meeting, 1, config, batches)
    os._exit(0)  # as the trainer's other processes end


def member(
    meeting: Path, rank: int, config: training.Config, batches: list[tuple[Tensor, Tensor]]
) -> Tensor:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", f"file://{meeting}", rank=rank, world_size=2)
    try:
        return stepped(config, batches)
    finally:
        distributed.destroy_process_group()


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
