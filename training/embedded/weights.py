"""Our weights under Hugging Face's names, and back: what `export` writes, `train` can start from."""

from __future__ import annotations

import torch
from torch import Tensor

from .model import Shape

FUSED = {
    "qkv": [f"self_attn.{part}_proj" for part in "qkv"],
    "gate_up": ["mlp.gate_proj", "mlp.up_proj"],
    "down_proj": ["mlp.down_proj"],
    "o_proj": ["self_attn.o_proj"],
    "input_layernorm": ["input_layernorm"],
    "post_attention_layernorm": ["post_attention_layernorm"],
}
"""A layer's matrices: ours, and Hugging Face's that stand above each other in it."""
OUTSIDE = {"embed.weight": "model.embed_tokens.weight", "norm.weight": "model.norm.weight"}


def _names(shape: Shape) -> dict[str, list[str]]:
    """Hugging Face's names of the parts of each of our weights."""
    names = {ours: [theirs] for ours, theirs in OUTSIDE.items()}
    for i in range(shape.layers):
        for ours, parts in FUSED.items():
            for kind in ("weight", "bias") if ours == "qkv" else ("weight",):
                names[f"layers.{i}.{ours}.{kind}"] = [f"model.layers.{i}.{p}.{kind}" for p in parts]
    return names


def split(weights: dict[str, Tensor], shape: Shape) -> dict[str, Tensor]:
    """Our weights under Hugging Face's names (fused matrices taken apart), as they are typed."""
    return {
        name: part.contiguous()
        for ours, theirs in _names(shape).items()
        for name, part in zip(theirs, weights[ours].chunk(len(theirs)), strict=True)
    }


def fused(weights: dict[str, Tensor], shape: Shape) -> dict[str, Tensor]:
    """Weights under Hugging Face's names as ours, float32; ours are given back as they are."""
    if OUTSIDE["embed.weight"] not in weights:
        return weights
    return {
        ours: torch.cat([weights[name].float() for name in theirs])
        for ours, theirs in _names(shape).items()
    }
