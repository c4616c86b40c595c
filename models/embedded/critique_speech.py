"""How the embedded model is asked to criticise, revise, compare and judge.

A critic solves the question again, and the first step of the solution that differs is its finding, with
what it should say: one critique unit, by the first criterion of the list. Its verdict on the answer as a
whole (true or false) stands in for the meta-critic's labels, and how sure it is, in per cent, for judgements
and grades.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from ...core.message import Message, RenderedPrompt
from ...core.text.extract import final_answer
from . import wording

Heard = Callable[[Sequence[Message]], str]
Said = Callable[[str, Sequence[Message]], str]

_MARKER = re.compile(r"\[(S\d+)\] ?")
_CRITERION = re.compile(r"^- (.+?) \((?:normal|medium|important)\): ", re.MULTILINE)
_UNIT = re.compile(r"^\[(U\d+)\] at ", re.MULTILINE)
_FOUND = re.compile(r"step (\d+) should say:[ \t]*(.*?)[ \t]*\((low|high)\)")
_SEVERITY = {"low": "minor", "high": "severe"}


def _values(messages: Sequence[Message]) -> Mapping[str, str]:
    """What the prompt was filled with."""
    for message in messages:
        if isinstance(message.content, RenderedPrompt):
            return message.content.values
    return {}


def _marked_lines(messages: Sequence[Message]) -> list[str]:
    return [line for line in _values(messages)["response"].splitlines() if line.strip()]


def _steps(messages: Sequence[Message]) -> list[str]:
    """The response as it was before it was marked, a line a step."""
    return [_MARKER.sub("", line).strip() for line in _marked_lines(messages)]


def _criticise(messages: Sequence[Message]) -> str:
    return wording.solve(_values(messages)["question"])


def _say_units(text: str, messages: Sequence[Message]) -> str:
    found = wording.compared(_steps(messages), wording.read_steps(text))
    if found.right:
        return json.dumps({"units": []})
    lines = _marked_lines(messages)
    place = lines[min(found.step, len(lines)) - 1]
    criterion = _CRITERION.search(_values(messages)["crucial"])
    unit = {
        "locations": _MARKER.findall(place)[:1],
        "description": wording.finding(found),
        "criterion": criterion[1] if criterion else "",
        "severity": _SEVERITY[found.severity],
        "suggestion": found.correction,
    }
    return json.dumps({"units": [unit]})


def _find_fault(messages: Sequence[Message]) -> str:
    return wording.solve(_values(messages)["question"])


def _say_fault(text: str, messages: Sequence[Message]) -> str:
    solution = wording.read_steps(_values(messages)["solution"])
    return wording.finding(wording.compared(solution, wording.read_steps(text)))


def _first_finding(critique: str) -> wording.Critique:
    """The finding about the earliest step; what follows that step is written again anyway."""
    found = [(int(step), said, severity) for step, said, severity in _FOUND.findall(critique)]
    return wording.Critique(*min(found)) if found else wording.Critique(0)


def _criticised(messages: Sequence[Message]) -> tuple[tuple[str, ...], wording.Critique]:
    values = _values(messages)
    return wording.read_steps(values["solution"]), _first_finding(values["critique"])


def _revise(messages: Sequence[Message]) -> str:
    return wording.revise(_values(messages)["question"], *_criticised(messages))


def _say_revision(text: str, messages: Sequence[Message]) -> str:
    return "\n".join(wording.read_revision(text, *_criticised(messages)))


def _compare(messages: Sequence[Message]) -> str:
    values = _values(messages)
    first, second = wording.read_steps(values["first"]), wording.read_steps(values["second"])
    return wording.compare(values["question"], first, second)


def _say_comparison(text: str, messages: Sequence[Message]) -> str:
    return json.dumps({"reason": "", "better": wording.read_comparison(text)})


def _judge(messages: Sequence[Message]) -> str:
    steps = _steps(messages)
    return wording.judge(_values(messages)["question"], final_answer("\n".join(steps)), steps)


def _say_labels(text: str, messages: Sequence[Message]) -> str:
    """An answer judged true has no flaw to flag; one judged false has those that were found."""
    true = wording.read_judgement(text)
    if true is None:
        return text
    label, reason = ("L1", "the answer is judged true") if true else ("L0", "it is judged false")
    units = _UNIT.findall(_values(messages)["units"])
    said = [{"unit": u, "reason": reason, "label": label, "include": not true} for u in units]
    return json.dumps({"labels": said})


def _sureness(messages: Sequence[Message]) -> str:
    steps = _steps(messages)
    return wording.confidence(_values(messages)["question"], final_answer("\n".join(steps)), steps)


def _grade(messages: Sequence[Message]) -> str:
    values = _values(messages)
    steps = wording.read_steps(values["response"])
    return wording.confidence(values["question"], final_answer(values["response"]), steps)


def _say_judgement(text: str, messages: Sequence[Message]) -> str:
    share = wording.read_confidence(text)
    return text if share is None else json.dumps({"summaries": [], "judgement": 1 + 9 * share})


def _say_grade(text: str, messages: Sequence[Message]) -> str:
    share = wording.read_confidence(text)
    return text if share is None else json.dumps({"reason": "", "grade": 1 + 9 * share})


KINDS: dict[str, tuple[Heard, Said]] = {
    "critic.criticise": (_criticise, _say_units),
    "critic.find_fault": (_find_fault, _say_fault),
    "critic.find_flaws": (_find_fault, _say_fault),
    "reviser.revise": (_revise, _say_revision),
    "judge.compare": (_compare, _say_comparison),
    "judge.grade": (_grade, _say_grade),
    "meta_critic.label": (_judge, _say_labels),
    "aggregator.conclude": (_sureness, _say_judgement),
}

UNTAUGHT = frozenset({"reference_writer.write", "selector.choose"})
"""Prompts in free words that would only make it solve something else."""
