"""Staged traces of MetaMind's authors go through our machine: same inputs, same stages, our arithmetic.

They hold no ground truth; what is shown is that their hypotheses, rules, replies, decisions and memories
have a place in ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from metathink.core.message import Message, prompt_of
from metathink.memory import open_memory

TRACES = Path(__file__).parents[4] / "shared" / "data" / "metamind_traces.jsonl"
NOTHING = json.dumps({"revisions": []})
pytestmark = pytest.mark.skipif(not TRACES.exists(), reason="the traces are not here")


def traces() -> list[dict[str, Any]]:
    """Those whose replies are scored for empathy (the competitive ones are for aggression)."""
    if not TRACES.exists():
        return []
    found = [json.loads(line) for line in TRACES.read_text().splitlines()]
    return [t for t in found if "empathy" in t["turns"][0]["stage3_Response"]["metrics"]]


def staged(trace: dict[str, Any]) -> dict[str, list[str]]:
    """What each of our roles would have said in this trace."""
    turns, quote = trace["turns"], trace["user_utterance_t"][:20]
    first = turns[0]["stage1_ToM"]["generated_hypotheses"]
    supposed = [
        {"reading": n, "kind": h["type"], "text": h["text"], "confidence": h["plausibility"]}
        for n, h in enumerate(first, 1)
    ]
    readings = [{"reading": h["explanation"], "excerpt": quote} for h in first]
    replies = [turn["stage3_Response"] for turn in turns]
    after = [reply["candidate_response"] for reply in replies[1:]] + [""]
    judged = [
        {"empathy": reply["metrics"]["empathy"], "coherence": reply["metrics"]["coherence"]}
        | {"critique": reply["decision"], "revision": better}
        for reply, better in zip(replies, after, strict=True)
    ]
    memory = turns[-1]["updated_social_memory"]
    notes = [
        {"kind": "hypothesis", "text": text, "strength": 0.5, "evidence": quote}
        for text in memory["long_term_hypotheses"]
    ]
    return {
        "read": [json.dumps({"readings": readings})],
        "hypothesize": [json.dumps({"hypotheses": supposed})],
        "refine": [NOTHING],
        "in_context": [
            "\n".join(f"{n}: true, probability {h['plausibility']}" for n, h in enumerate(first, 1))
        ],
        "prior": ["\n".join(f"{n}: true, probability 0.5" for n in range(1, len(first) + 1))],
        "respond": [replies[0]["candidate_response"]],
        "validate": [json.dumps(one) for one in judged],
        "learn": [json.dumps({"notes": notes, "summary": memory["summary"]})],
    }


@pytest.mark.parametrize("trace", traces(), ids=lambda trace: trace["id"])
async def test_a_trace_has_a_place_in_our_machine(trace: dict[str, Any], tmp_path: Path) -> None:
    left, place = staged(trace), str(tmp_path / "people.db")

    def say(messages: Sequence[Message]) -> str:
        replies = left[prompt_of(messages).partition(".")[2]]
        return replies.pop(0) if len(replies) > 1 else replies[0]

    said = trace["social_context"]["dialogue_history"]
    answer = await mt.think(
        trace["user_utterance_t"],
        method="metamind",
        model=mt.scripted([say] * 14),
        person="User",
        part=trace["initial_social_memory"]["roles"].get("Assistant", "the other"),
        memory=place,
        conversation="\n".join(f"{line['speaker']}: {line['utterance']}" for line in said),
        accept=0.8,
    )
    utilities = [
        0.8 * turn["stage3_Response"]["metrics"]["empathy"]
        + 0.2 * turn["stage3_Response"]["metrics"]["coherence"]
        for turn in trace["turns"]
    ]
    first_good = next(
        (n for n, utility in enumerate(utilities) if utility >= 0.8), len(utilities) - 1
    )
    sent = max(range(first_good + 1), key=lambda n: utilities[n])
    assert answer.text == trace["turns"][sent]["stage3_Response"]["candidate_response"].strip()
    assert answer.confidence == pytest.approx(utilities[sent])
    assert answer.usage.calls <= 14
    best = max(
        trace["turns"][0]["stage1_ToM"]["generated_hypotheses"], key=lambda h: h["plausibility"]
    )
    chosen = next(step.changed for step in answer.run.steps if step.action == "score")
    assert f"{best['type'].lower()}: " in chosen and best["text"].split()[0] in chosen
    async with open_memory(place) as memory:
        user = await memory.people.person("User")
    known = trace["turns"][-1]["updated_social_memory"]["long_term_hypotheses"]
    accepted = utilities[sent] >= 0.8
    assert {note.text for note in user.notes} == (set(known) if accepted else set())
