"""The texts of one kind of item, found by words and, where there is an embedder, by meaning."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..records.change import BEHAVIORS, EPISODES, FACTS, PASSAGES, PEOPLE, RULES, Change
from ..rules.rule_table import RuleTable
from ..vectors.embedding_index import EmbeddingIndex
from .fusion import Ranking
from .lexical_index import LexicalIndex
from .word import identifier_words

if TYPE_CHECKING:
    import numpy as np

    from ..handbook.handbook_table import HandbookTable
    from ..vectors.embedder import Embedder
    from ..vectors.vector_store import VectorStore

_ON_A_THREAD: Final = 50


class TextIndex:
    """An `Index` of one kind of items by their text; changes wait until the next search."""

    def __init__(
        self, kind: str, embedder: Embedder | None, vectors: VectorStore | None = None
    ) -> None:
        self.kinds = frozenset({kind})
        self._text_of = _TEXTS[kind]
        self._lexical = LexicalIndex()
        self._meaning = EmbeddingIndex(kind, embedder, vectors) if embedder else None

    def __len__(self) -> int:
        return len(self._lexical)

    def apply(self, changes: Sequence[Change]) -> None:
        """Take stored items in."""
        for change in changes:
            text = None if change.value is None else self._text_of(change.key, change.value)
            self._put(change.key, text)

    def clear(self) -> None:
        """Forget everything."""
        self._lexical.clear()
        if self._meaning is not None:
            self._meaning.clear()

    async def settle(self) -> None:
        """Index what waits: words on a thread when they are many, vectors as they come."""
        if self._lexical.waiting > _ON_A_THREAD:
            await asyncio.to_thread(self._lexical.settle)
        else:
            self._lexical.settle()
        if self._meaning is not None:
            await self._meaning.settle()

    def rankings(self, query: str, vector: np.ndarray | None, limit: int) -> list[Ranking]:
        """By words and, given the query's vector, by meaning."""
        shared = self._lexical.search(query, limit)
        lists = [Ranking(dict(shared), "shares words (BM25 {:.1f})".format)]
        if vector is not None and self._meaning is not None:
            near = self._meaning.search(vector, limit)
            lists.append(Ranking(dict(near), "means alike (cosine {:.2f})".format))
        return lists

    def _put(self, key: str, text: str | None) -> None:
        if text is None:
            self._lexical.remove(key)
        else:
            self._lexical.put(key, text)
        if self._meaning is not None:
            if text is None:
                self._meaning.remove(key)
            else:
                self._meaning.put(key, text)


class BehaviorIndex(TextIndex):
    """The behaviors as they are derived from their records, by what they say."""

    def __init__(
        self,
        table: HandbookTable,
        embedder: Embedder | None,
        vectors: VectorStore | None = None,
    ) -> None:
        super().__init__(BEHAVIORS, embedder, vectors)
        self._table = table
        self._touched: dict[str, None] = {}

    def apply(self, changes: Sequence[Change]) -> None:
        """Note which behaviors the records speak of."""
        for change in changes:
            if change.value is not None and change.key[0] in "vm":
                self._touched[change.value["behavior"]] = None
                self._touched[change.value.get("into", change.value["behavior"])] = None

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._touched.clear()

    async def settle(self) -> None:
        """Take the noted behaviors as the table has them now, then index what waits."""
        for key in self._touched:
            behavior = self._table.behavior(key)
            if behavior is None or behavior.id != key:
                self._put(key, None)
            if behavior is not None:
                self._put(
                    behavior.id, f"{spaced(behavior.name)}. {behavior.instruction} {behavior.topic}"
                )
        self._touched.clear()
        await super().settle()


class RuleIndex(TextIndex):
    """The rules, each by the one of its records that counts."""

    def __init__(self, embedder: Embedder | None, vectors: VectorStore | None = None) -> None:
        super().__init__(RULES, embedder, vectors)
        self._table = RuleTable()
        self._indexed: set[str] = set()
        self._is_behind = False

    def apply(self, changes: Sequence[Change]) -> None:
        """Take stored records in."""
        self._table.apply(changes)
        self._is_behind = True

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._table.clear()
        self._indexed.clear()

    async def settle(self) -> None:
        """Take the rules as they stand now, then index what waits."""
        if self._is_behind:
            shown = dict(self._table.shown())
            for key in self._indexed - shown.keys():
                self._put(key, None)
            for key in shown.keys() - self._indexed:
                self._put(key, self._text_of(key, shown[key]))
            self._indexed = set(shown)
            self._is_behind = False
        await super().settle()


def spaced(identifier: str) -> str:
    """`behavior_check_parity` as words."""
    return " ".join(identifier_words(identifier))


def _fact_text(key: str, value: Any) -> str | None:
    if not key.startswith("f"):  # a retraction or a declaration
        return None
    return (
        f"{value['subject']} {spaced(value['relation'])} {value['object']} {value.get('quote', '')}"
    )


def _episode_text(_: str, value: Any) -> str:
    parts = ("problem", "kind", "mistake", "reason")
    return " ".join(value[part] for part in parts if value.get(part))


def _person_text(_: str, value: Any) -> str:
    return (
        f"{value['person']} {value.get('kind', '')} {value.get('text', value.get('summary', ''))}"
    )


_TEXTS: dict[str, Callable[[str, Any], str | None]] = {
    BEHAVIORS: lambda _, value: value.get("instruction"),
    EPISODES: _episode_text,
    FACTS: _fact_text,
    PASSAGES: lambda _, value: value["text"],
    PEOPLE: _person_text,
    RULES: lambda _, value: f"{value['condition']} {value['rule']}",
}
