"""Between the library's English prompts and the embedded model's compact wording.

A conversation is recognised by the name of the prompt it opens with; what matters (question, plan, moves,
works) is taken from the values that prompts were filled with, never from their text, which users may
replace. A conversation of no known kind is put as a question to solve, unless a typed answer is wanted. What
it was not trained on it is not asked (`scope`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...core.errors import MalformedReply, UnsupportedByModel
from ...core.message import Message, RenderedPrompt, prompt_of, user
from . import critique_speech, fact_speech, mind_speech, strategy_speech, wording
from .scope import is_supported

if TYPE_CHECKING:
    from pydantic import BaseModel

FINISH_FLAG = "[FINISH]"
STATE_THE_ANSWER = f"The work is done. State the final answer. {FINISH_FLAG}"
REDO = "Do this again, the last work on it has a mistake: "

REAL_MODELS = (
    "Take a larger model: `gguf:FILE` (a GGUF file, run here), `vllm:NAME` or an `http://HOST:PORT/v1#NAME` "
    "server, or a hosted API such as `openai/gpt-4o-mini`"
)
OPEN = frozenset({"reasoner.write", "reasoner.write_by_plan", "reasoner.write_with_behaviors"})
"""Prompts for texts, code and JSON."""

Heard = Callable[[Sequence[Message]], str]
Said = Callable[[str, Sequence[Message]], str]


@dataclass(frozen=True)
class CompactWording:
    """Puts requests to the embedded model as it was trained to read them, and its replies into the form
    that roles expect. `control` names a file with the confidence fitted to its weights; empty for none."""

    control: str = ""

    def phrase(self, messages: Sequence[Message], answer: type[BaseModel] | None) -> list[Message]:
        """One message in compact wording. Before anything is asked it raises UnsupportedByModel for a
        question that the model was not trained on, and MalformedReply for a role that it does not have."""
        name = prompt_of(messages)
        if name in OPEN:
            raise UnsupportedByModel(
                f"the embedded model writes no texts, code or JSON. {REAL_MODELS}"
            )
        if not is_supported(_question(messages)) and name not in fact_speech.KINDS:
            raise UnsupportedByModel(
                f"the embedded model was not trained on questions like this one. {REAL_MODELS}"
            )
        untaught = critique_speech.UNTAUGHT | mind_speech.UNTAUGHT
        if name in untaught or (answer is not None and name not in KINDS):
            asked = name or "typed answers"
            raise MalformedReply(f"the embedded model does not support {asked}. {REAL_MODELS}")
        heard, _ = KINDS.get(name, FREE)
        return [user(heard(messages))]

    def read(self, text: str, messages: Sequence[Message], answer: type[BaseModel] | None) -> str:
        """The reply in plain words."""
        _, said = KINDS.get(prompt_of(messages), FREE)
        return said(text, messages)


def _slot(messages: Sequence[Message], name: str) -> str:
    """The last value that the conversation's prompts give this slot, empty if none does."""
    for message in reversed(messages):
        if isinstance(message.content, RenderedPrompt) and name in message.content.values:
            return message.content.values[name]
    return ""


def _question(messages: Sequence[Message]) -> str:
    """What the conversation is about: the prompts' question or situation, else its last message."""
    asked = _slot(messages, "question") or _slot(messages, "situation")
    return asked or str(messages[-1].content)


def _solve(messages: Sequence[Message]) -> str:
    return wording.solve(_slot(messages, "question"))


def _follow(messages: Sequence[Message]) -> str:
    moves = wording.read_plan(_slot(messages, "plan"))
    return wording.solve(_slot(messages, "question"), plan=moves)


def _plan(messages: Sequence[Message]) -> str:
    return wording.plan(_slot(messages, "question"))


def _next_move(messages: Sequence[Message]) -> str:
    return wording.next_move(_slot(messages, "question"), _turns(messages[2:]))


def _carry_out(messages: Sequence[Message]) -> str:
    said = [_value(message, "instruction") for message in messages[2:]]
    moves = [_slot(messages[:2], "instruction"), *said[1::2]]
    turns = [_turn(move, work) for move, work in zip(moves, said[0::2], strict=False)]
    return wording.follow(_slot(messages, "question"), _move(moves[-1]), turns)


def _turns(messages: Sequence[Message]) -> list[wording.Turn]:
    """Alternating moves and works."""
    said = [_value(message, "work") for message in messages]
    return [_turn(move, work) for move, work in zip(said[0::2], said[1::2], strict=True)]


def _value(message: Message, name: str) -> str:
    """The value of that name which the message's prompt was filled with, else the message's own words."""
    content = message.content
    return content.values[name] if isinstance(content, RenderedPrompt) else content


def _turn(move: str, work: str) -> wording.Turn:
    return wording.Turn(_move(move), wording.read_steps(work))


def _move(text: str) -> str:
    """A move as the model says it itself."""
    return (
        wording.FINISH if FINISH_FLAG in text else text.removeprefix(REDO).strip() or wording.FINISH
    )


def _say_move(text: str, messages: Sequence[Message]) -> str:
    move = wording.read_move(text)
    if move.act == "finish":
        return STATE_THE_ANSWER
    return REDO + move.text if move.act == "redo" else move.text


def _free(messages: Sequence[Message]) -> str:
    return wording.solve(_question(messages))


def _as_it_is(text: str, messages: Sequence[Message]) -> str:
    return text


FREE: tuple[Heard, Said] = (_free, _as_it_is)
KINDS: dict[str, tuple[Heard, Said]] = {
    "reasoner.solve": (_solve, _as_it_is),
    "reasoner.answer": (_solve, _as_it_is),
    "reasoner.follow": (_follow, _as_it_is),
    "reasoner.carry_out": (_carry_out, _as_it_is),
    "meta_thinker.plan": (_plan, _as_it_is),
    "meta_thinker.next_move": (_next_move, _say_move),
    **critique_speech.KINDS,
    **fact_speech.KINDS,
    **mind_speech.KINDS,
    **strategy_speech.KINDS,
}
