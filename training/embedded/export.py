"""Weights to the two forms the engines read: `python -m metathink.training.embedded.export CONFIG
[TARGET]`.

Hugging Face (transformers and vLLM): config.json, model.safetensors in bf16, tokenizer files with
the chat template. llama.cpp: one GGUF with tokenizer and chat template inside, 16-bit or Q8_0.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from . import tokenizer as tokens
from .model import Shape
from .train import Config
from .weights import split

HERE = Path(__file__).resolve().parents[2] / "models" / "embedded"
NAME = "metathink-embedded"


def hugging_face(
    weights: dict[str, Tensor], shape: Shape, tokenizer: Tokenizer, folder: Path
) -> None:
    """Write the folder that `AutoModelForCausalLM.from_pretrained` and `vllm serve` read."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {name: value.to(torch.bfloat16) for name, value in split(weights, shape).items()}
    save_file(named, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer.save(str(folder / "tokenizer.json"))
    end = tokens.special(tokenizer, tokens.END)
    files = {
        "config.json": qwen2(shape, end),
        "generation_config.json": {"eos_token_id": end, "pad_token_id": end, "do_sample": False},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": tokens.END,
            "pad_token": tokens.END,
            "model_max_length": shape.context,
            "clean_up_tokenization_spaces": False,
            "chat_template": tokens.CHAT,
        },
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")


def qwen2(shape: Shape, end: int) -> dict[str, object]:
    """Hugging Face's config of this shape."""
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.width,
        "intermediate_size": shape.inner,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.width // shape.head,
        "num_key_value_heads": shape.width // shape.head,
        "max_position_embeddings": shape.context,
        "rope_theta": shape.theta,
        "rms_norm_eps": 1e-6,
        "hidden_act": "silu",
        "tie_word_embeddings": True,
        "use_sliding_window": False,
        "torch_dtype": "bfloat16",
        "bos_token_id": None,
        "eos_token_id": end,
        "pad_token_id": end,
    }


GGUF_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "model.layers.": "blk.",
}


def llama_cpp(
    weights: dict[str, Tensor], shape: Shape, tokenizer: Tokenizer, path: Path, q8: bool
) -> None:
    """Write one GGUF; matrices in Q8_0 or 16 bit, norms and biases in 32."""
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_name(NAME)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.width // shape.head)
    writer.add_head_count_kv(shape.width // shape.head)
    writer.add_rope_freq_base(shape.theta)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if q8 else gguf.LlamaFileType.MOSTLY_F16)
    _vocabulary(writer, tokenizer, shape.vocabulary)
    for name, value in split(weights, shape).items():
        for theirs, here in GGUF_NAMES.items():
            name = name.replace(theirs, here)
        writer.add_tensor(name, *_packed(value.to(torch.bfloat16).float().numpy(), q8))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _packed(
    value: np.ndarray, q8: bool
) -> tuple[np.ndarray, None, gguf.GGMLQuantizationType | None]:
    if value.ndim == 1:
        return value, None, None
    if not q8:
        return value.astype(np.float16), None, None
    kind = gguf.GGMLQuantizationType.Q8_0
    return gguf.quants.quantize(value, kind), None, kind


def _vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer, size: int) -> None:
    known = {number: token for token, number in tokenizer.get_vocab().items()}
    unused = gguf.TokenType.UNUSED
    kinds = [
        gguf.TokenType.CONTROL
        if known.get(i) in tokens.SPECIAL
        else gguf.TokenType.NORMAL
        if i in known
        else unused
        for i in range(size)
    ]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([known.get(i, f"[unused {i}]") for i in range(size)])
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{a} {b}" for a, b in tokens.merges_of(tokenizer)])
    end = tokens.special(tokenizer, tokens.END)
    writer.add_eos_token_id(end)
    writer.add_pad_token_id(end)
    writer.add_add_bos_token(False)
    writer.add_chat_template(tokens.CHAT)


def export(folder: Path, shape: Shape, target: Path, q8: bool) -> None:
    """The checkpoint in `folder` as `target`/model.gguf and `target`/hf/."""
    weights = load_file(folder / "model.safetensors")
    tokenizer = tokens.load(folder / "tokenizer.json")
    target.mkdir(parents=True, exist_ok=True)
    hugging_face(weights, shape, tokenizer, target / "hf")
    llama_cpp(weights, shape, tokenizer, target / "model.gguf", q8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, help="the config the model was trained with")
    parser.add_argument("target", type=Path, nargs="?", default=HERE)
    parser.add_argument("--q8", action="store_true", help="GGUF in Q8_0 instead of 16 bit")
    said = parser.parse_args()
    config = Config.read(said.config)
    export(Path(config.folder), config.shape, said.target, said.q8)


if __name__ == "__main__":
    main()
