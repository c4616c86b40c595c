"""`metathink handbook`: learn behaviors, read them, edit them, merge them, take them out as a page."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import InvalidConfig, InvalidInput
from ..memory.opening import read_text, with_memory
from ..option import AsJson, At, Namespace
from ..output import echo, echo_json, new_console
from .export_sft import export_sft
from .learn import learn

if TYPE_CHECKING:
    from ...memory import Behavior, Memory
    from ...memory.handbook.handbook_file import Reading

app = typer.Typer(
    help="The behavior handbook: learn, list, show, edit, merge, export.", no_args_is_help=True
)
app.command("learn")(learn)
app.command("export-sft")(export_sft)

Name = Annotated[str, typer.Argument(help="A behavior's name or id.")]
_SOURCE = "command line"


@app.command("list")
def list_(
    topic: Annotated[str, typer.Option(help="Of this topic only.")] = "",
    status: Annotated[str, typer.Option(help="active, candidate, retired or all.")] = "all",
    at: At = "",
    namespace: Namespace = "default",
    as_json: AsJson = False,
) -> None:
    """List behaviors with what they earned, those most likely to help first."""
    from rich.table import Table
    from rich.text import Text

    from ...memory.handbook.behavior import STATUSES

    if status not in (*STATUSES, "all"):
        raise InvalidInput(f"--status is {', '.join(STATUSES)} or all, not {status!r}")
    wanted: Any = STATUSES if status == "all" else (status,)
    found = with_memory(
        at, namespace, lambda m: m.handbook.behaviors(topic=topic or None, status=wanted)
    )
    if as_json:
        for behavior in found:
            echo_json(_plain(behavior))
        return
    table = Table("behavior", "status", "uses", "effect", "helps", "instruction", box=None)
    for behavior in found:
        credit = behavior.credit
        earned = (str(credit.uses), f"{credit.effect:+.0%}", f"{credit.chance:.0%}")
        cells = (behavior.name, behavior.status, *earned, behavior.instruction)
        table.add_row(*(Text(cell) for cell in cells))
    new_console().print(table)


@app.command()
def show(
    name: Name, at: At = "", namespace: Namespace = "default", as_json: AsJson = False
) -> None:
    """Show one behavior: its words, what it earned, where it came from, its versions."""

    async def found(memory: Memory) -> dict[str, Any]:
        behavior = await memory.handbook.behavior(name)
        versions = [
            asdict(v) | {"source": str(v.source)} for v in await memory.handbook.versions(name)
        ]
        return _plain(behavior) | {"versions": versions}

    shown = with_memory(at, namespace, found)
    if as_json:
        echo_json(shown)
        return
    credit = shown["credit"]
    echo(f"{shown['name']} ({shown['status']}) [{shown['id']}]\n  {shown['instruction']}")
    echo(
        f"  {credit['uses']} uses, {credit['held_back']} held back, helped {credit['helped']}, "
        f"hurt {credit['hurt']}, effect {credit['effect']:+.0%}, "
        f"{credit['tokens_saved']:.0f} tokens saved"
    )
    echo(f"  from {'; '.join(shown['sources'])}")
    for version in shown["versions"]:
        echo(
            f"  {version['id']} {version['learned']:%Y-%m-%d %H:%M} {version['edit']}: "
            f"{version['instruction']}"
        )


@app.command()
def edit(
    name: Annotated[str, typer.Argument(help="A behavior; without: the whole handbook.")] = "",
    instruction: Annotated[str, typer.Option(help="Its new words.")] = "",
    topic: Annotated[str | None, typer.Option(help="Its new topic.")] = None,
    status: Annotated[str, typer.Option(help="retired or active.")] = "",
    version: Annotated[str, typer.Option(help="Go back to this version's words.")] = "",
    page: Annotated[Path | None, typer.Option(help="Read back an edited page (.md).")] = None,
    at: At = "",
    namespace: Namespace = "default",
) -> None:
    """Change a behavior; or read a page back; or, with nothing given, open it all in $EDITOR."""
    if not name:
        reading = with_memory(at, namespace, lambda memory: _edit_page(memory, page))
        for done, names in asdict(reading).items():
            echo(f"{done}: {', '.join(names) or '-'}")
        return
    shown = with_memory(
        at, namespace, lambda m: _edit_one(m, name, instruction, topic, status, version)
    )
    echo(f"{shown.name} ({shown.status}): {shown.instruction}")


@app.command()
def merge(
    name: Name,
    into: Annotated[str, typer.Option(help="The behavior that stays.")],
    at: At = "",
    namespace: Namespace = "default",
) -> None:
    """Merge a behavior into another: their evidence is one from now on."""
    kept = with_memory(at, namespace, lambda m: m.handbook.merge(name, into=into, source=_SOURCE))
    echo(f"{kept.name}: {kept.instruction}")


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help=".md: a page to edit; .jsonl: with all evidence.")],
    at: At = "",
    namespace: Namespace = "default",
) -> None:
    """Write the handbook as a page for `edit --page`, or as JSONL for `memory import`."""
    if path.suffix.lower() not in (".md", ".jsonl"):
        raise InvalidInput(f"{path}: the name must end in .md or .jsonl")
    with_memory(at, namespace, lambda memory: _export(memory, path))
    echo(f"exported to {path}", err=True)


async def _export(memory: Memory, path: Path) -> None:
    from ...memory.handbook.handbook_file import handbook_markdown
    from ...memory.records.change import BEHAVIORS
    from ...memory.records.record_file import export_jsonl, replaced

    if path.suffix.lower() == ".jsonl":
        await export_jsonl(memory, path, [BEHAVIORS])
        return
    with replaced(path) as file:
        file.write(await handbook_markdown(memory))


async def _edit_page(memory: Memory, path: Path | None) -> Reading:
    from ...memory.handbook.handbook_file import handbook_markdown, read_handbook_markdown

    if path is not None:
        return await read_handbook_markdown(memory, read_text(path), source=path.name)
    page = _in_editor(await handbook_markdown(memory))
    return await read_handbook_markdown(memory, page, source=_SOURCE)


def _in_editor(page: str) -> str:
    """The page as the person left it in $VISUAL, $EDITOR or vi."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "handbook.md"
        path.write_text(page, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
        except (OSError, ValueError, subprocess.CalledProcessError) as failure:
            raise InvalidConfig(f"the editor {editor!r} failed: {failure}") from failure
        return read_text(path)


async def _edit_one(
    memory: Memory, name: str, instruction: str, topic: str | None, status: str, version: str
) -> Behavior:
    handbook = memory.handbook
    if status not in ("", "active", "retired"):
        raise InvalidInput(f"--status is active or retired, not {status!r}")
    if not (instruction or status or version or topic is not None):
        raise InvalidInput("say what to change: --instruction, --topic, --status or --version")
    if version:
        await handbook.rollback(name, version, source=_SOURCE)
    if instruction or topic is not None:
        await handbook.edit(name, instruction=instruction or None, topic=topic, source=_SOURCE)
    if status:
        change = handbook.retire if status == "retired" else handbook.restore
        await change(name, reason=_SOURCE)
    return await handbook.behavior(name)


def _plain(behavior: Behavior) -> dict[str, Any]:
    return asdict(behavior) | {"sources": [str(source) for source in behavior.sources]}
