"""Texts that look alike but are written with other characters, brought to one form.

The form is that of Unicode standard 39 (confusable detection), as far as it concerns letters that
pass for Latin ones: compatibility forms (full-width, mathematical alphabets), marks above and below
letters, characters nobody sees, and letters of other scripts that are drawn like Latin letters.
It is for comparison alone: it is no text to show, and two words of one form may be different words.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_ALIKE: Final = {
    "a": "\u0391\u03b1\u0410\u0430\u0251\u13aa\ua4ee",
    "b": "\u0392\u0412\u042c\u044c\u0432\u0184\u13f4\ua4d0",
    "c": "\u03f2\u03f9\u0421\u0441\u1d04\u13df\ua4da",
    "d": "\u0501\u13a0\ua4d3",
    "e": "\u0395\u03b5\u0415\u0435\u04bd\u13ac\ua4f0",
    "f": "\u03dc\u0192\ua4dd",
    "g": "\u0261\u0581\u050c\u13c0\ua4d6",
    "h": "\u0397\u041d\u043d\u04ba\u04bb\u0570\u13bb\ua4e7",
    "i": "\u0399\u03b9\u0406\u0456\u0131\u04c0\u04cf\u13a5\ua4f2",
    "j": "\u037f\u03f3\u0408\u0458\u13ab\ua4d9",
    "k": "\u039a\u03ba\u041a\u043a\u13e6\ua4d7",
    "l": "\u13de\ua4e1\u029f",
    "m": "\u039c\u041c\u043c\u13b7\ua4df",
    "n": "\u039d\u03b7\u0578\ua4e0",
    "o": "\u039f\u03bf\u03c3\u041e\u043e\u0555\u0585\u1d0f\ua4f3",
    "p": "\u03a1\u03c1\u0420\u0440\u13e2\ua4d1",
    "q": "\u051a\u051b\u0566",
    "r": "\u0433\u13a1\u13d2\ua4e3",
    "s": "\u0405\u0455\u054f\u13d5\ua4e2",
    "t": "\u03a4\u03c4\u0422\u0442\u13a2\ua4d4",
    "u": "\u03c5\u057d\u0446\ua4f4",
    "v": "\u03bd\u0474\u0475\u13d9\ua4e6",
    "w": "\u03c9\u051c\u051d\u0461\u0561\u13b3\ua4ea",
    "x": "\u03a7\u03c7\u0425\u0445\ua4eb",
    "y": "\u03a5\u03b3\u0423\u0443\u04ae\u04af\u13bd\ua4ec",
    "z": "\u0396\u13c3\ua4dc",
}
"""Each Latin letter with letters of Greek, Cyrillic, Armenian, Cherokee and Lisu drawn like it."""
_LATIN: Final = {ord(other): letter for letter, others in _ALIKE.items() for other in others}
_WORD: Final = re.compile(r"\w+")
_ASCII: Final = re.compile(r"[A-Za-z]")


def undisguised(text: str) -> str:
    """A text as it looks: in lower case, each letter by the Latin one it is drawn like."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text).translate(_SEEN).translate(_LATIN)
    return bare.casefold().translate(_LATIN)


def unmixed(text: str) -> str:
    """A text whose words of several scripts are in Latin letters alone; others stay as they are."""
    if text.isascii():
        return text
    return _WORD.sub(_in_one_script, text)


def _in_one_script(word: re.Match[str]) -> str:
    written = word.group()
    return written.translate(_LATIN) if _ASCII.search(written) else written


class _Seen(dict[int, int | None]):
    """Deletes marks (Mn, Me) and format characters (Cf); each character is looked at once."""

    def __missing__(self, character: int) -> int | None:
        category = unicodedata.category(chr(character))
        self[character] = None if category in ("Mn", "Me", "Cf") else character
        return self[character]


_SEEN: Final = _Seen()
