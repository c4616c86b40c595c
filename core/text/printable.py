"""Text from servers, models and files as it may be shown on a terminal or kept in a record."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Final

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


def printable(text: str) -> str:
    """The text with its control characters written out (`\\u001b`), so that a terminal shows them and does
    nothing else; line breaks and tabs stay."""
    return _CONTROL.sub(_escaped, text.replace("\r\n", "\n"))


def without_credentials(address: str) -> str:
    """An address or model string with the password in it masked: `http://user:***@host`."""
    return _USER_INFO.sub(rf"\g<1>{MASK}", address)


def without_secrets(text: str) -> str:
    """The text with the values of this process's key variables masked (`*_KEY`, `*_TOKEN`, `*_SECRET`,
    `*PASSWORD`, of 8 characters or more) wherever they stand."""
    for secret in secrets():
        if secret in text:
            text = text.replace(secret, MASK)
    return text


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
    """The values of this process's key variables, the longest first."""
    found = {
        value.strip()
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name) and len(value.strip()) >= SHORTEST_SECRET
    }
    return sorted(found, key=len, reverse=True)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"  # as JSON writes it
