"""A model's JSON made to fit the type that was asked for, where it is plain what was meant.

Forgiven are other cases, marks and separators in keys and listed words, numbers as strings and strings as
numbers, nulls for parts that may be left out, single items for lists, and wrappings: in "properties", in
the type's name, in a list of one, or the bare list of a type with one list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Schema = Mapping[str, Any]

WRAPPINGS: Final = 3
"""How deep an answer may be wrapped."""
WRAPPERS: Final = ("properties", "arguments", "parameters")
"""Keys of an echoed schema or of a tool call, beside which others may stand."""

_NO_WORD = re.compile(r"[\W_]+")
_NOTHING: Final = frozenset({"", "null", "none", "n/a", "nil"})
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?")


class Fitter:
    """Fits values to one JSON schema (pydantic's, with its `$defs`)."""

    def __init__(self, schema: Schema) -> None:
        self._whole = schema
        self._definitions: Mapping[str, Schema] = schema.get("$defs", {})

    def misnames(self, value: Any, schema: Schema | None = None) -> bool:
        """Whether a key in the value is one of the schema's, but in another case or with other separators.

        Validation would take it for a further key, and the part it names for left out.
        """
        schema = self._resolved(self._whole if schema is None else schema)
        options = schema.get("anyOf") or schema.get("oneOf") or ()
        if any(self.misnames(value, option) for option in options):
            return True
        if isinstance(value, list):
            return any(self.misnames(item, schema.get("items", {})) for item in value)
        if not isinstance(value, dict):
            return False
        properties = schema.get("properties", {})
        names = {_plain(name) for name in properties}
        return any(
            self.misnames(inner, properties[key]) if key in properties else _plain(key) in names
            for key, inner in value.items()
        )

    def readings(self, value: Any) -> Iterator[Any]:
        """What the value may mean, likeliest first."""
        for inner in self._unwrapped(value):
            yield self.fit(inner, self._whole)

    def fit(self, value: Any, schema: Schema) -> Any:
        """The value as the schema wants it, as far as it is plain what was meant; else as it is."""
        schema = self._resolved(schema)
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            return self._fit_option(value, [self._resolved(option) for option in options])
        if "enum" in schema or "const" in schema:
            return _listed(value, schema.get("enum") or [schema["const"]])
        kind = schema.get("type")
        if kind == "object":
            return self._fit_object(value, schema)
        if kind == "array":
            return self._fit_array(value, schema)
        return _fit_scalar(value, kind)

    def _unwrapped(self, value: Any) -> Iterator[Any]:
        schema = self._resolved(self._whole)
        for _ in range(WRAPPINGS + 1):
            if isinstance(value, list) and schema.get("type") == "object":
                if (name := self._only_list(schema)) is not None:
                    yield {name: value}
                if len(value) != 1:
                    return
                value = value[0]
                continue
            yield value
            if not isinstance(value, dict) or schema.get("type") != "object":
                return
            names = {_plain(name) for name in schema.get("properties", {})}
            if any(_plain(key) in names for key in value):
                return
            inner = [value[key] for key in WRAPPERS if key in value] or list(value.values())
            if len(inner) != 1:
                return
            value = inner[0]

    def _only_list(self, schema: Schema) -> str | None:
        """The name of the only property, if it is a list."""
        properties = schema.get("properties", {})
        name = next(iter(properties), None)
        if name is None or len(properties) > 1:
            return None
        return name if self._resolved(properties[name]).get("type") == "array" else None

    def _resolved(self, schema: Schema) -> Schema:
        """The schema without references and wrappings of one."""
        for _ in range(20):
            if "$ref" in schema:
                schema = self._definitions.get(schema["$ref"].rsplit("/", 1)[-1], {})
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            else:
                break
        return schema

    def _fit_option(self, value: Any, options: Sequence[Schema]) -> Any:
        nullable = any(option.get("type") == "null" for option in options)
        if nullable and _is_nothing(value, options):
            return None
        options = [option for option in options if option.get("type") != "null"]
        best = max(options, key=lambda option: self._closeness(value, option), default=None)
        return value if best is None else self.fit(value, best)

    def _closeness(self, value: Any, schema: Schema) -> float:
        """How well a value agrees with a schema before it is fitted."""
        if "enum" in schema or "const" in schema:
            allowed = schema.get("enum") or [schema["const"]]
            return 3.0 if value in allowed else 2.5 if _listed(value, allowed) in allowed else 0.0
        kind = schema.get("type")
        if kind == "object" and isinstance(value, dict):
            names = {_plain(name) for name in schema.get("properties", {})}
            said = {_plain(key) for key in value}
            tagged = self._constants_agree(value, schema)
            return 1.0 + tagged + len(names & said) / (1 + len(names | said))
        return 2.0 if _is_of(value, kind) else 1.0 if _fit_changes(value, kind) else 0.0

    def _constants_agree(self, value: Mapping[str, Any], schema: Schema) -> float:
        """1 if the members that tell the types of a union apart are this type's."""
        told = [
            self._resolved(part).get("const") == value.get(name)
            for name, part in schema.get("properties", {}).items()
            if "const" in self._resolved(part)
        ]
        return float(bool(told) and all(told))

    def _fit_object(self, value: Any, schema: Schema) -> Any:
        if not isinstance(value, dict):
            return value
        properties: Mapping[str, Schema] = schema.get("properties", {})
        names = {_plain(name): name for name in properties}
        required = schema.get("required", ())
        extra = schema.get("additionalProperties")
        fitted: dict[str, Any] = {}
        for key, inner in value.items():
            name = str(key if key in properties else names.get(_plain(key), key))
            if name in properties:
                if (
                    inner is None
                    and name not in required
                    and not self._takes_null(properties[name])
                ):
                    continue
                if name not in fitted or key == name:
                    fitted[name] = self.fit(inner, properties[name])
            else:
                fitted[key] = self.fit(inner, extra) if isinstance(extra, dict) else inner
        return fitted

    def _takes_null(self, schema: Schema) -> bool:
        schema = self._resolved(schema)
        options = schema.get("anyOf") or schema.get("oneOf") or [schema]
        return any(self._resolved(option).get("type") in ("null", None) for option in options)

    def _fit_array(self, value: Any, schema: Schema) -> Any:
        items = self._resolved(schema.get("items", {}))
        if isinstance(value, str) and "enum" in items:
            value = re.split(r"[,;]\s*|\s+and\s+", value)
        elif isinstance(value, dict) and items.get("type") == "object":
            names = {_plain(name) for name in items.get("properties", {})}
            known = any(_plain(key) in names for key in value)
            value = [value] if known else list(value.values())
        elif isinstance(value, (str, int, float)) and _is_of(value, items.get("type", "string")):
            value = [value]
        if not isinstance(value, list):
            return value
        parts = schema.get("prefixItems", ())
        return [
            self.fit(item, parts[place] if place < len(parts) else schema.get("items", {}))
            for place, item in enumerate(value)
        ]


def _plain(word: Any) -> str:
    """Letters and digits of a word, in small letters."""
    return _NO_WORD.sub("", str(word)).casefold()


def _listed(value: Any, allowed: Sequence[Any]) -> Any:
    """The one of the listed values that is meant, whatever its case and the marks around it."""
    if value in allowed:
        return value
    meant = [one for one in allowed if _plain(one) == _plain(value) and _plain(one)]
    return meant[0] if len(meant) == 1 else value


def _is_nothing(value: Any, options: Sequence[Schema]) -> bool:
    """Whether a value is null or a word for it, which a text may not be."""
    if value is None:
        return True
    words = isinstance(value, str) and value.strip().casefold() in _NOTHING
    return words and (bool(value.strip()) or not any(o.get("type") == "string" for o in options))


def _is_of(value: Any, kind: str | None) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    types: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "array": (list,),
        "object": (dict,),
    }
    return kind is None or isinstance(value, types.get(kind, ()))


def _fit_changes(value: Any, kind: str | None) -> bool:
    return _is_of(_fit_scalar(value, kind), kind)


def _fit_scalar(value: Any, kind: str | None) -> Any:
    """Numbers as strings and strings as numbers."""
    if kind == "string":
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, (int, float)):
            return str(value)
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            return "\n".join(value)
    elif kind in ("integer", "number") and isinstance(value, str):
        words = value.strip().replace("\u2212", "-")
        if _NUMBER.fullmatch(words):
            number = float(words)
            return int(words) if words.lstrip("+-").isdecimal() else number
    elif kind == "boolean" and isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(_plain(value), value)
    return value
