"""What may be stored: text that is text, of a sane length, without control characters.

Stored text is data. It is checked when it comes in, and quoted with its source when it is put
before a model; nothing in it is ever read as an instruction or as a namespace.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ...core.errors import InvalidInput

NAME_LIMIT: Final = 2_000
"""Characters of a name: of an entity, a relation, a behavior, a topic, a source."""
TEXT_LIMIT: Final = 10_000_000
"""Characters of a stored text."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def checked_text(text: object, what: str, limit: int = TEXT_LIMIT) -> str:
    """`text` if it may be stored, else `InvalidInput` naming `what` and the offence.

    Tabs and line breaks (U+0085 too) are allowed; other control characters and lone surrogates are not.
    """
    return _checked(text, what, limit, _CONTROL)


def checked_name(name: object, what: str, limit: int = NAME_LIMIT) -> str:
    """A name that may be stored: one line, not blank; surrounding spaces are dropped."""
    return _checked(name, what, limit, _CONTROL_OR_BREAK).strip()


def searchable(query: object) -> str:
    """A query to search with: whatever a person may type, each character that cannot be stored a space.

    Raises InvalidInput where nothing is left, or more than `TEXT_LIMIT` characters are.
    """
    if isinstance(query, str):
        query = _CONTROL.sub(" ", query)
    return checked_text(query, "a query")


def _checked(text: object, what: str, limit: int, forbidden: re.Pattern[str]) -> str:
    if not isinstance(text, str):
        raise InvalidInput(f"{what} must be text, not {type(text).__name__}")
    if len(text) > limit:
        raise InvalidInput(f"{what} has {len(text):,} characters; at most {limit:,} are kept")
    if bad := forbidden.search(text):
        raise InvalidInput(
            f"{what} holds the control character U+{ord(bad.group()):04X} at position "
            f"{bad.start()}; remove it"
        )
    if not text or text.isspace():
        raise InvalidInput(f"{what} is empty")
    return text


def xml_text(text: str) -> str:
    """A text without the few characters that XML has no way to write."""
    return _NOT_XML.sub("\ufffd", text)


def normalized(name: str) -> str:
    """The form under which two spellings of a name are the same: NFKC, case folded, one space."""
    if name.isascii():
        return " ".join(name.lower().split())
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def letters(name: str) -> str:
    """The form under which a name is the same in any case: the same letters, however they are encoded.

    Canonical equivalence and no more (Unicode annex 15, NFC): "Weiss" is not "Wei\u00df", nor is a letter
    with a dot one without.
    """
    return unicodedata.normalize("NFC", spelling(name).lower())


def spelling(name: str) -> str:
    """A name as it is written, but for how its accents are encoded (NFC) and how wide its gaps."""
    plain = " ".join(name.split())
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain)
