"""Texts by their words: BM25 over an index in memory (tantivy); one more is as cheap as the last.

Nothing is written to disk: the index is made from the store when it is first asked, and kept up
with it from then on. What is added waits in a queue until the next search: writing stays quick.
"""

from __future__ import annotations

from typing import Final

from ..core.errors import MissingExtra
from .word import all_words, content_words

TEXT_LIMIT: Final = 100_000
"""Characters of one text that are indexed."""
_WRITER_BYTES: Final = 30_000_000


class LexicalIndex:
    """Keyed texts; searched for any of a query's words, ranked by BM25."""

    def __init__(self) -> None:
        self._engine = _engine()
        self._queue: dict[str, str | None] = {}
        self._known: set[str] = set()
        self._start()

    def _start(self) -> None:
        schema = self._engine.SchemaBuilder()
        schema.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
        schema.add_text_field("text", tokenizer_name="en_stem", index_option="freq")
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
        self._queue.clear()
        self._known.clear()
        self._start()

    def search(self, query: str, limit: int) -> list[tuple[str, float]]:
        """Keys and BM25 scores of the `limit` best texts, best first."""
        self._drain()
        wanted = content_words(query) or all_words(query)
        if not wanted:
            return []
        # Words only, in lower case and quotes: nothing in them is query syntax.
        parsed = self._index.parse_query(" ".join(f'"{word}"' for word in wanted), ["text"])
        searcher = self._index.searcher()
        hits = searcher.search(parsed, limit, count=False).hits
        return [(searcher.doc(address)["key"][0], score) for score, address in hits]

    def _drain(self) -> None:
        if not self._queue:
            return
        for key, text in self._queue.items():
            if key in self._known:
                self._writer.delete_documents("key", key)
                self._known.discard(key)
            if text is not None:
                self._add(key, text)
        self._queue.clear()
        self._writer.commit()
        self._index.reload()

    def _add(self, key: str, text: str) -> None:
        document = self._engine.Document()
        document.add_text("key", key)
        document.add_text("text", " ".join(all_words(text[:TEXT_LIMIT])))
        self._writer.add_document(document)
        self._known.add(key)


def _engine():
    try:
        import tantivy
    except ImportError as missing:
        raise MissingExtra("recall by words needs tantivy: pip install tantivy") from missing
    return tantivy
