"""A server's replies to MetaMind's asks, told apart by what their instructions say."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from tests.server import Behaviour, completion

KINDS = ("belief", "desire", "intention", "emotion", "thought", "emotion", "desire")
TEXTS = (
    "Takes the others for judges",
    "Wants to be heard out",
    "Is going to rehearse tonight",
    "Dreads the eyes of the audience",
    "Replays the last failed talk",
    "Hopes quietly for some luck",
    "Would like a friend to come along",
)

READINGS = json.dumps({"readings": [{"reading": "Would like some support", "excerpt": ""}]})


def suppositions() -> str:
    """Seven hypotheses that differ."""
    found = [
        {"reading": 1, "kind": kind, "text": text, "confidence": 0.5}
        for kind, text in zip(KINDS, TEXTS, strict=True)
    ]
    return json.dumps({"hypotheses": found})


def lessons(text: str, evidence: str) -> str:
    """One note and a summary."""
    note = {"kind": "pain point", "text": text, "strength": 0.8, "evidence": evidence}
    return json.dumps({"notes": [note], "summary": f"Somebody who {text}."})


def understands(reply: str, learned: str, empathy: float = 0.95) -> Behaviour:
    """Does every step of a turn, sends `reply` and learns `learned`."""
    assessment = {"empathy": empathy, "coherence": 0.95, "critique": "Fine.", "revision": ""}
    said = {
        "You look for what lies behind": READINGS,
        "You compare readings": '{"checks": []}',
        "You infer what goes on": suppositions(),
        "against rules": '{"revisions": []}',
        "You judge hypotheses": "\n".join(f"{n}: true, probability 0.8" for n in range(1, 8)),
        "a person you know nothing of": "\n".join(
            f"{n}: false, probability 0.{n}" for n in range(1, 8)
        ),
        "You judge a reply": json.dumps(assessment),
        "You keep notes": learned,
        "Answer the last message": reply,
    }

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        instructions = body["messages"][0]["content"]
        [found] = [reply for words, reply in said.items() if words in instructions]
        return web.json_response(completion(body, found))

    return behave
