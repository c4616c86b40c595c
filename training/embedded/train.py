"""Train the embedded model: `python -m metathink.training.embedded.train CONFIG.toml`.

Reads one config file, goes on from the last checkpoint if its folder has one (at most a minute is
lost), and writes `model.safetensors`, `tokenizer.json` and `state.pt` there. Hidden matrices are
trained by Muon, the rest by AdamW, both held at their rate and then let down on a cosine. Documents
of like length share a batch, so that little is padding and every document stands at positions from
0 on, as it will when the model is used. On a CPU every core is a process of its own with its share
of a step's batches (`processes`): small matrices gain nothing from a second thread.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as group
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.multiprocessing.spawn import spawn

from . import tokenizer as tokens
from .mixture import Document, Mixture, names, read_attempts
from .model import Shape, Transformer
from .real import questions
from .weights import fused


@dataclass(frozen=True)
class Config:
    """One config file. `tokens` is the length of the run; `until` tokens or `minutes` may end it
    before (0: they do not). The rates fall on a cosine over the last `fall` of it (1: from the
    start), down to `final` of their top.

    A step holds several small batches, so that it sees several lengths, hence families, at once;
    `prompt` is the weight of a prompt's token in the loss beside a reply's 1 (reading teaches
    copying). `compile` (needs a C++ compiler; half a minute) makes a CPU step a quarter faster.
    """

    folder: str
    shape: Shape
    roles: dict[str, float]
    families: dict[str, float] = field(default_factory=dict)
    levels: dict[str, list[int]] = field(default_factory=dict)
    start: str = ""
    attempts: str = ""
    tokens: int = 40_000_000
    until: int = 0
    minutes: float = 0.0
    step_tokens: int = 8192
    micro_tokens: int = 1024
    longest: int = 640
    prompt: float = 0.1
    processes: int = 1
    workers: int = 0
    compile: bool = False
    seed: int = 1
    muon: float = 0.02
    adam: float = 0.003
    warmup: int = 100
    fall: float = 1.0
    final: float = 0.02
    vocabulary_texts: int = 600

    @classmethod
    def read(cls, path: Path) -> Config:
        """The config of a TOML file. Raises TypeError for a name that does not exist."""
        said = tomllib.loads(path.read_text())
        shape = Shape(**said.pop("shape", {}))
        return cls(shape=shape, **said)

    def weights(self) -> dict[str, float]:
        """Shares of the families that are there: 1 where the config says nothing."""
        return {
            name: self.families.get(name, 1.0)
            for name in names()
            if self.families.get(name, 1.0) > 0
        }

    def mixture(self) -> Mixture:
        attempts = read_attempts(Path(self.attempts)) if self.attempts else {}
        return Mixture(
            self.roles,
            self.weights(),
            self.seed,
            self.longest,
            attempts,
            frozenset(questions()),
            self.levels,
        )


@dataclass
class State:
    """What a checkpoint holds beside the weights."""

    step: int = 0
    seen: int = 0
    document: int = 0
    optimizers: list[dict[str, Any]] = field(default_factory=list)


# --- data ---------------------------------------------------------------------------


def make_tokenizer(config: Config, old: Tokenizer | None) -> Tokenizer:
    """The tokenizer for the config's mixture; an old one is only extended, so its weights stay
    valid."""
    mixture = replace(config.mixture(), attempts={}, seed=config.seed + 1)
    examples = (mixture.example(i) for i in range(config.vocabulary_texts * len(mixture.families)))
    texts = [text for e in examples if e for text in (e.ask, e.reply)]
    size = config.shape.vocabulary
    return tokens.extend(old, texts, size) if old else tokens.learn(texts, size)


def micro_batches(
    documents: Iterator[tuple[int, Document]], config: Config, rng: random.Random
) -> Iterator[tuple[int, list[Document]]]:
    """(next document number, documents of like length), shuffled within a pool of sixteen steps."""
    while True:
        pool: list[Document] = []
        last = held = 0
        while held < 16 * config.step_tokens:
            last, document = next(documents)
            pool.append(document)
            held += len(document.ids)
        batches = list(cut(sorted(pool, key=lambda d: len(d.ids)), config.micro_tokens))
        rng.shuffle(batches)
        for batch in batches:
            yield last + 1, batch


def cut(documents: Sequence[Document], limit: int) -> Iterator[list[Document]]:
    """Neighbours together, as many as fit in `limit` tokens with their padding."""
    batch: list[Document] = []
    for document in documents:
        if batch and len(document.ids) * (len(batch) + 1) > limit:
            yield batch
            batch = []
        batch.append(document)
    yield batch


def tensors(batch: Sequence[Document], heard: float) -> tuple[Tensor, Tensor]:
    """Ids and loss weights, each (documents, longest): replies weigh 1, prompts `heard`, padding
    0."""
    longest = max(len(document.ids) for document in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    weights = torch.zeros(len(batch), longest)
    for row, document in enumerate(batch):
        ids[row, : len(document.ids)] = torch.tensor(document.ids)
        weights[row, : document.prompt] = heard
        weights[row, document.prompt : len(document.ids)] = 1.0
    return ids, weights


class Stream(torch.utils.data.IterableDataset[tuple[int, Tensor, Tensor]]):
    """Micro-batches as tensors; every process, and every worker of one, makes its own share of the
    documents."""

    def __init__(self, config: Config, tokenizer: str, first: int, rank: int = 0) -> None:
        self.config, self.tokenizer, self.first, self.rank = config, tokenizer, first, rank

    def __iter__(self) -> Iterator[tuple[int, Tensor, Tensor]]:
        worker = torch.utils.data.get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        index, every = self.rank * workers + mine, self.config.processes * workers
        tokenizer = Tokenizer.from_str(self.tokenizer)
        documents = self.config.mixture().documents(tokenizer, self.first + index, every)
        rng = random.Random(f"{self.config.seed}/{self.first}/{index}")
        for number, batch in micro_batches(documents, self.config, rng):
            yield number, *tensors(batch, self.config.prompt)


# --- optimising ---------------------------------------------------------------------


def optimizers(model: Transformer, config: Config) -> list[torch.optim.Optimizer]:
    hidden = [p for p in model.layers.parameters() if p.ndim == 2]
    rest = [p for p in model.parameters() if not any(p is h for h in hidden)]
    return [
        torch.optim.Muon(hidden, lr=config.muon, momentum=0.95, weight_decay=0.01),
        torch.optim.AdamW(rest, lr=config.adam, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def pace(state: State, config: Config) -> float:
    """Factor on the learning rates: warm-up by steps, level, then a cosine over the last tokens."""
    left = max(1.0 - state.seen / config.tokens, 0.0)
    done = 1.0 - min(left / config.fall, 1.0)
    cosine = config.final + (1 - config.final) * 0.5 * (1 + math.cos(math.pi * done))
    return min((state.step + 1) / config.warmup, 1.0) * cosine


class Trainer:
    """The model and its optimisers; with `processes`, one of as many that hold the same weights."""

    def __init__(self, config: Config, model: Transformer, state: State) -> None:
        self.config, self.model, self.state = config, model, state
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model.to(self.device)
        if config.compile:
            for layer in model.blocks():
                layer.compile(dynamic=True)
        self.optimizers = optimizers(model, config)
        for optimizer, held in zip(self.optimizers, state.optimizers, strict=False):
            optimizer.load_state_dict(held)

    def step(self, batches: Sequence[tuple[Tensor, Tensor]]) -> float:
        """One optimiser step over the micro-batches of all processes; mean loss of a learned
        token."""
        said = sum(self._gradient(ids, weights) for ids, weights in batches)
        learned = sum(float(weights[:, 1:].sum()) for _, weights in batches)
        seen = sum(ids.numel() for ids, _ in batches)
        said, learned, seen = self._gather(said, learned, seen)
        for p in self.model.parameters():
            assert p.grad is not None, "every parameter is in the loss"
            p.grad /= learned
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer, rate in zip(
            self.optimizers, (self.config.muon, self.config.adam), strict=True
        ):
            for param_group in optimizer.param_groups:
                param_group["lr"] = rate * pace(self.state, self.config)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.state.step += 1
        self.state.seen += int(seen)
        return said / learned

    def _gradient(self, ids: Tensor, weights: Tensor) -> float:
        with torch.autocast(self.device.type, torch.bfloat16):
            loss = self.model.loss(ids.to(self.device), weights.to(self.device))
        loss.backward()
        return float(loss.detach())

    def _gather(self, *sums: float) -> list[float]:
        """The gradients and these numbers, each summed over all processes."""
        if self.config.processes == 1:
            return list(sums)
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        together = torch.cat([*(g.flatten() for g in gradients), torch.tensor(sums)])
        group.all_reduce(together)
        *parts, numbers = together.split([*(g.numel() for g in gradients), len(sums)])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
        return numbers.tolist()

    def late(self, minutes: float) -> bool:
        """Whether the time of any process is up."""
        if not self.config.minutes:
            return False
        over = minutes > self.config.minutes
        if self.config.processes > 1:
            said = torch.tensor(float(over))
            group.all_reduce(said)
            over = bool(said)
        return over


# --- the run ------------------------------------------------------------------------


def save(folder: Path, trainer: Trainer, tokenizer: Tokenizer) -> None:
    """A checkpoint that is whole at every moment: written beside, then renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    weights = {name: value.detach().cpu() for name, value in trainer.model.state_dict().items()}
    save_file(weights, folder / "model.safetensors.new")
    held = {
        "step": trainer.state.step,
        "seen": trainer.state.seen,
        "document": trainer.state.document,
        "optimizers": [optimizer.state_dict() for optimizer in trainer.optimizers],
    }
    torch.save(held, folder / "state.pt.new")
    os.replace(folder / "model.safetensors.new", folder / "model.safetensors")
    os.replace(folder / "state.pt.new", folder / "state.pt")


def begin(config: Config) -> tuple[Transformer, Tokenizer, State]:
    """Go on from the folder's checkpoint, else from the `start` folder's weights (a checkpoint's or
    exported ones, `hf`), else from nothing."""
    folder, start = Path(config.folder), Path(config.start or config.folder)
    source = folder if (folder / "state.pt").exists() else start
    known = (source / "model.safetensors").exists()
    old = tokens.load(source / "tokenizer.json") if known else None
    tokenizer = make_tokenizer(config, old)
    torch.manual_seed(config.seed)
    model = Transformer(config.shape)
    if known:
        model.load_state_dict(fused(load_file(source / "model.safetensors"), config.shape))
    if source != folder or not known:
        return model, tokenizer, State()
    return model, tokenizer, State(**torch.load(folder / "state.pt", weights_only=True))


def train(config: Config) -> list[float]:
    """Train to the end of the config's tokens or minutes; losses of this session's steps."""
    if config.processes == 1:
        return _train(config, 0)
    with tempfile.TemporaryDirectory() as meeting:
        others = spawn(_help, (config, meeting), config.processes - 1, join=False)
        assert others is not None, "they were not waited for"
        losses = _join(0, config, meeting)
        while not others.join():
            pass
    return losses


def _help(index: int, config: Config, meeting: str) -> None:
    """One of the other processes of a training."""
    _join(index + 1, config, meeting)
    os._exit(0)  # threads of gloo may outlive the group, and abort an orderly exit


def _join(rank: int, config: Config, meeting: str) -> list[float]:
    """Process `rank` of a training by several; the first writes and tells."""
    torch.set_num_threads(1)
    group.init_process_group(
        "gloo", f"file://{meeting}/place", rank=rank, world_size=config.processes
    )
    try:
        return _train(config, rank)
    finally:
        group.destroy_process_group()


def _train(config: Config, rank: int) -> list[float]:
    model, tokenizer, state = begin(config)
    trainer = Trainer(config, model, state)
    stream = Stream(config, tokenizer.to_str(), state.document, rank)
    loader = iter(torch.utils.data.DataLoader(stream, batch_size=None, num_workers=config.workers))
    losses: list[float] = []
    began = saved = time.monotonic()
    first = state.seen
    if rank == 0:
        size = sum(p.numel() for p in model.parameters())
        print(f"{size:,} parameters, {list(config.weights())}", flush=True)
    while state.seen < (config.until or config.tokens):
        batches: list[tuple[Tensor, Tensor]] = []
        share = config.step_tokens / config.processes
        while sum(ids.numel() for ids, _ in batches) < share * 0.9:
            state.document, ids, weights = next(loader)
            batches.append((ids, weights))
        losses.append(trainer.step(batches))
        minutes = (time.monotonic() - began) / 60
        if rank == 0 and state.step % 20 == 0:
            rate = (state.seen - first) / minutes / 60
            mean = sum(losses[-20:]) / len(losses[-20:])
            print(f"{state.step} {state.seen:,} loss {mean:.4f} {rate:,.0f} tok/s", flush=True)
        if rank == 0 and time.monotonic() - saved > 60:
            save(Path(config.folder), trainer, tokenizer)
            saved = time.monotonic()
        if trainer.late(minutes):
            break
    if rank == 0:
        save(Path(config.folder), trainer, tokenizer)
    return losses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    train(Config.read(parser.parse_args().config))


if __name__ == "__main__":
    main()
