"""The tokenizer: byte-level BPE with single digits, cut like Qwen2 so that every engine gives the
same tokens.

Words of the training texts become one token each. Merges that would glue brackets or operators
together are left out: `((-` must stay three tokens, or a model cannot count what it reads. The
vocabulary can be extended later without changing what earlier ids mean: new merges are appended, so
a training run can go on when a family is added.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

USER, ASSISTANT, END = "<|user|>", "<|assistant|>", "<|end|>"
SPECIAL = (END, USER, ASSISTANT)
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT = (
    "{% for message in messages %}{% if message.role == 'assistant' %}"
    "<|assistant|>{{ message.content }}<|end|>"
    "{% else %}<|user|>{{ message.content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SIGNS = re.compile(r"[^\w\sĠĊ]")


def learn(texts: Iterable[str], size: int) -> Tokenizer:
    """A tokenizer of at most `size` tokens for texts like these; ids of the special tokens come
    first."""
    return assemble(_merges(texts, size))


def extend(tokenizer: Tokenizer, texts: Iterable[str], size: int) -> Tokenizer:
    """The same tokenizer with the merges that `texts` need appended, up to `size` tokens."""
    old = merges_of(tokenizer)
    known = set(old)
    fresh = [merge for merge in _merges(texts, size) if merge not in known]
    return assemble([*old, *fresh][: size - 256 - len(SPECIAL)])


def assemble(merges: list[tuple[str, str]]) -> Tokenizer:
    """The tokenizer with these merges; a merge whose result is already a token adds no id."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = dict.fromkeys([*SPECIAL, *alphabet, *(a + b for a, b in merges)])
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


def merges_of(tokenizer: Tokenizer) -> list[tuple[str, str]]:
    return [(a, b) for a, b in json.loads(tokenizer.to_str())["model"]["merges"]]


def chat(tokenizer: Tokenizer, ask: str, reply: str) -> tuple[list[int], int]:
    """Token ids of one exchange, and how many of them are the prompt (the reply's loss counts in
    full)."""
    prompt = prompt_ids(tokenizer, ask)
    return [*prompt, *tokenizer.encode(reply).ids, special(tokenizer, END)], len(prompt)


def prompt_ids(tokenizer: Tokenizer, ask: str) -> list[int]:
    user, assistant = special(tokenizer, USER), special(tokenizer, ASSISTANT)
    return [user, *tokenizer.encode(ask).ids, assistant]


def special(tokenizer: Tokenizer, token: str) -> int:
    """The id of a special token. Raises ValueError for a tokenizer that is not one of ours."""
    number = tokenizer.token_to_id(token)
    if number is None:
        raise ValueError(f"this tokenizer has no {token}")
    return number


def load(path: Path) -> Tokenizer:
    return Tokenizer.from_file(str(path))


def _merges(texts: Iterable[str], size: int) -> list[tuple[str, str]]:
    tokenizer = assemble([])
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=3,
        show_progress=False,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    return _sound(merges_of(tokenizer))


def _sound(merges: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without merges that hold two signs, and without those that build on them."""
    lost: set[str] = set()
    kept = []
    for a, b in merges:
        if len(SIGNS.findall(a + b)) > 1 or a in lost or b in lost:
            lost.add(a + b)
        else:
            kept.append((a, b))
    return kept
