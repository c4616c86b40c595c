"""Texts by their words: BM25 over an index in memory (tantivy); one more is as cheap as the last.

Nothing is written to disk: the index is made from the store when it is first asked, and kept up
with it from then on. What is added waits in a queue until the next search: writing stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..core.errors import MissingExtra
from .word import all_words, content_words

if TYPE_CHECKING:
    import tantivy

TEXT_LIMIT: Final = 100_000
"""Characters of one text that are indexed."""
_WRITER_BYTES: Final = 30_000_000


class LexicalIndex:
    """Keyed texts; searched for any of a query's words, ranked by BM25."""

    def __init__(self) -> None:
        self._engine = _engine()
        self._queue: dict[str, str | None] = {}
        self._start()

    def _start(self) -> None:
        schema = self._engine.SchemaBuilder()
        schema.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
        schema.add_text_field("text", tokenizer_name="en_stem", index_option="freq")
        self._known: set[str] = set()
        self._index = self._engine.Index(schema.build())
        self._writer = self._index.writer(_WRITER_BYTES, 1)

    def __len__(self) -> int:
        gained = sum(v is not None and k not in self._known for k, v in self._queue.items())
        lost = sum(v is None and k in self._known for k, v in self._queue.items())
        return len(self._known) + gained - lost

    def put(self, key: str, text: str) -> None:
        """Add a text, or replace the one of that key."""
        self._queue[key] = text

    def remove(self, key: str) -> None:
        """Take a text out; an unknown key is no error."""
        self._queue[key] = None

    def clear(self) -> None:
        """Take everything out."""
        self._queue = {}
        self._start()

    def search(self, query: str, limit: int) -> list[tuple[str, float]]:
        """Keys and BM25 scores of the `limit` best texts, best first."""
        self.settle()
        if not self._known:
            return []
        wanted = content_words(query) or all_words(query)
        if not wanted:
            return []
        # Words only, in lower case and quotes: nothing in them is query syntax.
        parsed = self._index.parse_query(" ".join(f'"{word}"' for word in wanted), ["text"])
        searcher = self._index.searcher()
        hits = searcher.search(parsed, limit, count=False).hits
        return [(searcher.doc(address)["key"][0], score) for score, address in hits]

    @property
    def waiting(self) -> int:
        """Texts that the next search, or `settle`, will index."""
        return len(self._queue)

    def settle(self) -> None:
        """Index what waits; may run on a thread while more is put into the queue."""
        if not self._queue:
            return
        queue, self._queue = self._queue, {}
        index, writer, known = self._index, self._writer, self._known  # `clear` makes new ones
        for key, text in queue.items():
            if key in known:
                writer.delete_documents_by_term("key", key)
                known.discard(key)
            if text is not None:
                writer.add_document(self._document(key, text))
                known.add(key)
        writer.commit()
        index.reload()

    def _document(self, key: str, text: str) -> tantivy.Document:
        document = self._engine.Document()
        document.add_text("key", key)
        document.add_text("text", " ".join(all_words(text[:TEXT_LIMIT])))
        return document


def _engine():
    try:
        import tantivy
    except ImportError as missing:
        raise MissingExtra("recall by words needs tantivy: pip install tantivy") from missing
    return tantivy
