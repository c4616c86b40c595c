"""Recall: what matters for a question, and why, cut to what fits a prompt.

Three ways of finding are asked: words (BM25), meaning (vectors, where an embedder is set) and, for
facts, the graph. Their lists are fused by reciprocal ranks; what may not be shown is dropped
(superseded facts, candidate and retired behaviors, in an evaluation what gives the question away),
and the rest is taken in order until the token budget is full. See docs/recall.md.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ...core.errors import InvalidInput
from ..quotation import FRAME
from ..records.change import BEHAVIORS, EPISODES, FACTS, PASSAGES, PEOPLE, RULES, Value
from ..records.evidence import Evidence, RankedEntity, Source
from ..records.text import searchable
from ..vectors.embedding_index import EMBEDDED_CHARACTERS
from ..vectors.open_vector_store import open_vector_store
from .fusion import Fused, Ranking, Reasons, estimated_tokens, fuse
from .graph_recall import GraphRecall
from .leakage import Leakage
from .recipe import Recipe, recipe_named
from .text_index import BehaviorIndex, RuleIndex, TextIndex
from .word import content_words

if TYPE_CHECKING:
    import numpy as np

    from ..episodes.episodes import Episodes
    from ..graph.graph import KnowledgeGraph
    from ..handbook.handbook import Handbook
    from ..people.people import People
    from ..store.open_namespace import OpenNamespace
    from ..vectors.embedder import Embedder

LISTED: Final = 50
"""Items of each ranked list that are fused."""
SEARCHED: Final = 100_000
"""Characters of a question that are searched for; the leakage guard reads all of them."""
EXCERPT: Final = 400
"""Characters of a passage that are shown, around the words it was found by."""
COPIES: Final = 200
"""Stored texts compared with the question by the leakage guard at first, the most alike ones; then as many
as before again, until a page of them holds no near copy."""
READ: Final = 32
"""Items read from the store at a time: most budgets are full before the second time."""
MISFITS: Final = 5
"""After so many items too long for what is left of the budget, no more are tried."""
_WORD: Final = re.compile(r"\w+")
HINT: Final = 4
"""Facts sharing a question's words from which a walk starts when the question names nobody."""


class Recaller:
    """Everything that finds in one memory. Made at the first recall, kept up with the store."""

    def __init__(
        self,
        memory: OpenNamespace,
        graph: KnowledgeGraph,
        handbook: Handbook,
        episodes: Episodes,
        people: People,
        *,
        embedder: Embedder | None,
    ) -> None:
        self._memory = memory
        self._facts = graph
        self._handbook = handbook
        self._episodes = episodes
        self._people = people
        self._embedder = embedder
        self._vectors = open_vector_store(memory.store, memory.namespace) if embedder else None
        self._indexes: dict[str, TextIndex] = {}
        self._graph = GraphRecall(graph.table)
        self._settling = asyncio.Lock()

    async def entities(
        self, question: str, limit: int = 50, *, evaluating: bool = False
    ) -> list[RankedEntity]:
        """The entities a question leads to, best first; those it names itself come last.

        With `evaluating` none comes by way of a fact that would give the question away.
        Raises InvalidInput for an empty question or a limit below one.
        """
        question = _checked(question, limit)
        guard = await self.leakage(question) if evaluating else None
        await self._facts.view()
        await self._graph.catch_up()
        question = question[:SEARCHED]
        lead = self._graph.lead(question, limit)
        if not lead.named:
            await self._ready([FACTS])
            alike = _hint(self._indexes[FACTS].rankings(question, None, HINT))
            lead = self._graph.lead(question, limit, [f for f in alike if self._may_lead(f, guard)])
        if guard is None:
            return self._graph.entities(lead, limit)
        return self._graph.entities(
            lead, limit, lambda chain: all(self._may_lead(fact, guard) for fact in chain)
        )

    def _may_lead(self, fact_id: str, guard: Leakage | None) -> bool:
        table = self._facts.table
        row = table.row(fact_id)
        if row is None or guard is None:
            return row is not None
        fact = table.fact(row)
        return not guard.holds_back(fact.text, [fact.source])

    async def recall(
        self,
        query: str,
        *,
        recipe: str = "everything",
        tokens: int = 600,
        limit: int = LISTED,
        evaluating: bool = False,
    ) -> list[Evidence]:
        """What matters for a query, best first, at most `limit` items.

        The block that `as_data` makes of them fits in `tokens` (estimated from above), its heading and
        marks included. With `evaluating`, the leakage guard is on: nothing learned from this very
        question, or a near copy, comes.
        Raises InvalidInput for an empty query, an unknown recipe or a budget that is not positive.
        """
        query = _checked(query, limit)
        if tokens < 1:
            raise InvalidInput(f"a budget of {tokens} tokens holds nothing")
        chosen = recipe_named(recipe)
        await self._ready(chosen.kinds)
        rankings = await self._rankings(query[:SEARCHED], chosen)
        ranked = await self._weighed(fuse(rankings))
        guard = await self.leakage(query) if evaluating else None
        allowed = self._allowed(ranked, chosen, query, guard)
        return [item async for item in _fitting(allowed, tokens - FRAME, limit)]

    # -- finding --------------------------------------------------------------------------------

    async def _ready(self, kinds: Iterable[str]) -> None:
        """Know all that this process wrote and others wrote a moment ago."""
        memory = self._memory
        for kind in kinds:
            if kind not in self._indexes:
                self._indexes[kind] = self._made(kind)
        if FACTS in self._indexes:
            await self._facts.view()
            await self._graph.catch_up()
        if BEHAVIORS in self._indexes:
            await memory.ready(self._handbook.table)
        if EPISODES in self._indexes:
            await memory.ready(self._episodes.table)
        for kind in kinds:
            await memory.ready(self._indexes[kind])
        async with self._settling:
            for kind in kinds:
                await self._indexes[kind].settle()

    def _made(self, kind: str) -> TextIndex:
        if kind == BEHAVIORS:
            return BehaviorIndex(self._handbook.table, self._embedder, self._vectors)
        if kind == RULES:
            return RuleIndex(self._embedder, self._vectors)
        return TextIndex(kind, self._embedder, self._vectors)

    async def _rankings(self, query: str, recipe: Recipe) -> list[Ranking]:
        vector = await self._vector(query)
        rankings = []
        for kind in recipe.kinds:
            of_kind = self._indexes[kind].rankings(query, vector, LISTED)
            rankings += of_kind
            if kind == FACTS:
                rankings += self._graph.rankings(self._graph.lead(query, LISTED, _hint(of_kind)))
        return rankings

    async def _vector(self, query: str) -> np.ndarray | None:
        if self._embedder is None:
            return None
        return (await self._embedder.embed([query[:EMBEDDED_CHARACTERS]]))[0]

    async def _weighed(self, ranked: Sequence[Fused]) -> list[Fused]:
        """Behaviors by what they have earned, notes on people by what time has left of them."""
        chances = self._chances([item.key for item in ranked if item.key.startswith("b")])
        weights = await self._weights([item.key for item in ranked if item.key.startswith("u")])
        factors = {key: 0.5 + chance for key, chance in chances.items()}
        factors |= {key: 0.5 + 0.5 * weight for key, weight in weights.items()}
        if not factors:
            return list(ranked)
        reasons = [
            *ranked[0].reasons,
            Reasons(chances, "helps with a chance of {:.0%}".format),
            Reasons(weights, "weighs {:.2f} by now".format),
        ]
        weighed = [
            Fused(item.key, item.score * factors.get(item.key, 1.0), reasons) for item in ranked
        ]
        return sorted(weighed, key=lambda item: -item.score)

    def _chances(self, keys: Iterable[str]) -> dict[str, float]:
        """The chance of helping of each behavior that was used: one that hurts sinks."""
        behaviors = {key: self._handbook.table.behavior(key) for key in keys}
        return {key: b.credit.chance for key, b in behaviors.items() if b and b.credit.uses}

    async def _weights(self, keys: Sequence[str]) -> dict[str, float]:
        """What the notes on the people of these notes weigh by now: an old or weak one sinks."""
        stored = await self._memory.get(PEOPLE, keys) if keys else []
        names = dict.fromkeys(value["person"] for value in stored if value)
        people = [await self._people.person(name) for name in names]
        return {note.id: note.weight for person in people for note in person.notes}

    async def leakage(self, question: str) -> Leakage:
        """The guard of an evaluation: what was learned from the question itself or a near copy."""
        await self._ready([EPISODES, PASSAGES])
        guard = await asyncio.to_thread(Leakage.of, question)
        sources = [
            source
            for kind, field in ((EPISODES, "problem"), (PASSAGES, "text"))
            async for source in self._of_copies(kind, field, question, guard)
        ]
        return guard.holding_back(sources)

    async def _of_copies(
        self, kind: str, field: str, question: str, guard: Leakage
    ) -> AsyncIterator[Source]:
        """The sources of a question's near copies, as far as a page that holds none."""

        def copies(values: Sequence[Value]) -> list[Value]:
            return [value for value in values if guard.copies(value[field])]

        seen = 0
        while True:
            found, *_ = self._indexes[kind].rankings(question, None, max(COPIES, 2 * seen))
            page = list(found.found)[seen:]
            values = [value for value in await self._memory.get(kind, page) if value]
            near = await asyncio.to_thread(copies, values)
            for value in near:
                yield _source(value)
            if not near:
                return
            seen += len(page)

    # -- showing --------------------------------------------------------------------------------

    async def _allowed(
        self, ranked: Sequence[Fused], recipe: Recipe, query: str, guard: Leakage | None
    ) -> AsyncIterator[Evidence]:
        """The items that may be shown, in order."""
        for start in range(0, len(ranked), READ):
            part = ranked[start : start + READ]
            stored = await self._stored(part)
            for found in part:
                item = self._derived(found, recipe) or _plain(
                    found, stored.get(found.key), recipe, query
                )
                if item is not None and not (guard and guard.holds_back(item[0].text, item[1])):
                    yield item[0]
                if guard is not None:
                    await asyncio.sleep(0)  # to compare texts takes a while

    async def _stored(self, ranked: Sequence[Fused]) -> Mapping[str, Value]:
        values: dict[str, Value] = {}
        for kind, letter in _LETTERS.items():
            keys = [item.key for item in ranked if item.key.startswith(letter)]
            if keys:
                got = await self._memory.get(kind, keys)
                values |= {key: value for key, value in zip(keys, got, strict=True) if value}
        return values

    def _derived(self, found: Fused, recipe: Recipe) -> tuple[Evidence, Sequence[Source]] | None:
        """Facts and behaviors, which are not shown as they are stored but as they now stand."""
        if found.key.startswith("f"):
            row = self._facts.table.row(found.key)
            fact = None if row is None else self._facts.table.fact(row)
            if fact is None or fact.superseded is not None:
                return None
            return _evidence(found, FACTS, fact.text, fact.source), [fact.source]
        if found.key.startswith("b"):
            behavior = self._handbook.table.behavior(found.key)
            allowed = ("active", "candidate") if recipe.candidates else ("active",)
            if behavior is None or behavior.status not in allowed:
                return None
            shown = _evidence(found, BEHAVIORS, behavior.text, behavior.sources[0])
            return shown, behavior.sources
        return None


_LETTERS: Final = {PASSAGES: "p", EPISODES: "x", PEOPLE: "u", RULES: "g"}


def _hint(rankings: Sequence[Ranking]) -> list[str]:
    """Ids of the facts that share most words with the question."""
    return list(rankings[0].found)[:HINT]


async def _fitting(
    items: AsyncIterator[Evidence], tokens: int, limit: int
) -> AsyncIterator[Evidence]:
    """The first `limit` items that fit in what the ones before them left of the budget."""
    shown = misfits = 0
    async for item in items:
        needed = estimated_tokens(item.quoted() + "\n")
        if needed <= tokens:
            tokens -= needed
            shown += 1
            yield item
        else:
            misfits += 1
        if shown == limit or misfits == MISFITS:
            return


def _checked(query: str, limit: int) -> str:
    if limit < 1:
        raise InvalidInput(f"a limit of {limit} items asks for nothing")
    return searchable(query)


def _plain(
    found: Fused, value: Value | None, recipe: Recipe, query: str
) -> tuple[Evidence, Sequence[Source]] | None:
    if value is None:
        return None
    kind = next(kind for kind, letter in _LETTERS.items() if found.key.startswith(letter))
    if recipe.mistakes_only and value.get("correct") is not False and not value.get("mistake"):
        return None
    source = _source(value)
    return _evidence(found, kind, _SHOWN[kind](value, query), source), [source]


def _evidence(found: Fused, kind: str, text: str, source: Source) -> Evidence:
    return Evidence(found.key, kind, text, found.score, found.why, source)


def _source(value: Value) -> Source:
    return Source(**(value.get("source") or {}))


def excerpt(text: str, query: str, limit: int = EXCERPT) -> str:
    """At most `limit` characters of a text, from where most of the query's words stand."""
    if len(text) <= limit:
        return text
    wanted = {word[:5] for word in content_words(query)}
    hits = [m.start() for m in _WORD.finditer(text) if m.group()[:5].lower() in wanted]
    best = _densest(hits, limit)
    start = max(0, best - limit // 8)
    start = text.rfind(" ", 0, start) + 1 if start else 0
    ends = "… " if start else "", " …" if start + limit < len(text) else ""
    return ends[0] + text[start : start + limit].strip() + ends[1]


def _densest(hits: Sequence[int], width: int) -> int:
    """The first of the places, in order, from which most of them lie within `width`; else 0."""
    best, most, end = 0, 0, 0
    for first, hit in enumerate(hits):
        while end < len(hits) and hits[end] < hit + width:
            end += 1
        if end - first > most:
            best, most = hit, end - first
    return best


def _episode_shown(value: Value, query: str) -> str:
    outcome = {True: "right", False: "wrong"}.get(value["correct"], "not checked")
    parts = [
        f"Problem: {excerpt(value['problem'], query)}",
        f"{value['method']} answered {value['answer'][:EXCERPT]} ({outcome})",
        *(
            f"{name.capitalize()}: {value[name]}"
            for name in ("mistake", "reason")
            if value.get(name)
        ),
    ]
    return " | ".join(parts)


def _person_shown(value: Value, _: str) -> str:
    if "summary" in value:
        return f"{value['person']}: {value['summary']}"
    return f"{value['person']} ({value['kind']}): {value['text']}"


_SHOWN: dict[str, Any] = {
    PASSAGES: lambda value, query: excerpt(value["text"], query),
    EPISODES: _episode_shown,
    PEOPLE: _person_shown,
    RULES: lambda value, _: f"[{value['grade']}] When {value['condition']}: {value['rule']}",
}
