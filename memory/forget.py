"""Forgetting: what came from a source, what is older than a day, or a whole namespace, for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..core.errors import InvalidInput
from .records.change import Change, Value
from .records.clock import seconds
from .records.evidence import Source
from .store.namespace import parse_namespace
from .store.open_namespace import OpenNamespace

Test = Callable[[Value], bool]


async def to_forget(
    memory: OpenNamespace,
    namespace: str | None,
    source: Source | str | None,
    older_than: datetime | None,
) -> list[Change]:
    """The items that `Memory.forget` deletes, with what only made sense beside them."""
    tests = _tests(memory, namespace, source, older_than)
    doomed: list[Change] = []
    dependent: list[Change] = []
    async for item in memory.items():
        value = item.value or {}
        if all(test(value) for test in tests):
            doomed.append(Change(item.kind, item.key, None))
        elif "retracts" in value or "behavior" in value:
            dependent.append(item)
    return doomed + _orphans(doomed, dependent)


def _tests(
    memory: OpenNamespace,
    namespace: str | None,
    source: Source | str | None,
    older_than: datetime | None,
) -> list[Test]:
    tests: list[Test] = []
    if namespace is not None:
        if parse_namespace(namespace) != memory.namespace:
            own = "/".join(memory.namespace)
            raise InvalidInput(f"this memory is of {own!r}: open {namespace!r} to forget it")
        tests.append(lambda value: True)
    if source is not None:
        tests.append(lambda value: _is_from(value.get("source", {}), source))
    if older_than is not None:
        limit = seconds(older_than)
        by_age_alone = source is None
        tests.append(lambda v: v["learned"] < limit and not (by_age_alone and _is_standing(v)))
    if not tests:
        raise InvalidInput("say what to forget: namespace=..., source=... or older_than=...")
    return tests


def _is_standing(value: Value) -> bool:
    """Whether it is said of other records, however new: it goes with them, not by its own age.

    So it is for what relations are single-valued, retractions, merges and changes of status.
    """
    return any(field in value for field in ("single_valued", "retracts", "into", "status"))


def _is_from(stored: Value, source: Source | str) -> bool:
    if isinstance(source, str):
        return source in (stored.get("document"), stored.get("run"))
    wanted = {"document": source.document, "run": source.run, "step": source.step}
    return any(wanted.values()) and all(
        stored.get(name) == part for name, part in wanted.items() if part
    )


def _orphans(doomed: list[Change], dependent: list[Change]) -> list[Change]:
    """Retractions of facts that go, and records of behaviors no wording of which is left."""
    facts = {change.key for change in doomed}
    left = {value["behavior"] for c in dependent if (value := c.value) and c.key[0] == "v"}

    def is_orphan(value: Value) -> bool:
        named = {value[role] for role in ("behavior", "into") if role in value}
        return value.get("retracts") in facts or not named <= left

    return [change for change in dependent if change.value and is_orphan(change.value)]
