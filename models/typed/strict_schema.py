"""A JSON schema as endpoints with strict structured output accept it.

What OpenAI's strict mode asks for (platform.openai.com/docs/guides/structured-outputs, "Supported schemas"):
every property required, no further ones, optional parts nullable, no defaults, none of the keywords below.
Bounds are checked after the reply was read. Class docstrings say nothing to a model and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

ANNOTATIONS: Final = {
    *("default", "examples", "example", "deprecated", "readOnly", "writeOnly", "discriminator"),
    *("contentEncoding", "contentMediaType"),
}
CONSTRAINTS: Final = {
    *("format", "pattern", "minLength", "maxLength", "prefixItems", "unevaluatedItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains"),
    *("minProperties", "maxProperties", "patternProperties", "propertyNames"),
    "unevaluatedProperties",
}
UNSUPPORTED: Final = ANNOTATIONS | CONSTRAINTS
"""Keywords that are left out, as not every endpoint accepts them."""


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema (pydantic's) in strict form."""
    if "$ref" in schema:  # a type that contains itself: its root must be an object too
        definition = schema["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        schema = {**definition, "$defs": schema["$defs"]}
    strict = _strict(schema)
    strict.pop("description", None)
    for definition in strict.get("$defs", {}).values():
        definition.pop("description", None)
    return strict


def _strict(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    if len(schema.get("allOf", ())) == 1:
        return _strict({**schema["allOf"][0], **{k: v for k, v in schema.items() if k != "allOf"}})
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # nothing may stand beside a reference
    strict = {key: value for key, value in schema.items() if key not in UNSUPPORTED}
    if "const" in strict:
        strict["enum"] = [strict.pop("const")]
    if "oneOf" in strict:
        strict["anyOf"] = strict.pop("oneOf")
    if "anyOf" in strict:
        strict["anyOf"] = [_strict(option) for option in strict["anyOf"]]
    if "items" in strict:
        strict["items"] = _strict(strict["items"])
    if "$defs" in strict:
        strict["$defs"] = {name: _strict(part) for name, part in strict["$defs"].items()}
    if "properties" in strict:
        required = schema.get("required", ())
        strict["properties"] = {
            name: _strict(part) if name in required else _nullable(_strict(part))
            for name, part in schema["properties"].items()
        }
        strict |= {"additionalProperties": False, "required": list(schema["properties"])}
    elif isinstance(strict.get("additionalProperties"), Mapping):
        strict["additionalProperties"] = _strict(strict["additionalProperties"])
    return strict


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    options = schema.get("anyOf", [schema])
    if any(option.get("type") == "null" for option in options):
        return schema
    outer = {key: schema[key] for key in ("title", "description") if key in schema}
    inner = [{k: v for k, v in option.items() if k not in outer} for option in options]
    return {**outer, "anyOf": [*inner, {"type": "null"}]}


def is_strict(schema: Mapping[str, Any]) -> bool:
    """Whether a schema in strict form can be enforced as such: all its objects have named properties, and
    every part has a type. Mappings (`dict[str, int]`) and parts of any type do not."""
    return _enforceable(schema) and all(map(_enforceable, schema.get("$defs", {}).values()))


def _enforceable(schema: Any) -> bool:
    if not isinstance(schema, Mapping):
        return False
    if "$ref" in schema or "enum" in schema:
        return True
    if "anyOf" in schema:
        return all(map(_enforceable, schema["anyOf"]))
    if schema.get("type") == "object":
        properties = schema.get("properties")
        return properties is not None and all(map(_enforceable, properties.values()))
    if schema.get("type") == "array":
        return _enforceable(schema.get("items"))
    return "type" in schema
