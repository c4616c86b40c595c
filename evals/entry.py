"""What is compared: a method under a name, with what it is told.

A file of rows is TOML, one table a row; so an ablation is written, not programmed:

    ["rema, three turns"]
    method = "rema"
    max_turns = 3

    ["rema, another model"]
    method = "rema"
    model = "gguf:other.gguf"
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from metathink.api import settings_of_method
from metathink.core.errors import InvalidConfig, InvalidInput


@dataclass(frozen=True)
class Entry:
    """One row of a comparison. `model` is empty for the model all rows share; `tokens_of` names the
    row whose tokens this one was given (see `Contest.equal_tokens`)."""

    name: str
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    tokens_of: str = ""

    @property
    def identity(self) -> str:
        """Equal for rows that would ask the very same."""
        return json.dumps([self.method, self.model, {**self.settings}], sort_keys=True, default=str)

    def told(self, **settings: Any) -> Entry:
        """With these settings too. Raises UnknownMethod and InvalidConfig."""
        entry = replace(self, settings={**self.settings, **settings})
        settings_of_method(entry.method, {**entry.settings})
        return entry


def entries(
    methods: Sequence[str], rows: Path | None = None, settings: Sequence[str] = ()
) -> tuple[Entry, ...]:
    """A row for each method and for each table of the file, with settings `ROW.key=value`.

    Raises InvalidInput for a file that is none, InvalidConfig for rows or settings that are wrong,
    UnknownMethod.
    """
    found = [Entry(name, name).told() for name in methods]
    found += read_rows(rows) if rows else []
    by_name = {entry.name: entry for entry in found}
    if len(by_name) < len(found):
        raise InvalidConfig("two rows have the same name")
    for item in settings:
        name, key, value = _setting(item, by_name)
        by_name[name] = by_name[name].told(**{key: value})
    return tuple(by_name.values())


def read_rows(path: Path) -> list[Entry]:
    """The rows of a TOML file. Raises InvalidInput, InvalidConfig, UnknownMethod."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"cannot read rows from {path}: {error}") from error
    if not tables:
        raise InvalidInput(f"{path} has no rows")
    return [_row(path, name, table) for name, table in tables.items()]


def _row(path: Path, name: str, table: object) -> Entry:
    if not isinstance(table, dict) or not isinstance(table.get("method"), str):
        raise InvalidConfig(f"{path}: the row {name!r} wants a table with a method")
    told = {key: value for key, value in table.items() if key not in ("method", "model")}
    return Entry(name, table["method"], model=str(table.get("model", ""))).told(**told)


def _setting(item: str, known: Mapping[str, Entry]) -> tuple[str, str, str]:
    place, equals, value = item.partition("=")
    name, _, key = place.rpartition(".")
    if not (equals and key and name):
        raise InvalidConfig(f"a setting is ROW.key=value, not {item!r}")
    if name not in known:
        raise InvalidConfig(f"no row {name!r} to set {key}; there are {', '.join(known)}")
    return name, key, value
