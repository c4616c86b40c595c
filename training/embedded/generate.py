"""Many replies at once from a model in training: batched sampling with a key-value cache, CPU or
GPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from .model import Transformer, rotate
from .tokenizer import END, prompt_ids, special


@dataclass
class Cache:
    """Keys and values of all layers, each (layers, rows, heads, room, head), and how many each row
    has."""

    keys: Tensor
    values: Tensor
    lengths: Tensor

    @classmethod
    def empty(cls, model: Transformer, rows: int, room: int) -> Cache:
        shape = model.shape
        size = (shape.layers, rows, shape.width // shape.head, room, shape.head)
        like = model.embed.weight
        return cls(
            torch.zeros(size, dtype=torch.bfloat16, device=like.device),
            torch.zeros(size, dtype=torch.bfloat16, device=like.device),
            torch.zeros(rows, dtype=torch.long, device=like.device),
        )

    def keep(self, rows: Tensor) -> None:
        self.keys, self.values = self.keys[:, rows], self.values[:, rows]
        self.lengths = self.lengths[rows]


@torch.inference_mode()
def replies(
    model: Transformer,
    tokenizer: Tokenizer,
    asks: Sequence[str],
    *,
    temperature: float = 0.0,
    longest: int = 768,
    rows: int = 64,
    seed: int = 0,
) -> list[str]:
    """One reply per ask, in order. `longest` bounds prompt and reply together, in tokens."""
    torch.manual_seed(seed)
    prompts = [prompt_ids(tokenizer, ask)[-longest + 1 :] for ask in asks]
    order = sorted(range(len(asks)), key=lambda i: len(prompts[i]))
    found: dict[int, str] = {}
    for first in range(0, len(order), rows):
        batch = order[first : first + rows]
        with torch.autocast(model.embed.weight.device.type, torch.bfloat16):
            lines = _batch(model, [prompts[i] for i in batch], temperature, longest, tokenizer)
        found.update(zip(batch, lines, strict=True))
    return [found[i] for i in range(len(asks))]


def _batch(
    model: Transformer,
    prompts: Sequence[Sequence[int]],
    temperature: float,
    longest: int,
    tokenizer: Tokenizer,
) -> list[str]:
    device = model.embed.weight.device
    end = special(tokenizer, END)
    width = max(map(len, prompts))
    ids = torch.zeros(len(prompts), width, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, : len(prompt)] = torch.tensor(prompt)
    cache = Cache.empty(model, len(prompts), longest)
    hidden = _forward(model, ids.to(device), cache)
    lengths = torch.tensor([len(p) for p in prompts], device=device)
    cache.lengths = lengths.clone()
    last = hidden[torch.arange(len(prompts), device=device), lengths - 1]
    alive = torch.arange(len(prompts), device=device)
    done = torch.zeros(len(prompts), dtype=torch.bool, device=device)
    said: list[list[int]] = [[] for _ in prompts]
    while len(alive):
        token = _draw(model.logits(last), temperature)
        for row, number, over in zip(alive.tolist(), token.tolist(), done.tolist(), strict=True):
            if not over:
                said[row].append(number)
        token[done] = end
        done = (token == end) | (cache.lengths >= longest - 1)
        if int(done.sum()) * 2 > len(done):  # finished rows run along until they are the most
            on = ~done
            alive, token, done = alive[on], token[on], done[on]
            cache.keep(on)
        if len(alive):
            last = _forward(model, token[:, None], cache)[:, 0]
            cache.lengths = (cache.lengths + 1).clamp(max=longest - 1)
    return [tokenizer.decode(line) for line in said]


def _draw(logits: Tensor, temperature: float) -> Tensor:
    if temperature == 0:
        return logits.argmax(-1)
    return torch.multinomial((logits / temperature).softmax(-1), 1)[:, 0]


def _forward(model: Transformer, ids: Tensor, cache: Cache) -> Tensor:
    """Hidden states (rows, time, width) of new tokens; their keys and values go into the cache."""
    rows, time = ids.shape
    places = cache.lengths[:, None] + torch.arange(time, device=ids.device)
    room = int(places.max()) + 1
    heard = torch.arange(room, device=ids.device)[None, None] <= places[..., None]
    x = model.embed(ids).to(torch.bfloat16)
    cos, sin = (t[places][:, None].to(x.dtype) for t in (model.cos, model.sin))
    at = torch.arange(rows, device=ids.device)[:, None]
    for number, layer in enumerate(model.blocks()):
        q, k, v = layer.heads_of(layer.input_layernorm(x))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        keys, values = cache.keys[number], cache.values[number]
        keys[at, :, places] = k.transpose(1, 2)
        values[at, :, places] = v.transpose(1, 2)
        scores = q @ keys[:, :, :room].transpose(2, 3) * q.shape[-1] ** -0.5
        shares = scores.masked_fill(~heard[:, None], -1e4).softmax(-1)
        mixed = shares @ values[:, :, :room]
        x = x + layer.o_proj(mixed.transpose(1, 2).reshape(x.shape))
        x = x + layer.think(x)
    return model.norm(x)
