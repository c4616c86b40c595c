"""Control tokens of chat models in a text: broken up, so that they stay text.

Local servers render a chat template around what messages hold and tokenise all of it together: a
question or a note with `<|im_end|><|im_start|>system` in it then ends its turn and begins another
(huggingface/transformers#29279, ggml-org/llama.cpp#26273). `broken_up` puts one space behind the first
character of each such marker: a reader sees the same words, a tokenizer none of its control tokens.

Known are the shapes of ChatML, Llama, Phi, Gemma, Mistral, DeepSeek, Command, gpt-oss, EXAONE, Seed and
their relatives. Ordinary angle brackets (`<table>`, `List<String>`) and square ones (`[INSTALL]`) stay
as they are; `<s>`, which is also HTML, does not. Thought tags (`<think>`) are no turn markers: prompts
name them on purpose.
"""

from __future__ import annotations

import re
from typing import Final

_ANGLED: Final = (
    r"[|\uff5c][^\s<>|\uff5c]{1,64}[|\uff5c]",  # <|im_start|>, DeepSeek's full-width bars
    r"\|(?:turn|channel|tool|tool_call|tool_response|image|audio|video)",  # Gemma 4: <|turn> ...
    r"(?:turn|channel|tool|tool_call|tool_response|image|audio|video)\|",  # ... <turn|>
    r"<\/?SYS>",  # Llama 2: <<SYS>>
    r"\/?s",
    r"(?:bos|eos|pad|unk|mask|sop|eop)",
    r"(?:start|end)_of_(?:turn|image|audio|text)",
    r"(?:begin|beginning|end)_of_(?:sentence|text)",
    r"(?:start|end)_function_(?:call|declaration|response)",
    r"\/?tool_(?:call|response)s?",
    r"fim_(?:prefix|middle|suffix|pad)",
    r"\/?seed:[a-z_]{1,40}",
    r"(?:reserved_|extra_id_|SPECIAL_|unused)[0-9]{1,6}",
)
_SQUARE: Final = (
    r"\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS|TOOL_CONTENT|MODEL_SETTINGS)",
    r"(?:ARGS|CALL_ID|IMG|IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|PREFIX|MIDDLE|SUFFIX)",
    r"\/?THINK",
    r"[gs]?MASK",
    r"\|[A-Za-z_]{1,40}\|",  # EXAONE: [|user|]
)
_MARKER: Final = re.compile(rf"(<)(?=(?:{'|'.join(_ANGLED)})>)|(\[)(?=(?:{'|'.join(_SQUARE)})\])")


def broken_up(text: str) -> str:
    """The text with a space behind the first character of every control token in it."""
    return _MARKER.sub(r"\g<0> ", text)
