"""Hostile inputs made from a seed: the same seed and number give the same input on every machine.

METATHINK_HOSTILE=long runs the long form of every test here (`make hostile`), METATHINK_HOSTILE=long:3/10 the
third tenth of it; METATHINK_HOSTILE_SEED picks other inputs.
"""

from __future__ import annotations

import copy
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_form, _, _slice = os.environ.get("METATHINK_HOSTILE", "").partition(":")
LONG = _form == "long"
SLICE, SLICES = map(int, (_slice or "1/1").split("/"))
SEED = os.environ.get("METATHINK_HOSTILE_SEED", "2026")

MARKERS = (
    "<think>", "</think>", "[THINK]", "[/THINK]", "<|channel|>analysis<|message|>", "<|im_start|>",
    "<|im_end|>", "<|eot_id|>", "[INST]", "</s>", "<answer>", "</answer>", "```", "```json\n",
    "```python\n", "~~~", "\\boxed{", "\\boxed{}", "\\frac{", "\\left(", "\\begin{pmatrix}", "$$", "$",
    "\\[", "\\]", "**", "__", "####", "# Answer\n", "The answer is ", "Final answer: ", "Answer:", "答案是",
    "Antwort: ", "(A) ", "B) ", "[FINISH]", "[S1] ", "S1: ", "[behavior_a]", "behavior_", "VERDICT: ",
    "Confidence: 95%", "{", "}", "[", "]", '"', "'", "{{", "}}", "null", ",", "1: true, probability 0.5",
    "- ", "1. ", "a: b (important)", "notes>>>", "<<<notes", "\x1b[31m", "\x1b]0;x\x07", "\x9b2J",
    "\x00", "\x07", "\ufeff", "\u200b", "\u2060", "\u202e", "\u00ad", "\u2028", "\u2029", "\x85", "\x1c",
    "\ud800", "\udfff", "İ", "ß", "ﬁ", "½", "ﷺ", "e\u0301", "👩‍👩‍👧", "\uff19", "\u2212", "٣",
    "√", "∞", "→", "∅",
)  # fmt: skip
"""What readers look for, and characters that break naive code."""

FORMULAS = (
    "9^{9^{9}}", "2^{2^{2^{2^{2}}}}", "100000!", "\\sqrt{\\sqrt{2}}", "1/0", "0/0", "-0", "1e400",
    "1e-400", "NaN", "\\infty", "x^{1000000}", "(x+1)^{5000}", "\\sum_{i=1}^{10^9} i", "\\int_0^1 x dx",
    "1,2,3", "[0,1)", "{1,2}", "3,5", "1.234.567", "1'000", "12 km", "50%", "\\frac{1}{3}",
    "1\\frac{1}{2}", "x=3", "\\pi", "i", "0x1F", "1_000",
)  # fmt: skip
"""Answers that comparing must survive."""

PROSE = (
    "First add the two numbers.", "Then 17 + 25 = 42.", "So the total is 42.",
    "Let me check this step again.", "It cannot be 41.", "def add(a, b):\n    return a + b",
    "| a | b |\n|---|---|\n| 1 | 2 |", "Roses are red,\nviolets blue.", "Anna puts the ball in the box.",
    "我认为答案正确。", "Das ist richtig.", "لا أعرف", '{"reason": "r", "better": "second"}',
)  # fmt: skip


def many(sampled: int, long: int) -> range:
    """The numbers of the inputs that a test tries: a sample, or (a slice of) the long form."""
    if not LONG:
        return range(sampled)
    return range(long * (SLICE - 1) // SLICES, long * SLICE // SLICES)


def chance(*names: object) -> random.Random:
    """A source of chance of its own for everything of that name."""
    return random.Random(f"{SEED}/{'/'.join(map(str, names))}")


@contextmanager
def within(seconds: float, what: object) -> Iterator[None]:
    """Fails if the block takes longer: the bound is far above what right code needs."""
    begun = time.perf_counter()
    yield
    took = time.perf_counter() - begun
    assert took < seconds, f"{took:.1f} s for {str(what)[:200]!r}"


def text(rng: random.Random, most: int = 2_000) -> str:
    """A text as a broken or malicious model might write it, of at most `most` characters."""
    form = rng.randrange(6)
    if form == 0:  # one piece without end
        piece = rng.choice((*MARKERS, *FORMULAS, "\n", " ", "a ", ".", "-", "(", "9"))
        return (piece * (most // len(piece) + 1))[:most]
    if form == 1:  # two pieces by turns
        one, other = rng.choice(MARKERS), rng.choice((*MARKERS, "\n", " ", "x", "7"))
        return ((one + other) * (most // len(one + other) + 1))[:most]
    if form == 2:  # any characters
        return "".join(
            chr(rng.randrange(0x110000)) for _ in range(rng.randrange(1, min(most, 400)))
        )
    if form == 3:  # nested
        depth, opening = (
            rng.randrange(1, most // 12 + 2),
            rng.choice(("{", "[", "(", "\\frac{", "\\boxed{")),
        )
        return (opening * depth + rng.choice(FORMULAS))[:most]
    pieces = [
        rng.choice(rng.choice((MARKERS, FORMULAS, PROSE, (" ", "\n", "\n\n"))))
        for _ in range(rng.randrange(1, 40))
    ]
    return "".join(pieces)[:most]


def value(rng: random.Random, depth: int = 0) -> Any:
    """Any JSON value, odd ones more often."""
    odd = (
        None, True, False, 0, -1, 1.5, 10**30, 1e308, float("nan"), float("inf"), "", " ", "x" * 5000,
        "\x00", "null", [], {}, [[]], {"": {}}, "\ud800", "NaN", "1,5", -1e-320, "\x1b[2J", 2**63,
        "../../x",
    )  # fmt: skip
    if depth > 3 or rng.random() < 0.7:
        return text(rng, 300) if rng.random() < 0.3 else copy.deepcopy(rng.choice(odd))
    if rng.random() < 0.5:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {text(rng, 12): value(rng, depth + 1) for _ in range(rng.randrange(4))}


def mutated(rng: random.Random, data: Any, rate: float = 0.15) -> Any:
    """JSON data with some of its parts replaced, dropped, doubled or renamed."""
    if rng.random() < rate:
        return value(rng)
    if isinstance(data, dict):
        changed = {}
        for key, part in data.items():
            luck = rng.random()
            if luck < rate / 3:
                continue
            name = text(rng, 10) if luck < rate / 2 else key
            changed[name] = mutated(rng, part, rate)
        return changed
    if isinstance(data, list):
        parts = [mutated(rng, part, rate) for part in data if rng.random() > rate / 3]
        return parts + parts[:1] if rng.random() < rate / 3 else parts
    return data


def damaged(rng: random.Random, data: bytes, most: int = 8) -> bytes:
    """Bytes with some of them changed, cut out, doubled or cut off."""
    changed = bytearray(data)
    for _ in range(rng.randrange(1, most + 1)):
        if not changed:
            break
        place, form = rng.randrange(len(changed)), rng.randrange(5)
        if form == 0:
            changed[place] = rng.randrange(256)
        elif form == 1:
            del changed[place : place + rng.randrange(1, 40)]
        elif form == 2:
            changed[place:place] = changed[place : place + rng.randrange(1, 40)]
        elif form == 3:
            changed[place:place] = rng.choice(MARKERS).encode("utf-8", "surrogatepass")
        else:
            del changed[rng.randrange(len(changed)) :]
    return bytes(changed)


def dumped(data: Any) -> str:
    """JSON as text, whatever it holds (NaN is written, half characters too)."""
    return json.dumps(data, ensure_ascii=False)


def instance(rng: random.Random, schema: Any, root: Any = None) -> Any:
    """A value that follows a JSON schema of the sort that pydantic writes."""
    root = schema if root is None else root
    if not isinstance(schema, dict):
        return value(rng)
    if "$ref" in schema:
        return instance(rng, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    for combined in ("anyOf", "oneOf", "allOf"):
        if combined in schema:
            return instance(rng, rng.choice(schema[combined]), root)
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: instance(rng, part, root) for name, part in properties.items()}
        case "array":
            return [
                instance(rng, schema.get("items", {}), root) for _ in range(rng.randrange(1, 4))
            ]
        case "integer":
            return rng.randrange(1, 11)
        case "number":
            return round(rng.uniform(0, 10), 2)
        case "boolean":
            return rng.random() < 0.5
        case "null":
            return None
        case _:
            return rng.choice(("S1", "behavior_check", "clear", "first", "42", *PROSE))
