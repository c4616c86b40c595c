"""Episodes: the notebook of mistakes and the statistics of methods."""

from __future__ import annotations

import pytest

from metathink.core.errors import InvalidInput
from metathink.memory import Memory, NewEpisode, Source


async def test_attempts_are_kept_with_their_mistakes(memory: Memory):
    source = Source(run="run-1")
    ids = await memory.episodes.add_all(
        [
            NewEpisode(
                "What is 17 + 25?",
                "direct",
                "32",
                False,
                source,
                kind="sums",
                mistake="forgot the carry",
                reason="added digit by digit",
                tokens=12,
                seconds=0.5,
            ),
            NewEpisode("What is 17 + 25?", "program", "42", True, source, kind="sums", tokens=30),
            NewEpisode("Is 1 prime?", "direct", "yes", None, source, kind="primes", tokens=5),
        ]
    )
    first, second = await memory.episodes.of_problem("what is 17 +  25?")
    assert (first.id, second.id) == (ids[0], ids[1])
    assert first.text == (
        "Problem: What is 17 + 25?. direct answered 32 (wrong). Mistake: forgot the carry. "
        "Because: added digit by digit"
    )
    assert (first.tokens, first.seconds, first.source) == (12, 0.5, source)
    assert [e.id for e in await memory.episodes.mistakes()] == [ids[0]]
    assert await memory.episodes.mistakes(method="program") == []
    assert await memory.episodes.first_right("What is 17 + 25?") == "program"
    assert await memory.episodes.first_right("Is 1 prime?") is None


async def test_statistics_count_only_what_was_checked(memory: Memory):
    await memory.episodes.add_all(
        [NewEpisode(f"p{n}", "slow", "x", n < 8, kind="a", tokens=100) for n in range(10)]
        + [NewEpisode(f"p{n}", "fast", "x", n < 5, kind="a", tokens=10) for n in range(10)]
        + [NewEpisode("q", "fast", "x", None, kind="b", tokens=10)]
    )
    slow, fast, unchecked = await memory.episodes.statistics()
    assert (slow.method, slow.accuracy, slow.mean_tokens) == ("slow", 0.8, 100)
    assert (fast.method, fast.accuracy, fast.tried) == ("fast", 0.5, 10)
    assert (unchecked.kind, unchecked.accuracy, unchecked.checked) == ("b", None, 0)
    assert await memory.episodes.statistics("b") == [unchecked]


async def test_a_million_characters_are_an_episode(memory: Memory):
    problem = "why? " * 200_000
    key = await memory.episodes.add(NewEpisode(problem, "direct", "", False))
    [episode] = await memory.episodes.get([key])
    assert episode.problem == problem


@pytest.mark.parametrize(
    "settings",
    [
        {"tokens": -1},
        {"correct": "yes"},
        {"problem": ""},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
    ],
)
async def test_what_is_no_episode_is_refused(local: Memory, settings: dict):
    fields = {"problem": "p", "method": "m", "answer": "a", "correct": True} | settings
    with pytest.raises(InvalidInput):
        await local.episodes.add(NewEpisode(**fields))
    with pytest.raises(InvalidInput, match="no episode"):
        await local.episodes.get(["x0"])


async def test_of_one_key_the_last_writing_stands(memory: Memory):
    """Written again by a later life, an attempt is one; without a key each is another."""
    for tokens in (10, 12):
        await memory.episodes.add(NewEpisode("p", "direct", "x", True, tokens=tokens, key="r/n/d"))
        await memory.episodes.add(NewEpisode("q", "direct", "x", True, tokens=tokens))
    await memory.episodes.add(NewEpisode("p", "rema", "x", True, tokens=30, key="r/n/rema"))
    assert [episode.tokens for episode in await memory.episodes.of_problem("p")] == [12, 30]
    assert [episode.tokens for episode in await memory.episodes.of_problem("q")] == [10, 12]
    assert {(s.method, s.tried) for s in await memory.episodes.statistics()} == {
        ("direct", 3),
        ("rema", 1),
    }
