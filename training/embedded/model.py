"""The transformer we train: the Qwen2 architecture (RMSNorm, rotary positions, SwiGLU, tied head).

Written out here, in one page, because training on two CPU cores needs the loss computed only where
it counts and nothing else; `export.py` hands the same weights to Hugging Face's class and to
llama.cpp, and a test compares their log-probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """Sizes of the transformer. `head` is the width of one attention head, `context` the longest
    text."""

    vocabulary: int = 2560
    width: int = 192
    layers: int = 6
    head: int = 64
    inner: int = 512
    context: int = 2048
    theta: float = 10_000.0


class Norm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), 1e-6)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions, halves rotated against each other: x (..., time, head)."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention by plain matrix products, each (batch, heads, time, head).

    On a CPU in bf16 this is two to three times as fast, backward included, as the fused kernel.
    """
    batch, heads, time, head = q.shape
    future = torch.full((time, time), -1e4, dtype=q.dtype).triu(1)
    q, k, v = (x.reshape(batch * heads, time, head) for x in (q, k, v))
    scores = torch.baddbmm(future, q, k.transpose(1, 2), alpha=head**-0.5)
    return torch.bmm(scores.softmax(-1), v).view(batch, heads, time, head)


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.width // shape.head
        self.input_layernorm = Norm(shape.width)
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.o_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.post_attention_layernorm = Norm(shape.width)
        self.gate_up = nn.Linear(shape.width, 2 * shape.inner, bias=False)
        self.down_proj = nn.Linear(shape.inner, shape.width, bias=False)

    def heads_of(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x (batch, time, width) -> queries, keys, values, each (batch, heads, time, head)."""
        batch, time, width = x.shape
        parts = self.qkv(x).view(batch, time, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        return q, k, v

    def attend(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        q, k, v = self.heads_of(self.input_layernorm(x))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if x.device.type == "cpu":
            mixed = attention(q, k, v)
        else:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(mixed.transpose(1, 2).reshape(x.shape))

    def think(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(self.post_attention_layernorm(x)).chunk(2, dim=-1)
        return self.down_proj(F.silu(gate) * up)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.attend(x, cos, sin)
        return x + self.think(x)


class Transformer(nn.Module):
    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width)
        self.apply(self._start)
        for layer in self.blocks():
            nn.init.normal_(layer.o_proj.weight, std=0.02 / (2 * shape.layers) ** 0.5)
            nn.init.normal_(layer.down_proj.weight, std=0.02 / (2 * shape.layers) ** 0.5)
        cos, sin = rotations(shape)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def blocks(self) -> list[Layer]:
        """The layers, first to last."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    @staticmethod
    def _start(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def hidden(self, ids: Tensor) -> Tensor:
        """ids (batch, time) -> last hidden states (batch, time, width)."""
        time = ids.shape[1]
        x = self.embed(ids)
        dtype = torch.get_autocast_dtype(ids.device.type)
        if torch.is_autocast_enabled(ids.device.type):
            x = x.to(dtype)
        cos, sin = self.cos[:time].to(x.dtype), self.sin[:time].to(x.dtype)
        for layer in self.blocks():
            x = layer(x, cos, sin)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of every token, float32, for hidden states (..., width)."""
        return F.linear(hidden, self.embed.weight.to(hidden.dtype)).float()

    def loss(self, ids: Tensor, weights: Tensor) -> Tensor:
        """Summed weighted cross-entropy of the next token, only at the positions whose weight is
        not 0.

        ids (batch, time); weights (batch, time), weights[:, t] belonging to token t as a target.
        """
        hidden = self.hidden(ids[:, :-1])
        wanted = weights[:, 1:] > 0
        losses = F.cross_entropy(self.logits(hidden[wanted]), ids[:, 1:][wanted], reduction="none")
        return (losses * weights[:, 1:][wanted]).sum()


def rotations(shape: Shape) -> tuple[Tensor, Tensor]:
    """Cosines and sines, each (context, head / 2)."""
    half = shape.head // 2
    speeds = shape.theta ** (-torch.arange(half, dtype=torch.float32) / half)
    angles = torch.outer(torch.arange(shape.context, dtype=torch.float32), speeds)
    return angles.cos(), angles.sin()
