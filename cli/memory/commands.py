"""`metathink memory`: look into a memory, add to it, take it elsewhere, forget, draw it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ...core.errors import InvalidInput, StoreFailed
from ..option import AsJson, At, Namespace
from ..output import echo, echo_json
from .opening import read_text, with_memory

if TYPE_CHECKING:
    from ...memory import Fact, Memory

app = typer.Typer(help="Look into a memory, add to it, export, forget, draw.", no_args_is_help=True)

T = TypeVar("T")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="An entity's name, or the id of any item.")],
    at: At = "",
    namespace: Namespace = "default",
    history: Annotated[bool, typer.Option(help="Superseded facts too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show an entity with its facts and their sources, or one stored item."""
    found = with_memory(at, namespace, lambda memory: _shown(memory, name, history))
    if as_json:
        echo_json(found)
        return
    if "facts" not in found:
        for field, part in found.items():
            echo(f"{field}: {part}")
        return
    also = f" (also {', '.join(found['aliases'])})" if found["aliases"] else ""
    echo(f"{found['name']}{also}")
    for fact in found["facts"]:
        past = "  [no longer believed]" if fact["superseded"] else ""
        echo(f"  [{fact['id']}] {fact['text']}  (source: {fact['source']}){past}")


async def _shown(memory: Memory, name: str, history: bool) -> dict[str, Any]:

    entity = await memory.graph.entity(name)
    if entity is not None:
        facts = await memory.graph.facts(entity.name, superseded=history)
        return asdict(entity) | {"facts": [_fact(fact) for fact in facts]}
    async for item in memory.items():
        if item.key == name:
            return {"id": item.key, "kind": item.kind, **(item.value or {})}
    raise InvalidInput(f"no entity goes by the name {name!r}, and no item has that id")


def _fact(fact: Fact) -> dict[str, Any]:
    return asdict(fact) | {"text": fact.text, "source": str(fact.source)}


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="A question, or words.")],
    at: At = "",
    namespace: Namespace = "default",
    recipe: Annotated[str, typer.Option(help="Which memories, and how; see docs/recall.md.")] = (
        "everything"
    ),
    tokens: Annotated[int, typer.Option(help="What a prompt has room for.")] = 600,
    entities: Annotated[bool, typer.Option(help="Entities instead of items.")] = False,
    embedder: Annotated[
        str,
        typer.Option(
            help="By meaning too: minilm, model2vec:MODEL, or an embedding model's string."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Recall what matters for a question, and why."""

    async def found(memory: Memory) -> list[dict[str, Any]]:
        if entities:
            return [asdict(entity) for entity in await memory.graph.recall_entities(query)]
        items = await memory.recall(query, recipe=recipe, tokens=tokens)
        return [asdict(item) | {"source": str(item.source)} for item in items]

    for item in with_memory(at, namespace, found, embedder=embedder):
        if as_json:
            echo_json(item)
        elif entities:
            echo(f"{item['name']}\n    {item['why']}")
        else:
            echo(f"[{item['id']}] {item['text']}  (source: {item['source']})")
            echo(f"    {item['why']}")


@app.command()
def add(
    source: Annotated[str, typer.Option(help="Where it comes from.")],
    fact: Annotated[list[str] | None, typer.Argument(help="SUBJECT RELATION OBJECT")] = None,
    text: Annotated[str, typer.Option(help="A text file to remember; - reads stdin.")] = "",
    extract: Annotated[bool, typer.Option(help="Have a model read the text's facts too.")] = False,
    model: Annotated[str, typer.Option(help="Who reads them; see `metathink models`.")] = "",
    tokens: Annotated[int | None, typer.Option(help="Most tokens to spend, in and out.")] = None,
    calls: Annotated[int | None, typer.Option(help="Most model calls to make.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Most seconds to take.")] = None,
    usd: Annotated[float | None, typer.Option(help="Most dollars to spend.")] = None,
    at: At = "",
    namespace: Namespace = "default",
) -> None:
    """Add a fact, or remember a text: its passages and, with --extract, the facts it states."""
    from ...core.budget import Budget
    from .extract import extracted

    if bool(fact) == bool(text) or (fact and len(fact) != 3):
        raise InvalidInput("give SUBJECT RELATION OBJECT, or --text FILE")
    if extract and not text:
        raise InvalidInput("--extract reads the facts of --text FILE")
    limits = Budget(tokens, calls, seconds, usd)
    if not extract and (model or limits != Budget()):
        raise InvalidInput("--model and its limits are for --extract")
    if text:
        words = sys.stdin.read() if text == "-" else read_text(Path(text))
        if extract:
            extracted(at, namespace, words, source, model, limits)
            return
        ids = with_memory(at, namespace, lambda m: m.remember(words, source), new=True).passages
    else:
        subject, relation, object_ = fact or []
        triple = (subject, relation, object_)
        ids = with_memory(at, namespace, lambda m: m.graph.add_facts([triple], source), new=True)
    echo("\n".join(ids))


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A .jsonl or .graphml file.")],
    at: At = "",
    namespace: Namespace = "default",
) -> None:
    """Take in what was exported, or a graph that another program made."""
    from ...memory.graph.graph_file import import_graphml
    from ...memory.records.record_file import import_jsonl

    take = _by_suffix(path, {".jsonl": import_jsonl, ".graphml": import_graphml})
    count = with_memory(at, namespace, lambda memory: take(memory, path), new=True)
    echo(f"{count} imported", err=True)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help=".jsonl: everything; .graphml: the graph.")],
    at: At = "",
    namespace: Namespace = "default",
) -> None:
    """Write a memory to a file that `import` reads back identically."""
    from ...memory.graph.graph_file import export_graphml
    from ...memory.records.record_file import export_jsonl

    write = _by_suffix(path, {".jsonl": export_jsonl, ".graphml": export_graphml})
    count = with_memory(at, namespace, lambda memory: write(memory, path))
    echo(f"{count} exported to {path}", err=True)


@app.command()
def forget(
    source: Annotated[str, typer.Option(help="What came from this document or run.")] = "",
    older_than: Annotated[
        float | None, typer.Option(help="What was learned more than so many days ago.")
    ] = None,
    everything: Annotated[bool, typer.Option(help="All of this namespace.")] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Erase what the disk still holds of forgotten text.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    at: At = "",
    namespace: Namespace = "default",
) -> None:
    """Delete for good, from every index. Says so where the disk is not rid of it yet."""
    from datetime import UTC, datetime, timedelta

    if finish:
        _finish_forgetting(at, namespace)
        return
    if not (source or older_than is not None or everything):
        raise InvalidInput("say what to forget: --source, --older-than or --everything")
    if older_than is not None and not 0 <= older_than <= 1_000_000:
        raise InvalidInput(f"--older-than is a number of days, not {older_than:g}")
    limit = None if older_than is None else datetime.now(UTC) - timedelta(days=older_than)
    if not yes:
        echo(f"Forget this of {namespace!r} for good? [y/N]: ", err=True, nl=False)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            echo("\nnothing was forgotten", err=True)
            raise typer.Exit(1)
    count = with_memory(
        at,
        namespace,
        lambda memory: memory.forget(
            namespace=namespace if everything else None, source=source or None, older_than=limit
        ),
    )
    echo(f"{count} records forgotten", err=True)


def _finish_forgetting(at: str, namespace: str) -> None:
    if not with_memory(at, namespace, lambda memory: memory.finish_forgetting()):
        raise StoreFailed(
            "another process still reads what was forgotten: end it, or try again when it is done"
        )
    typer.echo("nothing forgotten is left in the file", err=True)


@app.command()
def check(
    drop: Annotated[bool, typer.Option("--drop", help="Delete what is damaged, for good.")] = False,
    at: At = "",
    namespace: Namespace = "default",
) -> None:
    """Look for damaged records: while there is one, nothing else can be read."""

    async def checked(memory: Memory) -> list[str]:
        found = await memory.damaged()
        if drop and found:
            await memory.drop([item for item, _ in found])
        return [f"{item.kind} {item.key!r:.40}: {fault}" for item, fault in found]

    faults = with_memory(at, namespace, checked)
    for fault in faults:
        typer.echo(fault)
    typer.echo(f"{len(faults)} damaged records{' dropped' if drop else ''}", err=True)
    if faults and not drop:
        raise typer.Exit(1)


@app.command()
def stats(at: At = "", namespace: Namespace = "default", as_json: AsJson = False) -> None:
    """Say what a memory holds."""
    counts = with_memory(at, namespace, _counts)
    if as_json:
        echo_json(counts)
        return
    for name, count in counts.items():
        echo(f"{count:>10,}  {name}")


async def _counts(memory: Memory) -> dict[str, int]:
    from ...memory.handbook.behavior import STATUSES
    from ...memory.records.change import EPISODES, PASSAGES, PEOPLE

    view = await memory.graph.view()
    records: dict[str, int] = dict.fromkeys((PASSAGES, EPISODES, PEOPLE), 0)
    async for item in memory.items(list(records)):
        records[item.kind] += 1
    counts = {
        "entities": sum(1 for _ in view.entities()),
        "facts believed": len(view),
        "facts superseded": len(view.table) - len(view),
    }
    for status in STATUSES:
        counts[f"{status} behaviors"] = len(await memory.handbook.behaviors(status=[status]))
    names = {PASSAGES: "passages", EPISODES: "episodes", PEOPLE: "notes on people"}
    counts |= {names[kind]: count for kind, count in records.items()}
    return counts | {"rules": len(await memory.rules.rules())}


@app.command()
def picture(
    path: Annotated[
        Path, typer.Argument(help=".html: a page to explore; .svg, .png: for a document.")
    ],
    about: Annotated[str, typer.Option(help="Around this entity.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=5_000, help="Most entities drawn.")] = 300,
    at: At = "",
    namespace: Namespace = "default",
) -> None:
    """Draw the knowledge graph."""
    from ...memory.graph.picture import Picture, picture_of
    from ...memory.records.record_file import replaced

    draw = _by_suffix(path, {".html": Picture.html, ".svg": Picture.svg, ".png": Picture.png})

    async def drawn(memory: Memory) -> Picture:
        view = await memory.graph.view()
        return picture_of(view, about=about or None, limit=limit, title=f"Memory of {namespace}")

    shown = with_memory(at, namespace, drawn)
    page = draw(shown)
    with replaced(path) as file:
        file.buffer.write(page.encode("utf-8") if isinstance(page, str) else page)
    echo(f"{shown.summary} Drawn in {path}", err=True)


def _by_suffix(path: Path, choices: dict[str, T]) -> T:

    if path.suffix.lower() not in choices:
        raise InvalidInput(f"{path}: the name must end in {' or '.join(choices)}")
    return choices[path.suffix.lower()]
