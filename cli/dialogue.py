"""How a run looks on a terminal: who did what, what it changed, what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

if TYPE_CHECKING:
    from ..core.answer import Answer
    from ..core.record import Step

COLOURS = {"meta_thinker": "magenta", "reasoner": "cyan", "voter": "yellow"}


def show_step(console: Console, step: Step, *, thoughts: bool = False) -> None:
    """One step: a headline, then the words said, then an error if there was one; with `thoughts` also what
    the model thought before the words."""
    usage = step.usage
    head = Text()
    head.append(step.speaker, COLOURS.get(step.speaker, "green") + " bold")
    head.append(
        f" {step.action.replace('_', ' ')}" + (f" → {step.target}" if step.target else ""), "dim"
    )
    cost = f"{usage.prompt_tokens}+{usage.completion_tokens} tokens, " if usage.calls else ""
    head.append(f"  {cost}{step.seconds:.2f} s", "dim")
    console.print(head)
    if step.calls and len(step.calls[-1].outputs) > 1:
        console.print(
            Padding(
                Text(f"{len(step.calls[-1].outputs)} samples, the first:", "dim"),
                (0, 2),
                expand=False,
            )
        )
    if thoughts and step.calls and "".join(step.calls[-1].reasoning[:1]):
        console.print(Padding(Text(step.calls[-1].reasoning[0], "dim"), (0, 4), expand=False))
    if step.output:
        console.print(Padding(Text(step.output), (0, 2), expand=False))
    if step.reason:
        console.print(Padding(Text(step.reason, "dim"), (0, 2), expand=False))
    changed = f"changed: {step.changed}" if step.changed else "changed nothing"
    console.print(Padding(Text(changed, "dim italic"), (0, 2), expand=False))
    if step.error:
        console.print(Padding(Text(step.error, "red"), (0, 2), expand=False))


def told(answer: Answer, *, full: bool = False) -> str:
    """What a person reads: the short answer, or the whole text where there is none (with `full` both), or why
    nothing was answered."""
    if answer.abstained:
        return f"I don't know: {answer.reason}"
    if full and answer.result != answer.text:
        return f"{answer.text}\n\nanswer: {answer.result}"
    return answer.result


def show_summary(console: Console, answer: Answer) -> None:
    """How it ended and what it cost, each role's share too."""
    usage = answer.usage
    sure = "no confidence" if answer.confidence is None else f"confidence {answer.confidence:.2f}"
    why = f": {answer.reason}".rstrip(": ")
    special = {"finished": "", "waiting": f", {answer.reason}", "failed": f", failed{why}"}
    ended = special.get(answer.ending, f", ended by {answer.ending}{why}")
    line = Text(f"{answer.method} on {answer.model}: {sure}{ended}\n")
    counted = f"{usage.prompt_tokens} in, {usage.cached_tokens} of them cached, {usage.completion_tokens} out"
    price = f", ${usage.usd:.4f}" if usage.usd else ""
    line.append(f"{usage.calls} calls, {usage.tokens} tokens ({counted}){price}")
    shares = [f"{role} {u.tokens}" for role, u in answer.run.usage_by_role.items() if u.calls]
    line.append(f"; by role: {', '.join(shares)}\nrun {answer.run.id}")
    console.print(line, style="dim")
