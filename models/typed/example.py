"""The form of a typed reply shown to a model: an example instance, and notes on what it cannot show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

DEPTH: Final = 6
"""Levels of a type that contains itself."""

_TEXTS: Final = {
    "date-time": "2025-01-31T09:30:00",
    "date": "2025-01-31",
    "time": "09:30:00",
    "duration": "PT1H30M",
    "email": "name@example.org",
    "uri": "https://example.org",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}


class Form:
    """The example and the notes for one JSON schema (pydantic's)."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._definitions: Mapping[str, Any] = schema.get("$defs", {})
        self._notes: dict[str, None] = {}
        self.example = self._example(schema, "", 0)

    @property
    def text(self) -> str:
        """The example as JSON, then a line for each note."""
        return "\n".join([json.dumps(self.example, ensure_ascii=False), *self._notes])

    def _example(self, schema: Mapping[str, Any], path: str, depth: int) -> Any:
        schema = self._resolved(schema)
        if examples := schema.get("examples"):
            return examples[0]
        if "enum" in schema:
            allowed = ", ".join(json.dumps(one, ensure_ascii=False) for one in schema["enum"])
            if len(schema["enum"]) > 1:
                self._note(path, f"one of {allowed}")
            return schema["enum"][0]
        if "const" in schema:
            return schema["const"]
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self._option(list(map(self._resolved, options)), path, depth)
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, path, depth)
        if kind == "array":
            return self._array(schema, path, depth)
        if kind in ("integer", "number"):
            return self._number(schema, path)
        return {"boolean": True, "null": None}.get(kind or "", self._string(schema))

    def _option(self, options: list[Mapping[str, Any]], path: str, depth: int) -> Any:
        values = [option for option in options if option.get("type") != "null"]
        if len(values) < len(options):
            self._note(path, "or null if there is none")
        examples = [self._example(option, path, depth) for option in values]
        if len(examples) > 1:
            shown = " or ".join(json.dumps(one, ensure_ascii=False) for one in examples)
            self._note(path, f"has one of these forms: {shown}")
        return examples[0] if examples else None

    def _object(self, schema: Mapping[str, Any], path: str, depth: int) -> Any:
        if "properties" not in schema:
            extra = schema.get("additionalProperties")
            inner = (
                self._example(extra, f"{path}.*", depth + 1) if isinstance(extra, dict) else "..."
            )
            return {"key": inner}
        if depth > DEPTH:
            return {}
        required = schema.get("required", ())
        example = {}
        for name, part in schema["properties"].items():
            place = f"{path}.{name}" if path else name
            if told := part.get("description"):
                self._note(place, " ".join(told.split()))
            example[name] = self._example(part, place, depth + 1)
            if name not in required and not any(
                note.startswith(f"- {place}: or null") for note in self._notes
            ):
                self._note(place, "may be left out")
        return example

    def _array(self, schema: Mapping[str, Any], path: str, depth: int) -> Any:
        place = f"{path}[]"
        if parts := schema.get("prefixItems"):
            return [self._example(part, place, depth + 1) for part in parts]
        if depth > DEPTH:
            return []
        return [self._example(schema.get("items", {}), place, depth + 1)]

    def _number(self, schema: Mapping[str, Any], path: str) -> float:
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        if low is not None or high is not None:
            limits = [f"from {low:g}"] * (low is not None) + [f"up to {high:g}"] * (
                high is not None
            )
            self._note(path, f"a number {' '.join(limits)}")
        whole = schema.get("type") == "integer"
        if low is not None and high is not None:
            middle = (low + high) / 2
            return int(middle) if whole else middle
        if low is not None and low > 0:
            return low + 1
        return high - 1 if high is not None and high < 1 else 1 if whole else 0.5

    def _string(self, schema: Mapping[str, Any]) -> str:
        return _TEXTS.get(schema.get("format", ""), "...")

    def _note(self, path: str, words: str) -> None:
        self._notes[f"- {path or 'the reply'}: {words}"] = None

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        for _ in range(20):
            if "$ref" in schema:
                schema = self._definitions.get(schema["$ref"].rsplit("/", 1)[-1], {})
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            else:
                break
        return schema
