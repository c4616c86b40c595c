"""What the embedded model can be asked: the forms of question that it was trained on, one for each family.

A question of another form gets a short answer that is wrong and sounds sure, so it is refused before it is
asked. A form is recognised by expressions that all must be found in the question; each is searched for in
time linear in the question's length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_FORMS: Mapping[str, tuple[str, ...]] = {
    "boolean expressions": (
        r"\A(?:what is the value of|evaluate)?(?:\s|[()]|\b(?:true|false|and|or|not)\b)+"
        r"(?:is|equals|=)?\s?\??\Z",
        r"\b(?:true|false)\b",
    ),
    "arithmetic in two brackets": (r"\A[\s()\d+*-]+=?\Z", r"\d\s*\)", r"\d"),
    "walks": (r"\b(?:starting point|where you (?:started|began))", r"\b(?:take|turn)\b"),
    "counting objects": (
        r"\b(?:I|we) have\b",
        r"\bhow many\b[\w\s]{1,60}\bdo (?:I|we) have\b",
    ),
    "coloured objects": (
        r"\b(?:on|from) the \w+(?: \w+)?,? (?:there (?:is|are)|you see|I see|we see)\b",
        r"\?",
    ),
    "times of day": (r"\bbetween what times\b", r"\d(?:am|pm)\b"),
    "shuffled objects": (r"\bpairs of\b|\b(?:swap|trade|switch)\b", r"\bat the end\b"),
    "orders of objects": (r"\barranged in a fixed order\b",),
    "who lies": (
        r"\b(?:lies|tells the truth)\b",
        r"\b(?:does \w+ tell|is \w+ telling) the truth\b",
    ),
    "knights and knaves": (r"\bknights?\b", r"\bknaves?\b"),
    "word problems": (
        r"\d|\b(?:an?|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|double)\b",
        r"\.\s+(?:how (?:many|much) (?:more )?[a-z]+ (?:in [a-z]+ )?(?:does|do|are|is|can)"
        r"|what is the number of) [^.?]*\?\s*\Z",
    ),
    "stories of moved objects": (
        r"\b(?:entered|exited|left|moved|is in|went|put|puts|moves)\b",
        r"\bwhere\b",
        r"\bis in the\b|\bentered the\b|\bmoved the\b",
    ),
    "game of 24": (
        r"\d \d",
        r"[-+*/]|\btarget\b",
        r"\beach\b|\bevery\b|\bfirst\b|\bright\b",
    ),
    "open brackets": (r"\binput:[\[\](){}<>\s]+\Z",),
    "sorting words": (r"\balphabetical|\bfrom a to z\b|\bdictionary\b", r"\blist:|\bwords\b"),
}
_EXPRESSIONS: Final = tuple(
    tuple(re.compile(part, re.IGNORECASE) for part in parts) for parts in _FORMS.values()
)
KINDS: Final = tuple(_FORMS)
"""What may be asked, in words."""


def is_supported(question: str) -> bool:
    """Whether the question has one of the forms that the embedded model was trained on."""
    asked = question.strip()
    return any(all(part.search(asked) for part in parts) for parts in _EXPRESSIONS)
