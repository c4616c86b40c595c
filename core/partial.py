"""Objects while they are being said: the parts of a JSON reply that have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .record import Event, Words

LEAST_GROWTH: Final = 16
"""Characters that must arrive before a reply is read again, and a tenth of its length: reading it again for
every piece would take quadratic time."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What has arrived of the object that was asked for, in step `index`.

    value: its fields so far, as plain data that nobody has checked; the last text may be cut.
    """

    index: int
    value: Mapping[str, Any]


class PartialReader:
    """Reads the object out of the pieces of a run's last step, its `speaker`'s words."""

    def __init__(self, speaker: str) -> None:
        self._speaker = speaker
        self._index = -1
        self._text = ""
        self._read = 0
        self._told: Mapping[str, Any] = {}

    def take(self, event: Event) -> Partial | None:
        """The object as far as it goes with this event; None where nothing has come to it."""
        if not isinstance(event, Words) or event.speaker != self._speaker or event.thought:
            return None
        if event.index != self._index:
            self._index, self._text, self._read = event.index, "", 0
        self._text += event.text
        if len(self._text) < self._read + max(LEAST_GROWTH, self._read // 10):
            return None
        self._read = len(self._text)
        found = _object_in(self._text)
        if not found or found == self._told:
            return None
        self._told = found
        return Partial(self._index, found)


def _object_in(text: str) -> Mapping[str, Any]:
    """The fields of the object that begins at the first brace, if one begins there."""
    from pydantic_core import from_json

    try:
        found = from_json(text[text.find("{") :], allow_partial="trailing-strings")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
