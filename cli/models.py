"""`metathink models`: what a model string may look like, and what is at hand on this machine."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from importlib.util import find_spec

import typer

from ..core.errors import EndpointFailed
from .option import AsJson
from .output import echo, echo_json, new_console

app = typer.Typer(
    help="The forms of model strings, and which of them work here.", invoke_without_command=True
)


@app.command("check")
def check(model: str, as_json: AsJson = False) -> None:
    """Ask MODEL a few short questions: what works, what is left out, its context and speed."""
    from ..models.check import Check
    from ..models.check import check as checked
    from ..models.open import open_model

    async def found() -> Check:
        return await checked(await open_model(model))

    result = asyncio.run(found())
    if as_json:
        echo_json(asdict(result))
    else:
        for finding in result.findings:
            echo(f"{finding.name:<16}{'works' if finding.works else 'fails':<8}{finding.seen}")
        echo(f"{'left out':<16}{', '.join(result.left_out) or 'nothing'}")
        echo(f"{'context':<16}{result.context or 'unknown'}")
        echo(f"{'speed':<16}{f'{result.speed:.0f} tokens/s' if result.speed else 'unknown'}")
    if not result.findings[0].works:
        raise EndpointFailed(f"{model} did not answer: {result.findings[0].seen}")


@app.callback()
def models(context: typer.Context) -> None:
    """List the forms of model strings and which of them work here."""
    if context.invoked_subcommand is not None:
        return
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
