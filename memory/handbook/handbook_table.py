"""The behaviors of one namespace, derived from the records of what was done to them.

Nothing is overwritten: versions, merges, outcomes and changes of status are records of their own,
so two processes never lose each other's evidence, and every state can be gone back to.

    v...  version   behavior, name, instruction, topic, edit, validated_by, source
    m...  merge     behavior, into
    t...  outcome   behavior, problem, shown, correct, tokens, run
    s...  status    behavior, status ("retired" or "active"), reason
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..records.change import BEHAVIORS, Change, Value
from ..records.clock import moment
from ..records.evidence import Source
from ..records.similar import SimilarTexts
from .behavior import Behavior, Status, Version, behavior_name
from .credit import Credit, Outcome, credit


class HandbookTable:
    """All behaviors of a namespace; an `Index`. `version` grows with every change."""

    kinds = frozenset({BEHAVIORS})

    def __init__(self) -> None:
        self.version = 0
        self._start()

    def _start(self) -> None:
        self._records: dict[str, dict[str, dict[str, Value]]] = {
            letter: defaultdict(dict) for letter in "vmts"
        }
        self._behaviors: dict[str, Behavior] = {}
        self._named: dict[str, str] = {}
        self._into: dict[str, str] = {}
        self._parts: defaultdict[str, set[str]] = defaultdict(set)
        self._taught: defaultdict[str, set[str]] = defaultdict(set)
        self.similar = SimilarTexts()

    def clear(self) -> None:
        """Forget everything."""
        self.version += 1
        self._start()

    def apply(self, changes: Sequence[Change]) -> None:
        """Take records in; the behaviors they speak of are derived anew."""
        if any(change.value is None for change in changes):
            self._apply_deletions({c.key for c in changes if c.value is None})
        touched = set()
        for change in changes:
            if change.value is not None:
                behavior = change.value["behavior"]
                self._records[change.key[0]][behavior][change.key] = change.value
                touched.add(behavior)
                if change.key[0] == "m":
                    touched |= {self._root(behavior), self._root(change.value["into"])}
                    self._merge(behavior)
        for root in {self._root(behavior) for behavior in touched} | touched:
            self._derive(root)
        self.version += 1

    def behavior(self, name_or_id: str) -> Behavior | None:
        """The behavior of that id or name; of one merged away, what it was merged into."""
        key = name_or_id if name_or_id in self._records["v"] else None
        if key is None and name_or_id.strip():
            key = self._named.get(behavior_name(name_or_id))
        return None if key is None else self._behaviors.get(self._root(key))

    def taught_by(self, run: str) -> list[Behavior]:
        """The behaviors that a run taught, or joined in teaching."""
        roots = sorted({self._root(key) for key in self._taught.get(run, ())})
        return [self._behaviors[root] for root in roots if root in self._behaviors]

    def __iter__(self) -> Iterator[Behavior]:
        return iter(self._behaviors.values())

    def __len__(self) -> int:
        return len(self._behaviors)

    def versions(self, behavior: str) -> list[Version]:
        """Every version of a behavior and of those merged into it, oldest first."""
        return [_version(key, value) for key, value in self._versions(behavior)]

    def _versions(self, root: str) -> list[tuple[str, Value]]:
        records = self._of("v", root)
        return sorted(records, key=lambda record: (record[1]["learned"], record[0]))

    def _of(self, letter: str, root: str) -> list[tuple[str, Value]]:
        parts = sorted({root, *self._parts.get(root, ())})
        return [record for part in parts for record in self._records[letter].get(part, {}).items()]

    # -- merging --------------------------------------------------------------------------------

    def _root(self, behavior: str) -> str:
        return self._into.get(behavior, behavior)

    def _merge(self, behavior: str) -> None:
        """Follow the newest merge of every behavior of the two groups to where it ends."""
        into = self._newest_into(behavior)
        group = {behavior, into} | self._parts.pop(self._root(behavior), set())
        group |= self._parts.pop(self._root(into), set()) | {self._root(behavior), self._root(into)}
        for member in group:
            self._into.pop(member, None)
        ends = {member: self._end(member) for member in sorted(group)}
        for member, end in ends.items():
            if end != member:
                self._into[member] = end
                self._parts[end].add(member)

    def _end(self, behavior: str) -> str:
        seen = [behavior]
        while (into := self._newest_into(seen[-1])) != seen[-1]:
            if into in seen:  # merged in a circle: the first of them by id stands for all
                return min(seen[seen.index(into) :])
            seen.append(into)
        return seen[-1]

    def _newest_into(self, behavior: str) -> str:
        merges = self._records["m"].get(behavior)
        if not merges:
            return behavior
        return max(merges.items(), key=lambda record: (record[1]["learned"], record[0]))[1]["into"]

    # -- deriving -------------------------------------------------------------------------------

    def _derive(self, key: str) -> None:
        self._behaviors.pop(key, None)
        self.similar.drop(key)
        if self._root(key) != key:
            return
        versions = self._versions(key)
        own = [record for record in versions if record[1]["behavior"] == key]
        if not own:
            return
        written = [record for record in own if record[1]["edit"] != "merge"]
        # Where all that was written is forgotten, what was merged first stands for it.
        behavior = self._derived(key, written[-1] if written else own[0], versions)
        self._behaviors[key] = behavior
        self._named |= {name: key for name in behavior.also}
        self._named[behavior.name] = key
        for source in behavior.sources:
            if source.run:
                self._taught[source.run].add(key)
        self.similar.put(key, behavior.instruction)

    def _derived(
        self, key: str, current: tuple[str, Value], versions: list[tuple[str, Value]]
    ) -> Behavior:
        version, value = current
        earned = credit(_outcome(record) for _, record in self._of("t", key))
        validated = any(record.get("validated_by") for _, record in versions)
        names = {record["name"] for _, record in versions} - {value["name"]}
        return Behavior(
            id=key,
            name=value["name"],
            instruction=value["instruction"],
            topic=value.get("topic", ""),
            status=self._status(key, earned, validated),
            credit=earned,
            sources=tuple(dict.fromkeys(Source(**record["source"]) for _, record in versions)),
            also=tuple(sorted(names)),
            version=version,
            learned=moment(versions[0][1]["learned"]),
        )

    def _status(self, key: str, earned: Credit, validated: bool) -> Status:
        # Its own alone: what was said of a behavior that was merged into it is not said of it.
        own = self._records["s"].get(key, {}).items()
        said = sorted(own, key=lambda record: (record[1]["learned"], record[0]))
        if said and said[-1][1]["status"] == "retired":
            return "retired"
        if earned.is_harmful and not said:  # a person's word to restore it stands above
            return "retired"
        return "active" if validated or earned.is_proven or said else "candidate"

    def _apply_deletions(self, gone: set[str]) -> None:
        kept = [
            Change(BEHAVIORS, key, value)
            for records in self._records.values()
            for of_behavior in records.values()
            for key, value in of_behavior.items()
            if key not in gone
        ]
        self._start()
        self.apply(kept)


def _version(key: str, value: Value) -> Version:
    return Version(
        id=key,
        name=value["name"],
        instruction=value["instruction"],
        topic=value.get("topic", ""),
        edit=value["edit"],
        source=Source(**value["source"]),
        learned=moment(value["learned"]),
    )


def _outcome(value: Value) -> Outcome:
    return Outcome(value["problem"], value["shown"], value["correct"], value["tokens"])
