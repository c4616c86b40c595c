"""What may stand in a text: no control characters, no terminal escapes, no half characters."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"""
      (?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]?                  # CSI: colours, cursor, erasing
    | (?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])                     # OSC, DCS, SOS, PM, APC ...
      [^\x07\x1b\x80-\x9f]{0,4096}(?:\x07|\x1b\\|\x9c)            # ... up to their terminator
    | \x1b[ -/]{0,8}[0-~]?                                        # two-character escapes, a lone ESC
    """,
    re.VERBOSE,
)
_OTHER_CONTROLS = {
    code: None
    for code in (*range(32), 127, *range(128, 160), 0xFFFE, 0xFFFF)
    if chr(code) not in "\n\t"
}


def clean(text: str) -> str:
    """The text without what must not reach a terminal or a file.

    Terminal escape sequences go as a whole, other control characters except line breaks and tabs one by
    one. A carriage return counts as a line break, a lone surrogate becomes U+FFFD. Linear in the length.
    """
    if text.isprintable():
        return text
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_OTHER_CONTROLS)
