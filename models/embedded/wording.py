"""The compact wording the embedded model was trained on: what it hears for each role, and how its
reply is read.

Training writes its examples with these very functions and the library asks with them, so that the
two can never drift apart. Every `ask` text is the content of ONE user message; what is shared
between roles (the question, then a solution) comes first, so that a server's prefix cache serves
all of them. Every `read_*` takes any text whatever: a reply of another form gives the empty value
of its type, never an exception.

    question                 what the model is asked about, in its own words
    @behaviors, @plan ...    sections with what the role is given
    @solve                   the last line: the role
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Steps = Sequence[str]
"""Lines of a worked solution, one step each; the last one is `answer: ...` when it is finished."""

RIGHT = "all steps are right"
FINISH = "finish"


@dataclass(frozen=True)
class Critique:
    """What a critic found: `step` counts from 1; 0 says that every step is right.

    `reason` tells what is wrong in words; `correction` is what the step should say. `severity` is
    "low" (the answer may survive the slip), "high" (it cannot) or "none".
    """

    step: int
    correction: str = ""
    severity: str = "none"

    @property
    def right(self) -> bool:
        return self.step == 0

    @property
    def reason(self) -> str:
        return RIGHT if self.right else f"step {self.step} should say: {self.correction}"


@dataclass(frozen=True)
class Move:
    """What the meta-thinker does next: act is "do", "redo" (the last work is wrong) or "finish"."""

    act: str
    text: str = ""


@dataclass(frozen=True)
class Turn:
    """One exchange of the meta-thinker and the reasoner: the move and the steps it brought."""

    move: str
    steps: tuple[str, ...] = ()


# --- what is asked ------------------------------------------------------------------


def solve(
    question: str,
    *,
    behaviors: Sequence[tuple[str, str]] = (),
    plan: Sequence[str] = (),
) -> str:
    """Solve step by step; `behaviors` are (name, instruction) pairs that may help, `plan` the moves
    to follow."""
    sections = []
    if behaviors:
        sections += ["@behaviors", *(f"- {name}: {flat(text)}" for name, text in behaviors)]
    if plan:
        sections += ["@plan", *(f"- {flat(move)}" for move in plan)]
    return _ask(question, sections, "solve")


def direct(question: str) -> str:
    """Answer at once, without steps."""
    return _ask(question, [], "direct")


def plan(question: str) -> str:
    """Say the moves that would solve the question."""
    return _ask(question, [], "plan")


def next_move(question: str, turns: Sequence[Turn] = ()) -> str:
    """Say the next move after the turns done so far: go on, do the last one again, or finish."""
    return _ask(question, _turns(turns), "next")


def follow(question: str, move: str, turns: Sequence[Turn] = ()) -> str:
    """Carry out one move after the turns done so far."""
    return _ask(question, [*_turns(turns), f"@move {flat(move)}"], "follow")


def revise(question: str, solution: Steps, found: Critique) -> str:
    """Go on from the step the critique names, as it should be; what came after it is not shown.

    So the reply goes on just as a solution would: a small model copies what it sees, slips and all.
    """
    return _ask(question, ["@solution", *map(flat, mended(solution, found))], "revise")


def judge(question: str, answer: str, solution: Steps = ()) -> str:
    """Is the answer true or false? The first token's probability of "true" is the confidence in
    it."""
    return _ask(question, [*_solution(solution), f"@answer {flat(answer)}"], "judge")


def confidence(question: str, answer: str, solution: Steps = ()) -> str:
    """How sure is the answer, in per cent?"""
    return _ask(question, [*_solution(solution), f"@answer {flat(answer)}"], "confidence")


def compare(question: str, first: Steps, second: Steps) -> str:
    """Which of two solutions is better?"""
    return _ask(question, ["@first", *_lines(first), "@second", *_lines(second)], "compare")


def extract_behavior(question: str, solution: Steps) -> str:
    """Name the behavior a solution shows and say it as an instruction."""
    return _ask(question, _solution(solution), "behavior")


def extract_facts(text: str) -> str:
    """List the facts of a text as subject, relation and object."""
    return _ask(text, [], "facts")


def hypotheses(story: str) -> str:
    """What may the people of the story believe, want, intend, feel or think?"""
    return _ask(story, [], "hypotheses")


def answer_from_hypothesis(story: str, kind: str, hypothesis: str) -> str:
    """Answer the story's question from one hypothesis about a person."""
    return _ask(story, [f"@hypothesis {kind}: {flat(hypothesis)}"], "answer")


# --- what is replied (training writes these, the readers below read them) -----------


def solution_reply(steps: Steps) -> str:
    return "\n".join(flat(step) for step in steps)


def plan_reply(moves: Sequence[str]) -> str:
    return "\n".join(f"- {flat(move)}" for move in moves)


def move_reply(move: Move) -> str:
    return FINISH if move.act == "finish" else f"{move.act}: {flat(move.text)}"


def finding(found: Critique) -> str:
    """A critique in one line, as a reviser hears it."""
    if found.right:
        return RIGHT
    return f"step {found.step} should say: {flat(found.correction)} ({found.severity})"


def revision_reply(steps: Steps, found: Critique) -> str:
    """The steps after the mended one; where none is left, the answer again."""
    return solution_reply(steps[found.step :] if 0 < found.step < len(steps) else steps[-1:])


def judgement_reply(true: bool) -> str:
    return "true" if true else "false"


def confidence_reply(share: float) -> str:
    """A share of right answers, to the nearest ten per cent."""
    return f"{round(share * 10) * 10} %"


def behavior_reply(name: str, instruction: str) -> str:
    return f"{name}: {flat(instruction)}"


def facts_reply(facts: Sequence[tuple[str, str, str]]) -> str:
    return "\n".join(" | ".join(flat(part) for part in fact) for fact in facts)


def hypotheses_reply(found: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{kind}: {flat(text)}" for kind, text in found)


# --- how a reply is read ------------------------------------------------------------


def read_steps(reply: str) -> tuple[str, ...]:
    """The steps of a solution, without empty lines."""
    return tuple(line.strip() for line in reply.splitlines() if line.strip())


def read_answer(reply: str) -> str:
    """The text after the last `answer:`; empty when the reply never came to an answer."""
    found = re.findall(r"^\s*(?:\d+\.\s*)?answer:[ \t]*(.*)$", reply, re.MULTILINE)
    return found[-1].strip() if found else ""


def read_plan(reply: str) -> tuple[str, ...]:
    return tuple(step.removeprefix("-").strip() for step in read_steps(reply))


def read_move(reply: str) -> Move:
    """The first line as a move; a line of another form is taken as something to do."""
    line = next(iter(read_steps(reply)), "")
    act, colon, text = line.partition(":")
    if colon and act.strip() in ("do", "redo"):
        return Move(act.strip(), text.strip())
    return Move("finish") if not line or line.startswith(FINISH) else Move("do", line)


def compared(solution: Steps, own: Steps) -> Critique:
    """What solving the question again says of a solution: its first step that differs is the wrong one.

    A small model finds a slip by doing the step itself: one that had the solution before it copied it,
    slips and all. Nothing is said without an answer of one's own, nor of a solution that goes on alike.
    """
    answer, said = read_answer("\n".join(own)), read_answer("\n".join(solution))
    if not answer or list(solution) == list(own):
        return Critique(0)
    pairs = enumerate(zip(solution, own, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(solution), len(own)))
    return Critique(at + 1, own[min(at, len(own) - 1)], "low" if said == answer else "high")


def mended(solution: Steps, found: Critique) -> tuple[str, ...]:
    """The solution up to the step the critique names, which stands as it should be; all of it if
    every step is right."""
    if found.right:
        return tuple(solution)
    return (*solution[: found.step - 1], *filter(None, [found.correction]))


def read_revision(reply: str, solution: Steps, found: Critique) -> tuple[str, ...]:
    """The whole solution after the revision; as it was when it was right or nothing was said."""
    new, kept = read_steps(reply), mended(solution, found)
    if found.right or not new:
        return tuple(solution)
    return kept if read_answer("\n".join(kept)) else kept + new


def read_judgement(reply: str) -> bool | None:
    said = reply.strip().lower()
    return True if said.startswith("true") else False if said.startswith("false") else None


def read_confidence(reply: str) -> float | None:
    """A share between 0 and 1, or None when no number was said."""
    found = re.search(r"(\d{1,3})", reply)
    return min(int(found[1]), 100) / 100 if found else None


def read_comparison(reply: str) -> str:
    """ "first", "second", or "same" (also when the reply says neither)."""
    found = re.search(r"\b(first|second|same)\b", reply.lower())
    return found[1] if found else "same"


def read_behavior(reply: str) -> tuple[str, str] | None:
    """(name, instruction), or None when the reply has no such form."""
    found = re.search(r"(behavior_\w+):[ \t]*(\S.*)", reply)
    return (found[1], found[2].strip()) if found else None


def read_hypotheses(reply: str) -> tuple[tuple[str, str], ...]:
    """(kind, sentence) pairs; a line without a kind is a thought."""
    pairs = [line.partition(":") for line in read_steps(reply)]
    return tuple(
        (kind.strip(), text.strip()) if colon else ("thought", kind.strip())
        for kind, colon, text in pairs
    )


# --- how the texts are laid out -----------------------------------------------------


def flat(text: str) -> str:
    """One line, single spaces: a section line never breaks the layout."""
    return " ".join(text.split())


def _ask(question: str, sections: Sequence[str], role: str) -> str:
    return "\n".join([question.strip(), *sections, f"@{role}"])


def _lines(steps: Steps) -> list[str]:
    return [f"{number}. {flat(step)}" for number, step in enumerate(steps, start=1)]


def _solution(steps: Steps) -> list[str]:
    return ["@solution", *_lines(steps)] if steps else []


def _turns(turns: Sequence[Turn]) -> list[str]:
    lines = []
    for turn in turns:
        lines += [f"@move {flat(turn.move)}", *(flat(step) for step in turn.steps)]
    return lines
