"""Which behaviors of the handbook to put before a question.

A hint seldom shares words with the problems it helps with, so two ways are fused: behaviors whose own words
(and meaning, where an embedder is set) fit the question, and behaviors that were learned from problems like
it. Metacognitive Reuse (arXiv 2509.13237) takes all of a topic, or the 40 nearest by embedding.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..quotation import behavior_line
from ..recall.fusion import Ranking, estimated_tokens, fuse
from .behavior import Behavior, Status

if TYPE_CHECKING:
    from ..memory import Memory
    from ..records.evidence import Evidence

UNLIMITED: Final = 1_000_000


async def behaviors_for_question(
    memory: Memory,
    question: str,
    *,
    k: int = 40,
    tokens: int = 600,
    candidates: bool = False,
    evaluating: bool = False,
) -> list[Behavior]:
    """At most `k` behaviors of at most `tokens` in all (0: no limit), those that fit best first.

    `candidates` lets in behaviors that no validated outcome backs. With `evaluating` nothing comes that
    was learned from this very question or a near copy.
    """
    recipe = "handbook_with_candidates" if candidates else "handbook_for_question"
    no_limit: Any = {"tokens": UNLIMITED, "limit": UNLIMITED}
    by_words = await memory.recall(question, recipe=recipe, **no_limit)
    kin = await memory.recall(question, recipe="similar_episodes", **no_limit)
    table, status = memory.handbook.table, _shown(candidates)
    taught = [b for run in _runs(kin) for b in table.taught_by(run) if b.status in status]
    fused = fuse(
        [
            _ranking("fits the question", [item.id for item in by_words]),
            _ranking("learned from a problem like it", dict.fromkeys(b.id for b in taught)),
        ]
    )
    ranked = [b for found in fused if (b := table.behavior(found.key)) is not None]
    return _fitting(await _unguarded(memory, question, ranked, evaluating), k, tokens)


async def behaviors_of_topic(
    memory: Memory,
    question: str,
    topic: str,
    *,
    k: int = 0,
    tokens: int = 600,
    candidates: bool = False,
    evaluating: bool = False,
) -> list[Behavior]:
    """The behaviors of a topic, those likeliest to help first; limits as in `behaviors_for_question`."""
    found = await memory.handbook.behaviors(topic=topic, status=_shown(candidates))
    return _fitting(await _unguarded(memory, question, found, evaluating), k, tokens)


async def _unguarded(
    memory: Memory, question: str, behaviors: list[Behavior], evaluating: bool
) -> list[Behavior]:
    """In an evaluation those that were learned from other questions, else all."""
    if not evaluating:
        return behaviors
    guard = await memory.recaller.leakage(question)

    def allowed() -> list[Behavior]:
        return [one for one in behaviors if not guard.holds_back(one.text, one.sources)]

    return await asyncio.to_thread(allowed)


def _shown(candidates: bool) -> tuple[Status, ...]:
    return ("active", "candidate") if candidates else ("active",)


def _runs(episodes: Iterable[Evidence]) -> list[str]:
    """The runs that made these attempts, the first once."""
    return list(dict.fromkeys(one.source.run for one in episodes if one.source.run))


def _ranking(why: str, keys: Iterable[str]) -> Ranking:
    return Ranking(dict.fromkeys(keys, why), str)


def _fitting(behaviors: Sequence[Behavior], k: int, tokens: int) -> list[Behavior]:
    left, kept = tokens or UNLIMITED, []
    for behavior in behaviors[: k or None]:
        line = behavior_line(behavior.name, behavior.instruction, behavior.sources[0])
        left -= estimated_tokens(line + "\n")
        if left < 0:
            break
        kept.append(behavior)
    return kept
