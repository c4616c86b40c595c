"""People: preferences, emotional markers, long-term hypotheses and a summary for each.

Notes fade (`DECAY`) and are capped (`CAP`): when a note more is written, the one of least weight is
deleted. A note that says what is noted already renews it instead.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...core.errors import InvalidInput
from ..graph.fact import digest
from ..records.change import PEOPLE, Change, Value
from ..records.clock import moment, now, seconds
from ..records.evidence import Source, source_of, source_value
from ..records.text import checked_name, checked_text, letters, normalized
from ..store.open_namespace import OpenNamespace
from .person import CAP, DECAY, NOTES, Note, Person, PersonNote

_DAY = 86_400.0


class PeopleTable:
    """The records of each person, by the person's name whatever its case; an `Index`."""

    kinds = frozenset({PEOPLE})

    def __init__(self) -> None:
        self.of_person: defaultdict[str, dict[str, Value]] = defaultdict(dict)
        self._person_of: dict[str, str] = {}

    def clear(self) -> None:
        """Forget everything."""
        self.of_person.clear()
        self._person_of.clear()

    def apply(self, changes: Sequence[Change]) -> None:
        """Take stored records in."""
        for change in changes:
            person = self._person_of.pop(change.key, None)
            if person is not None:
                del self.of_person[person][change.key]
            if change.value is not None:
                person = self._person_of[change.key] = letters(change.value["person"])
                self.of_person[person][change.key] = change.value


class People:
    """The people of one namespace."""

    def __init__(self, memory: OpenNamespace, *, decay: float = DECAY, cap: int = CAP) -> None:
        self._memory = memory
        self._decay, self._cap = decay, cap
        self.table = PeopleTable()

    async def names(self) -> list[str]:
        """Everyone something is known of."""
        people = (await self._ready()).of_person.values()
        return sorted({record["person"] for records in people for record in records.values()})

    async def person(self, name: str, *, at: datetime | None = None) -> Person:
        """What is known of a person, weighed as of now (or `at`); nothing, of an unknown one."""
        name = checked_name(name, "a person's name")
        time = now() if at is None else seconds(at)
        records = (await self._ready()).of_person.get(letters(name), {})
        notes = [self._note(key, r, time) for key, r in records.items() if "kind" in r]
        summaries = [record for record in records.values() if "summary" in record]
        latest = max(summaries, key=lambda record: record["learned"], default=None)
        notes.sort(key=lambda note: (-note.weight, note.id))
        if latest is None:
            return Person(name, "", tuple(notes))
        return Person(name, latest["summary"], tuple(notes), Source(**latest["source"]))

    async def note(
        self,
        name: str,
        kind: Note,
        text: str,
        *,
        strength: float = 1.0,
        evidence: str = "",
        source: Source | str,
    ) -> PersonNote:
        """Note something of a person; the same note again is renewed. See `PersonNote`."""
        if kind not in NOTES:
            raise InvalidInput(f"a note is one of {', '.join(NOTES)}, not {kind!r}")
        if not 0.0 <= strength <= 1.0:
            raise InvalidInput(f"strength {strength} is not within 0 to 1")
        name = checked_name(name, "a person's name")
        value: dict[str, Any] = {
            "person": name,
            "kind": kind,
            "text": checked_text(text, "a note"),
            "strength": strength,
            "evidence": evidence and checked_text(evidence, "a note's evidence"),
            "source": source_value(source_of(source)),
            "learned": now(),
        }
        key = f"u{digest('note', letters(name), kind, normalized(text)):016x}"
        table = await self._ready()
        faded = self._beyond_cap(table, name, Change(PEOPLE, key, value))
        await self._memory.write([Change(PEOPLE, key, value), *faded])
        return self._note(key, value, value["learned"])

    async def summarize(self, name: str, summary: str, *, source: Source | str) -> None:
        """Replace the summary of a person."""
        name = checked_name(name, "a person's name")
        value = {
            "person": name,
            "summary": checked_text(summary, "a summary"),
            "source": source_value(source_of(source)),
            "learned": now(),
        }
        await self._ready()
        key = f"u{digest('summary', letters(name)):016x}"
        await self._memory.write([Change(PEOPLE, key, value)])

    async def _ready(self) -> PeopleTable:
        await self._memory.ready(self.table)
        return self.table

    def _beyond_cap(self, table: PeopleTable, name: str, new: Change) -> list[Change]:
        records = table.of_person.get(letters(name), {})
        notes = {key: r for key, r in records.items() if "kind" in r and key != new.key}
        time = now()
        weakest = sorted(notes, key=lambda key: (self._weight(notes[key], time), key))
        return [Change(PEOPLE, key, None) for key in weakest[: max(0, len(notes) + 1 - self._cap)]]

    def _weight(self, record: Value, time: float) -> float:
        days = max(0.0, time - record["learned"]) / _DAY
        return record["strength"] * math.exp(-self._decay * days)

    def _note(self, key: str, record: Value, time: float) -> PersonNote:
        return PersonNote(
            id=key,
            kind=record["kind"],
            text=record["text"],
            strength=record["strength"],
            weight=self._weight(record, time),
            evidence=record["evidence"],
            source=Source(**record["source"]),
            learned=moment(record["learned"]),
        )
