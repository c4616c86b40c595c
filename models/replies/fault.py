"""What an endpoint sent instead of an answer, as one of our errors; the same for every kind of endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time

from ...core.errors import (
    AuthenticationFailed,
    ContextTooLong,
    EndpointFailed,
    MetathinkError,
    QuotaExceeded,
    Refusal,
    RequestRejected,
)

REFUSAL_CHARACTERS = 4000

_CONTEXT = re.compile(
    r"context[_ ]?(length|size|window|limit)|exceed_context|maximum (context|prompt|input|model|sequence)"
    r"|(prompt|input|request|messages?) (is|are|was|has) too (long|large)|too (long|many tokens)"
    r"|input tokens? exceed|input token count|reduce the length|maximum number of tokens"
    r"|longer than the model|token limit|range of input length|max_model_len|max_seq_len"
    r"|tokens?`? \+ `?max_new_tokens|(prompt|input|message)s? (length )?exceeds?"
)
_QUOTA = re.compile(
    r"insufficient[_ ](quota|balance|credit|fund)|exceeded your current quota|out of credits?|no credits?"
    r"|credit balance|billing[_ ](hard[_ ]limit|not[_ ]active)|check your plan and billing"
    r"|requires more credits|payment required|account (is )?(suspended|in arrears)|余额不足|欠费"
)
_WAIT = re.compile(
    r"(?:try again|retry|wait)\D{0,20}?(?:in|after|for)?\W{0,3}"
    r"((?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|h(?:ours?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)\W?\s?)+)"
)
_DELAY = re.compile(r"\"retry_?delay\"\W{1,4}((?:\d+(?:\.\d+)?s))", re.IGNORECASE)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|milli|h|m|s)")
_SECONDS = {"ms": 0.001, "milli": 0.001, "h": 3600.0, "m": 60.0, "s": 1.0}


def fault_of(
    status: int, text: str, sender: str, headers: Mapping[str, str] | None = None
) -> MetathinkError:
    """The error for a reply of this status and body; `sender` names the endpoint in its message.

    ContextTooLong and QuotaExceeded are known by their words under any status, as providers agree on none.
    """
    headers = headers or {}
    said = f"{sender} answered {status}: {message_in(text)}"
    words = " ".join(text[:REFUSAL_CHARACTERS].lower().split())
    wait = _wait(headers, words)
    error: MetathinkError
    if status not in (401, 408) and status < 600 and _CONTEXT.search(words) and status != 429:
        error = ContextTooLong(said)
    elif status == 402 or (_QUOTA.search(words) and wait is None and status != 500):
        error = QuotaExceeded(
            f"{said}; the account has no quota left: see the provider's billing page"
        )
    elif status in (401, 403):
        error = AuthenticationFailed(said)
    elif status in (408, 425, 429) or status >= 500:
        error = EndpointFailed(said, retry_after=wait, unreported=status == 408 or status >= 500)
    else:
        error = RequestRejected(said)
    error.refusal = Refusal(status, text[:REFUSAL_CHARACTERS])
    return error


def message_in(text: str) -> str:
    """What a body says, in one line of at most 300 characters."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    for key in ("error", "message", "detail", "msg"):
        if isinstance(found, dict) and found.get(key):
            found = found[key]
    return " ".join(str(found).split())[:300]


def _wait(headers: Mapping[str, str], words: str) -> float | None:
    """The seconds to wait that the headers ask for, else the words."""
    named = {name.lower(): value for name, value in headers.items()}
    if (wait := _header_seconds(named.get("retry-after", ""))) is not None:
        return wait
    if re.fullmatch(r"\d+(\.\d+)?", milliseconds := named.get("retry-after-ms", "")):
        return float(milliseconds) / 1000
    if (found := _DELAY.search(words) or _WAIT.search(words)) is None:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _SPAN.findall(found[1]))


def _header_seconds(value: str) -> float | None:
    """The wait that a Retry-After header asks for, in either of its forms."""
    if re.fullmatch(r"\d+(\.\d+)?", value.strip()):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (TypeError, ValueError, OverflowError):
        return None
