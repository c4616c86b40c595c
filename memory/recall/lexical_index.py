"""Texts by their words: BM25 over an index in memory (tantivy); one more is as cheap as the last.

Nothing is written to disk: the index is made from the store when it is first asked, and kept up
with it from then on. What is added waits in a queue until the next search: writing stays quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ...core.errors import MissingExtra
from .disguise import unmixed
from .word import all_words, content_words, plain

if TYPE_CHECKING:
    import tantivy

TEXT_LIMIT: Final = 100_000
"""Characters of one text that are indexed."""
_WRITER_BYTES: Final = 30_000_000
_ANALYZER: Final = "words"


class LexicalIndex:
    """Keyed texts; searched for any of a query's words, ranked by BM25."""

    def __init__(self) -> None:
        self._engine = _engine()
        self._analyzer = _analyzer(self._engine)
        self._queue: dict[str, str | None] = {}
        self._start()

    def _start(self) -> None:
        schema = self._engine.SchemaBuilder()
        schema.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
        schema.add_text_field("text", tokenizer_name=_ANALYZER, index_option="freq")
        self._known: set[str] = set()
        self._schema = schema.build()
        self._index = self._engine.Index(self._schema)
        self._index.register_tokenizer(_ANALYZER, self._analyzer)
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
        query = unmixed(plain(query))
        wanted = content_words(query) or all_words(query)
        if not wanted:
            return []
        searcher = self._index.searcher()
        hits = searcher.search(self._any_of(wanted), limit, count=False).hits
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

    def _any_of(self, words: Sequence[str]) -> tantivy.Query:
        """Texts with any of these words: made of terms, so that nothing in them is query syntax."""
        query, should = self._engine.Query, self._engine.Occur.Should
        terms = dict.fromkeys(self._analyzer.analyze(" ".join(words)))
        return query.boolean_query(
            [(should, query.term_query(self._schema, "text", term, "freq")) for term in terms]
        )

    def _document(self, key: str, text: str) -> tantivy.Document:
        document = self._engine.Document()
        document.add_text("key", key)
        document.add_text("text", " ".join(all_words(unmixed(plain(text[:TEXT_LIMIT])))))
        return document


def _analyzer(engine: Any) -> tantivy.TextAnalyzer:
    """English stems, and Latin letters without their accents, of words as `all_words` reads them."""
    builder = engine.TextAnalyzerBuilder(engine.Tokenizer.whitespace())
    kinds = engine.Filter
    return builder.filter(kinds.ascii_fold()).filter(kinds.stemmer("english")).build()


def _engine():
    try:
        import tantivy
    except ImportError as missing:
        raise MissingExtra("recall by words needs tantivy: pip install tantivy") from missing
    return tantivy
