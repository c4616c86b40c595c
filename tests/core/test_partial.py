"""Objects are read while they arrive."""

from __future__ import annotations

import time

from metathink.core.partial import Partial, PartialReader
from metathink.core.record import Words

REPLY = 'Here it is:\n```json\n{"name": "Ada Lovelace", "born": 1815, "notes": ["A", "G"]}\n```'


def told(reply: str, size: int, speaker: str = "formatter", thought: bool = False) -> list[Partial]:
    reader = PartialReader("formatter")
    pieces = [reply[at : at + size] for at in range(0, len(reply), size)]
    found = [reader.take(Words(3, speaker, piece, thought)) for piece in pieces]
    return [each for each in found if each is not None]


def test_fields_come_as_they_are_said() -> None:
    seen = told(REPLY, 8)
    assert seen[0].index == 3 and set(seen[0].value) == {"name"}
    assert seen[-1].value["name"] == "Ada Lovelace" and seen[-1].value["born"] == 1815
    names = [str(each.value.get("name", "")) for each in seen]
    assert all("Ada Lovelace".startswith(name) for name in names)


def test_words_of_others_and_thoughts_are_not_read() -> None:
    assert told(REPLY, 8, speaker="reasoner") == []
    assert told(REPLY, 8, thought=True) == []
    assert told("no object at all, whatever { may follow" * 3, 8) == []


def test_a_new_step_begins_a_new_object() -> None:
    reader = PartialReader("formatter")
    assert reader.take(Words(1, "formatter", '{"name": "a name of another one'))
    again = reader.take(Words(2, "formatter", '{"age": 36, "name": "Ada"}'))
    assert again is not None and again.value == {"age": 36, "name": "Ada"}


def test_a_long_object_is_read_in_time() -> None:
    reply = '{"words": [' + '"word", ' * 40_000 + '"end"]}'
    begun = time.process_time()
    seen = told(reply, 8)
    assert len(seen) < 200
    assert time.process_time() - begun < 5  # read anew for every piece it takes minutes
