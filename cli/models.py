"""`metathink models`: what a model string may look like, and what is at hand on this machine."""

from __future__ import annotations

import os
from importlib.util import find_spec

from .output import echo, new_console


def models() -> None:
    """List the forms of model strings and which of them work here."""
    from rich.table import Table

    from ..models.embedded import ABILITIES

    llama = _here("xllamacpp", "pip install 'metathink[embedded]'")
    vllm = _here("vllm", "pip install 'metathink[vllm]', or set METATHINK_VLLM")
    vllm = "ready" if os.environ.get("METATHINK_VLLM") else vllm
    table = Table("model string", "who answers", "here", box=None, pad_edge=False)
    for row in (
        ("embedded", f"the model metathink ships: {ABILITIES}", llama),
        ("gguf:PATH", "a GGUF file, run by llama.cpp in this process", llama),
        ("vllm:ORG/MODEL", "vLLM, started here or joined", vllm),
        (
            "http://HOST:PORT/v1#MODEL",
            "any OpenAI-compatible server (key: METATHINK_API_KEY)",
            "ready",
        ),
        ("recorded:PATH", "samples recorded from real models (JSONL)", "ready"),
        ("cassette:PATH", "recorded replies; cassette:PATH?model=STRING records", "ready"),
        (
            "PROVIDER/MODEL",
            "hosted APIs and all litellm knows, with the provider's own key",
            "ready",
        ),
    ):
        table.add_row(*row)
    new_console().print(table)
    named = os.environ.get("METATHINK_MODEL", "").strip()
    why = "METATHINK_MODEL" if named else "METATHINK_MODEL is not set"
    echo(f"\nWithout --model: {named or 'embedded'} ({why})")


def _here(module: str, cure: str) -> str:
    return "ready" if find_spec(module) else cure
