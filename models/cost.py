"""What a request can cost at most, and what it did cost.

The promise to budgets in tokens and dollars: what is reserved before a request is what it can cost at most,
and what cannot be known afterwards is booked as all of that.

- A prompt is reserved by its bytes, of which no tokenizer makes more tokens, and by what the server's own
  template was seen to add. Where that does not fit what is left, the server is asked to count; where it
  cannot count, an estimate by script is reserved, raised by the most that this server's counts ever were
  above it, or by half before it counted anything. It is not lowered where the counts were below it: prompts
  full of signs say nothing about one of plain words. Only such an estimate, on the last calls that fit a
  budget, can be exceeded.
- A reply is reserved by the cap that is sent: the caller's, or a share of what is left (`core/budget.py`).
  A server that refuses every cap is booked as it reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from string import ascii_letters

from ..core.budget import LEAST_COMPLETION, LEAST_SHARE, Ledger, Price, Reservation
from ..core.errors import ContextTooLong, EndpointUnreachable, MetathinkError
from ..core.usage import Usage
from .profiles.profile import ASSUMED_CONTEXT, Profile
from .request import Completion, Endpoint, Request

NOT_WORKED_ON = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 425, 429})
"""With these statuses a server has certainly not worked on the request."""
MESSAGE_TOKENS = 16
"""What a chat template adds to each message, at most; four times that once for the conversation."""
MOST_RATIO = 100.0
"""Tokens counted for each one estimated; a server that says more is not believed."""
COUNTS_REFUSED = 2
"""After so many vain questions an endpoint is not asked to count again."""

_LETTERS = f"{ascii_letters} ".encode()
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_OTHER_LETTERS = re.compile("[\u00a0-\u2e7f\ua000-\uabff]+")


def prompt_bytes(request: Request) -> int:
    """The most tokens the prompt can have, without what a template adds beyond the usual."""
    words = sum(
        len(m.content.encode("utf-8", "replace")) + MESSAGE_TOKENS for m in request.messages
    )
    return words + 4 * MESSAGE_TOKENS + (len(str(request.schema)) if request.schema else 0)


def tokens_in(text: str) -> float:
    """About how many tokens a text has: a quarter for each ASCII letter or space, one for each CJK
    character, two thirds for each of other letters, one for each ASCII digit or sign, three for the rest."""
    ascii_part = text.encode("ascii", "ignore")
    ascii_signs = len(ascii_part.translate(None, _LETTERS))
    letters = len(ascii_part) - ascii_signs
    if len(ascii_part) == len(text):
        return letters / 4 + ascii_signs
    cjk = sum(map(len, _CJK.findall(text)))
    other = sum(map(len, _OTHER_LETTERS.findall(text)))
    rest = len(text) - len(ascii_part) - cjk - other
    return letters / 4 + cjk + other * 2 / 3 + ascii_signs + rest * 3


def prompt_estimate(request: Request) -> float:
    """About how many tokens the prompt has."""
    words = sum(tokens_in(m.content) + MESSAGE_TOKENS / 2 for m in request.messages)
    return words + (tokens_in(str(request.schema)) if request.schema else 0)


@dataclass
class Counted:
    """What a server's counts say about our bounds of its prompts."""

    overhead: int = 0
    """The most tokens that a prompt had beyond its bytes: a long template."""
    ratio: float = 1.5
    """The most that a prompt had for each token estimated; half as much again before anything was counted."""
    seen: int = 0
    refused: int = 0

    def note(self, request: Request, tokens: int) -> None:
        """Learn from the server's count of a prompt."""
        ratio = tokens / max(prompt_estimate(request), 1.0)
        ratio = min(ratio, MOST_RATIO)
        self.ratio = max(1.0 if self.seen == 0 else self.ratio, 1.1 * ratio)
        self.seen += 1
        self.overhead = max(self.overhead, tokens - prompt_bytes(request))

    def most(self, request: Request) -> int:
        """The bytes, and what this server's template adds beyond them."""
        return prompt_bytes(request) + self.overhead

    def about(self, request: Request) -> int:
        """The estimate with this server's margin."""
        return min(self.most(request), int(prompt_estimate(request) * self.ratio) + MESSAGE_TOKENS)

    async def exactly(self, request: Request, endpoint: Endpoint) -> int | None:
        """The endpoint's own count, None where it has none."""
        if self.refused >= COUNTS_REFUSED:
            return None
        tokens = await endpoint.count(request)
        self.refused = self.refused + 1 if tokens is None else 0
        return tokens


async def reservation(
    request: Request,
    profile: Profile,
    endpoint: Endpoint,
    ledger: Ledger,
    price: Price,
    context: int | None,
    counted: Counted,
) -> Reservation:
    """The most the request can cost, within the model's context and the longest reply it gives.

    `context` is in tokens, None where only the endpoint may know. Raises ContextTooLong when the prompt,
    counted by the endpoint, leaves no room for a reply.
    """
    uncapped = request.max_tokens is None
    limit = context or profile.context or (await endpoint.context() if uncapped else None)
    prompt, exact = counted.most(request), None
    most = request.max_tokens or limit or ASSUMED_CONTEXT
    most = min(most, profile.most_completion or most)
    wanted = Reservation(prompt, most, request.n, price, uncapped)
    tight = not ledger.fits(wanted)
    near = limit is not None and prompt + (prompt if uncapped else most) > limit
    if tight or near:
        exact = await counted.exactly(request, endpoint)
        prompt = counted.about(request) if exact is None else min(prompt, exact)
    if limit is not None:
        if exact is not None and exact >= limit:
            raise ContextTooLong(
                f"the model reads {limit} tokens at most; the prompt alone has {exact}"
            )
        most = min(most, max(limit - prompt, LEAST_COMPLETION))
    elif uncapped:
        most = min(most, max(ASSUMED_CONTEXT - prompt, LEAST_SHARE))
    return replace(wanted, prompt_tokens=prompt if tight else wanted.prompt_tokens, max_tokens=most)


def booked(completion: Completion, held: Reservation, price: Price) -> Usage:
    """What an answered request cost: the server's counts, and the most it can have been where there is none.

    A count of fewer tokens than there are samples with words is none.
    """
    usage, worst = completion.usage, held.worst
    samples = sum(bool(choice.text.strip() or choice.reasoning) for choice in completion.choices)
    prompt, said = usage.prompt_tokens, usage.completion_tokens
    unknown = prompt == 0 or said < samples
    if prompt == 0:
        prompt = worst.prompt_tokens
    if said < samples or (unknown and said == 0):
        said = worst.completion_tokens if not held.uncapped else _bytes_of(completion)
    return replace(
        usage,
        prompt_tokens=prompt,
        completion_tokens=said,
        calls=1,
        usd=price.of(prompt, said),
        unreported=int(unknown),
    )


def _bytes_of(completion: Completion) -> int:
    texts = [part for choice in completion.choices for part in (choice.text, choice.reasoning)]
    return sum(len(text.encode("utf-8", "replace")) for text in texts)


def cost_of_failure(error: Exception, held: Reservation) -> Usage:
    """What a request that failed cost: nothing where it was never sent, a call where the server refused it,
    and all that it can have cost where the server may have worked on it."""
    worst = replace(held.worst, unreported=1)
    if isinstance(error, EndpointUnreachable) or not isinstance(error, MetathinkError):
        return Usage()
    if (refusal := error.refusal) is not None:
        if not refusal.sent:
            return Usage()
        return Usage(calls=1) if refusal.status in NOT_WORKED_ON else worst
    return worst if getattr(error, "unreported", False) else Usage()
