"""Text from servers, models and files as it may be shown on a terminal or kept in a record."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final
from urllib.parse import unquote

MASK: Final = "***"
SHORTEST_SECRET: Final = 8
"""Characters; a shorter value of a key variable is a placeholder ("none", "EMPTY"), not a secret."""

_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SECRET_NAME: Final = re.compile(r"(?:_KEY|_TOKEN|_SECRET|PASSWORD)$", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"(://[^\s/@:]{0,200}:)[^\s/@]{1,200}(?=@)")
_BEARER: Final = re.compile(r"\b(Bearer\s{1,3})[\w.~+/=-]{8,}", re.IGNORECASE)
_NAMED_KEY: Final = re.compile(
    r"((?:api|access)[-_ ]?(?:key|token)|authorization|password|passwd|secret)"
    r"(\"?'?\s{0,3}[:=]\s{0,3}\"?'?(?:basic\s{1,3})?)"
    r"(?=[^\s\"',;&}\])]{0,200}\d|[^\s\"',;&}\])]{20})[^\s\"',;&}\])]{4,}",
    re.IGNORECASE,
)
_KNOWN_FORM: Final = re.compile(r"\b(?:sk-|gsk_|hf_|xai-|pplx-|nvapi-|AIza)[\w-]{12,}")


_told: set[str] = set()
"""Secrets that no variable of this process holds."""


def printable(text: str) -> str:
    """The text with its control characters written out (`\\u001b`), so that a terminal shows them and does
    nothing else; line breaks and tabs stay."""
    return _CONTROL.sub(_escaped, text.replace("\r\n", "\n"))


def without_credentials(address: str) -> str:
    """An address or model string with the password in it masked: `http://user:***@host`."""
    return _USER_INFO.sub(rf"\g<1>{MASK}", address)


def without_secrets(text: str) -> str:
    """The text with this process's secrets (see `secrets`) masked wherever they stand."""
    for secret in secrets():
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def masked(value: Any) -> Any:
    """The value with this process's secrets masked in every text within it: in mappings, lists, tuples and
    dataclasses. The same object where there is none."""
    known = secrets()
    return _masked(value, known) if known else value


def holds_secret(data: bytes) -> bool:
    """Whether one of this process's secrets stands in the data."""
    return any(secret.encode("utf-8", "replace") in data for secret in secrets())


def tell_secret(*values: object) -> None:
    """Have these texts masked too: keys that were given in code. Those under 8 characters are no secrets."""
    _told.update(v for v in values if isinstance(v, str) and len(v) >= SHORTEST_SECRET)


def tell_address(address: str) -> None:
    """Have the password in an address (`postgresql://user:password@host`) masked wherever it stands."""
    if found := _USER_INFO.search(address):
        password = address[found.end(1) : found.end()]
        tell_secret(password, unquote(password))


def safe_message(text: str) -> str:
    """A message of unknown origin without keys, passwords and control characters.

    Also masks what looks like a key: headers, `api_key=...`, the forms of known providers.
    """
    text = without_credentials(without_secrets(text))
    text = _BEARER.sub(rf"\g<1>{MASK}", text)
    text = _NAMED_KEY.sub(rf"\g<1>\g<2>{MASK}", text)
    return printable(_KNOWN_FORM.sub(MASK, text))


def as_json(value: Any, *, ascii_only: bool = False) -> str:
    """The value as JSON text without control characters; what is no JSON type is written as its text."""
    text = json.dumps(value, ensure_ascii=ascii_only, default=str)
    return _CONTROL.sub(_escaped, text)


def secrets() -> list[str]:
    """The values of this process's key variables (`*_KEY`, `*_TOKEN`, `*_SECRET`, `*PASSWORD`, of 8
    characters or more) and what it was told to be secret, the longest first."""
    found = {
        value.strip()
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name) and len(value.strip()) >= SHORTEST_SECRET
    }
    return sorted(found | _told, key=len, reverse=True)


def _masked(value: Any, known: list[str]) -> Any:
    if isinstance(value, str):
        for secret in known:
            if secret in value:
                value = value.replace(secret, MASK)
        return value
    if isinstance(value, Mapping):
        parts = {_masked(key, known): _masked(part, known) for key, part in value.items()}
        return value if _same(parts, value) else parts
    if isinstance(value, (list, tuple)):
        items = [_masked(item, known) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if is_dataclass(value) and not isinstance(value, type):
        changed = copy.copy(value)
        for field in fields(value):
            object.__setattr__(changed, field.name, _masked(getattr(value, field.name), known))
        return changed
    return value


def _same(parts: Mapping[Any, Any], value: Mapping[Any, Any]) -> bool:
    return parts.keys() == value.keys() and all(parts[key] is value[key] for key in parts)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"  # as JSON writes it
