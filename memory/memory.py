"""One open memory: the typed views of one namespace, recall over them, remembering and forgetting."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from ..core.errors import ErasurePending
from .episodes.episodes import Episodes
from .forget import to_forget
from .graph.graph import KnowledgeGraph
from .handbook.handbook import Handbook
from .people.people import People
from .remember import Extractor, Remembered, remember
from .rules.rules import Rules
from .store.open_namespace import OpenNamespace

if TYPE_CHECKING:
    from datetime import datetime

    from langgraph.store.base import BaseStore

    from .recall.recall import Recaller
    from .records.evidence import Evidence, RankedEntity, Source
    from .store.feed import Feed
    from .vectors.embedder import Embedder


_PENDING: Final = (
    "{} records are forgotten and nothing finds them, but their text still stands in the file's log: "
    "another process is reading. It is erased when the memory is next opened or closed after that, or "
    "by finish_forgetting() (`metathink memory forget --finish`)"
)


class Memory(OpenNamespace):
    """The memory of one namespace; open it with `open_memory`."""

    def __init__(
        self,
        feed: Feed,
        store: BaseStore,
        namespace: tuple[str, ...],
        *,
        embedder: Embedder | None = None,
        extractor: Extractor | None = None,
    ) -> None:
        super().__init__(feed, store, namespace)
        self.embedder = embedder
        self.extractor = extractor
        self.graph = KnowledgeGraph(self, self._entities)
        self.handbook = Handbook(self)
        self.episodes = Episodes(self)
        self.people = People(self)
        self.rules = Rules(self)

    @cached_property
    def recaller(self) -> Recaller:
        """What finds: the indexes over this memory, made at the first recall."""
        from .recall.recall import Recaller

        return Recaller(
            self, self.graph, self.handbook, self.episodes, self.people, embedder=self.embedder
        )

    async def _entities(self, question: str, limit: int, *, evaluating: bool) -> list[RankedEntity]:
        return await self.recaller.entities(question, limit, evaluating=evaluating)

    async def recall(
        self,
        query: str,
        *,
        recipe: str = "everything",
        tokens: int = 600,
        limit: int = 50,
        evaluating: bool = False,
    ) -> list[Evidence]:
        """What matters for a query, best first, within a token budget; see `Recaller.recall`."""
        return await self.recaller.recall(
            query, recipe=recipe, tokens=tokens, limit=limit, evaluating=evaluating
        )

    async def remember(self, text: str, source: Source | str) -> Remembered:
        """Keep a text as passages and, where an extractor is set, the facts it states.

        A passage has at most 2,000 characters and costs the extractor one call. Names are resolved
        against the entities known. Text and source heard before are not stored again, and a passage
        whose facts were read is not read again, unless one of them was forgotten.
        """
        return await remember(self, self.graph, text, source, self.extractor)

    async def forget(
        self,
        *,
        namespace: str | None = None,
        source: Source | str | None = None,
        older_than: datetime | None = None,
    ) -> int:
        """Delete, for good and from every index, what meets all the conditions given; how many.

        `source` is a document or run (as text) or a `Source` whose named parts must match;
        `older_than` goes by the time something was learned; what is said of other records (that a
        relation is single-valued, a fact retracted, a behavior merged or retired) stays as long as
        they do, unless its source is named too. `namespace`, which must be this memory's own, deletes
        all of it, its name too. What others wrote meanwhile stays.

        Raises ErasurePending where all of this was done but a file's log still holds text, because
        another process was reading: it is erased when the file is next opened or closed, or by
        `finish_forgetting`. A database server keeps deleted rows until it vacuums.
        """
        everything = namespace is not None and source is None and older_than is None
        async with self.erasing:
            doomed = await to_forget(self, namespace, source, older_than)
            if (doomed or everything) and not await self.erase(doomed, everything=everything):
                raise ErasurePending(_PENDING.format(len(doomed)), len(doomed))
        return len(doomed)

    async def finish_forgetting(self) -> bool:
        """Erase what the disk still holds of forgotten text; whether none is left. See `forget`."""
        return await self._feed.finish_erasing()
