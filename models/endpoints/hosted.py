"""Hosted APIs, and every model string litellm knows, through litellm."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from ...core.budget import Price
from ...core.errors import (
    AuthenticationFailed,
    EndpointFailed,
    EndpointUnreachable,
    MetathinkError,
    Refusal,
    UnknownModel,
)
from ..pool import reached
from ..profiles.body import body_of
from ..profiles.families import known_profile
from ..profiles.learning import Learned, learned_at
from ..profiles.profile import Profile
from ..replies.fault import REFUSAL_CHARACTERS, fault_of
from ..replies.wire_format import MALFORMED, Streamed, completion_of
from ..request import Choice, Completion, Request
from .wire import WireEndpoint

if TYPE_CHECKING:
    from types import ModuleType


KEYS = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "groq": ("GROQ_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY",),
    "xai": ("XAI_API_KEY",),
}
"""The environment variables that hold a provider's key; any of them will do."""

ADDRESSES = {
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    "hosted_vllm": ("HOSTED_VLLM_API_BASE",),
    "lm_studio": ("LM_STUDIO_API_BASE",),
    "deepseek": ("DEEPSEEK_API_BASE",),
    "groq": ("GROQ_API_BASE",),
    "openrouter": ("OPENROUTER_API_BASE",),
    "xai": ("XAI_API_BASE",),
}
"""Providers that speak the OpenAI protocol as it is, and the environment variables that hold an address of
the user's own for them."""


LOCAL = ("hosted_vllm", "lm_studio", "llamafile", "ollama", "ollama_chat")
"""Providers that are servers of open models."""


_loading = Lock()


@cache
def litellm() -> ModuleType:
    """litellm, imported when first needed (4 s) and kept off the network while it loads."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    with _loading:  # other threads could see its table of lazy names half filled
        import litellm

        litellm.suppress_debug_info = True
        _ = litellm.get_llm_provider
    return litellm


def _has_callbacks() -> bool:
    """Whether somebody has asked litellm to be told of every request (tracing, logging)."""
    loaded = sys.modules.get("litellm")
    names = ("callbacks", "success_callback", "failure_callback", "input_callback")
    told = [each for name in names for each in getattr(loaded, name, None) or ()]
    # A router registers callbacks of its own.
    return any(not _home(each).startswith("litellm.router") for each in told)


def _home(callback: object) -> str:
    """The module a callback is from; empty for a name such as "langfuse"."""
    if isinstance(callback, str):
        return ""
    return getattr(callback, "__module__", None) or type(callback).__module__


def knows(model: str) -> bool:
    """Whether litellm knows a provider for this model string."""
    try:
        litellm().get_llm_provider(model=model)
    except _any_fault():
        return False
    return True


async def embeddings(model: str, texts: Sequence[str]) -> dict[str, Any]:
    """`litellm.aembedding`, the reply as plain data."""
    try:
        return _plain(await litellm().aembedding(model=model, input=list(texts), max_retries=0))
    except _any_fault() as error:
        raise _ours(error, model) from error


@dataclass(frozen=True)
class HostedEndpoint:
    """One litellm model string, for example `openai/gpt-4o-mini` or `hosted_vllm/...`.

    `options` go to litellm as they are (api_base, api_key, ...). With `deployments`, a list of litellm
    parameters for several places that serve the same model, litellm's Router spreads the calls, rests
    a deployment that fails, and falls back to the others.

    Models of the providers in `ADDRESSES` at an address of the user's own are asked without litellm, which
    loses content in parts, replies that are not streamed and much else that servers send. With options
    beside address and key they go through litellm.
    """

    model: str
    options: Mapping[str, Any] = field(default_factory=dict)
    deployments: Sequence[Mapping[str, Any]] = ()
    in_flight: int = 64

    @property
    def address(self) -> str:
        """The litellm model string: calls in flight are limited for each."""
        return self.model

    @property
    def learned(self) -> Learned:
        """What is known of the model where these options reach it."""
        place = self.options.get("api_base") or self.options.get("base_url") or ""
        return learned_at(str(place), self.model, self._known)

    def _known(self) -> Profile:
        """The families' profiles, and what litellm's own tables say it does not let through."""
        profile = known_profile(self._served[0])
        parameters = frozenset.intersection(*map(_parameters, self._served))
        longest = _listed(self._served[0]).get("max_output_tokens")
        profile = replace(
            profile, most_completion=longest, recounts=self._direct is not None or profile.recounts
        )
        local = self._direct is not None or _provider(self._served[0])[0] in LOCAL
        if profile.thinking == "template" and not local:
            profile = replace(profile, thinking="effort")
        if not {"logprobs", "top_logprobs"} <= parameters:
            profile = profile.without("logprobs")
        if "n" not in parameters:
            profile = replace(profile, most_samples=1)
        if profile.typed == "json_schema" and not all(map(_takes_schema, self._served)):
            profile = replace(
                profile, typed="json_object" if "response_format" in parameters else "text"
            )
        return profile

    @property
    def enforces_schema(self) -> bool:
        """Whether replies to a request with a schema follow it, as far as is known."""
        return self.learned.profile.typed == "json_schema"

    @property
    def gives_logprobs(self) -> bool:
        """Whether log-probabilities come when they are asked for, as far as is known."""
        return "logprobs" not in self.learned.profile.left_out

    @property
    def _served(self) -> Sequence[str]:
        return [place["model"] for place in self.deployments] or [self.model]

    @property
    def price(self) -> Price | None:
        """From litellm's table; None for a model it does not list."""
        if self.model.startswith("hosted_vllm/"):
            return Price()
        entry = _listed(self.model)
        if "input_cost_per_token" not in entry:
            return None
        return Price(entry["input_cost_per_token"] or 0, entry.get("output_cost_per_token") or 0)

    async def complete(self, request: Request) -> Completion:
        """`litellm.acompletion`, or the router's. Retries are ours, so litellm does none."""
        self._require_key()
        if (direct := self._direct) is not None:
            return await direct.complete(
                replace(request, profile=request.profile or self.learned.profile)
            )
        arguments = self._arguments(request)
        lib = litellm()
        if base := self._own_address():
            async with reached(base):  # litellm waits for a connection as long as for a reply
                pass
        try:
            ask = self._router().acompletion if self.deployments else lib.acompletion
            if request.on_words is not None and "n" not in arguments:
                profile = request.profile or self.learned.profile
                if "stream" not in profile.left_out:
                    return await self._stream(ask, arguments, request, profile)
            reply = _plain(await self._asked(ask, arguments))
        except _any_fault() as error:
            raise _ours(error, self.model) from error
        said = completion_of(reply, self.model)
        for first in said.choices[:1]:
            # Of several samples, whose ends litellm's stream loses, the words come as one piece.
            request.tell(first)
        return said

    async def _asked(self, ask: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        """The reply as litellm reads it, which fails untyped on shapes that it does not know."""
        try:
            return await ask(**arguments)
        except _any_fault():
            raise
        except MALFORMED as error:
            raise EndpointFailed(
                f"litellm cannot read what {self.model} sent: {error}", unreported=True
            ) from error

    def _require_key(self) -> None:
        """Raise AuthenticationFailed, before anything is sent, where the provider's key is missing or is
        none that a header can hold."""
        provider = self.model.partition("/")[0]
        names = KEYS.get(provider, ())
        if not names or self.deployments or self.options.get("api_key"):
            return
        if getattr(litellm(), "api_key", None) or getattr(litellm(), f"{provider}_key", None):
            return
        key = next((os.environ[name] for name in names if os.environ.get(name)), "")
        if not key:
            raise AuthenticationFailed(
                f"{self.model} needs a key: set the environment variable {' or '.join(names)}"
            )
        if not key.isascii() or not key.isprintable():
            raise AuthenticationFailed(
                f"the key in {' or '.join(names)} has a line break or another character that no key has"
            )

    def _own_address(self) -> str:
        """An address given by hand that is reached directly; empty where a proxy stands between, and for
        several deployments, of which some may be down."""
        if self.deployments:
            return ""
        names = ADDRESSES.get(_provider(self.model)[0], ())
        base = self.options.get("api_base") or self.options.get("base_url") or ""
        base = base or next((os.environ[name] for name in names if os.environ.get(name)), "")
        return "" if not base or _proxied(base) else base

    @property
    def _direct(self) -> WireEndpoint | None:
        """The server at the user's own address, where the request needs nothing of litellm."""
        provider, model = _provider(self.model)
        if provider not in ADDRESSES or self.options.keys() - {"api_base", "base_url", "api_key"}:
            return None
        if _has_callbacks():
            return None
        if not (base := self._own_address()):
            return None
        names = KEYS.get(provider, (f"{provider.upper()}_API_KEY",))
        key = self.options.get("api_key") or next(filter(None, map(os.environ.get, names)), "")
        return WireEndpoint(base.rstrip("/"), model, key)

    async def _stream(
        self,
        ask: Callable[..., Any],
        arguments: dict[str, Any],
        request: Request,
        profile: Profile,
    ) -> Completion:
        """One sample, told as it comes. What litellm hands out ends with a finish reason and a count in any
        case, guessed where none came; the chunks it keeps have only what came."""
        if "stream_options" not in profile.left_out:
            arguments["stream_options"] = {"include_usage": True}
        said = await self._asked(ask, arguments | {"stream": True})
        told, streamed = Streamed(self.model), Streamed(self.model)
        async with aclosing(said) as stream:
            async for piece in stream:
                words, thoughts = told.take(_plain(piece))
                request.tell(Choice(words, reasoning=thoughts))
        for chunk in stream.chunks:
            streamed.take(_plain(chunk))
        return streamed.completion()

    async def context(self) -> int | None:
        """What a server at the user's own address tells, else litellm's table; None where neither does."""
        served = await direct.context() if (direct := self._direct) is not None else None
        return served or _listed(self._served[0]).get("max_input_tokens")

    async def count(self, request: Request) -> int | None:
        """litellm's count where it has the model's own tokenizer (OpenAI's), else None."""
        if not self.model.removeprefix("openai/").startswith(("gpt-", "o1", "o3", "o4")):
            return None
        messages = [{"role": m.role, "content": str(m.content)} for m in request.messages]
        return int(litellm().token_counter(model=self.model, messages=messages)) + 8

    def _arguments(self, request: Request) -> dict[str, Any]:
        profile = request.profile or self.learned.profile
        arguments = body_of(request, self.model, profile) | dict(self.options)
        arguments |= {"num_retries": 0, "max_retries": 0, "timeout": request.timeout or 600}
        return arguments

    def _router(self) -> Any:
        """One router for one set of deployments: its cooldowns must outlive a call."""
        places = [dict(place) for place in self.deployments]
        key = json.dumps([self.model, places], sort_keys=True, default=repr)
        if key not in _routers:
            models = [{"model_name": self.model, "litellm_params": place} for place in places]
            _routers[key] = litellm().Router(
                model_list=models, num_retries=0, cooldown_time=5, allowed_fails=0
            )
        return _routers[key]


_routers: dict[str, Any] = {}


def _any_fault() -> tuple[type[Exception], ...]:
    """What litellm's exceptions derive from, and the two of its Router that do not."""
    from openai import OpenAIError

    kinds = litellm().types.router
    return OpenAIError, kinds.RouterRateLimitError, kinds.RouterRateLimitErrorBasic


@cache
def _provider(model: str) -> tuple[str, str]:
    """The provider that litellm takes a model string for, and its own name of the model."""
    try:
        name, provider, _, _ = litellm().get_llm_provider(model=model)
    except _any_fault():
        return "", model
    return provider, name


def _proxied(base: str) -> bool:
    address, proxies = urlsplit(base), getproxies()
    named = proxies.get(address.scheme) or proxies.get("all")
    return bool(named) and not proxy_bypass(address.hostname or "")


def _listed(model: str) -> Mapping[str, Any]:
    """What litellm's table says of a model; empty for one it does not list."""
    listed = litellm().model_cost
    return listed.get(model) or listed.get(model.split("/", 1)[-1]) or {}


@cache
def _takes_schema(model: str) -> bool:
    return model.startswith("hosted_vllm/") or bool(litellm().supports_response_schema(model=model))


@cache
def _parameters(model: str) -> frozenset[str]:
    """The request parameters litellm lets through to that model; it takes a millisecond to say so."""
    return frozenset(litellm().get_supported_openai_params(model=model) or ())


def _plain(response: Any) -> dict[str, Any]:
    """The response as plain data; fields that litellm moves aside (refusals, thoughts) in their place."""
    plain = response.model_dump()
    for choice in plain.get("choices") or ():
        for name in ("message", "delta"):
            if message := choice.get(name):
                choice[name] = (message.get("provider_specific_fields") or {}) | message
    return plain


def _ours(error: Exception, model: str) -> MetathinkError:
    """litellm's exception as ours, with what the provider sent."""
    kinds, said = litellm().exceptions, f"{model}: {' '.join(str(error).split())[:300]}"
    status = int(getattr(error, "status_code", 0) or 0)
    if isinstance(error, ValueError):  # the Router's: every deployment rests
        return EndpointFailed(said, retry_after=getattr(error, "cooldown_time", None))
    if isinstance(error, kinds.BadRequestError) and "LLM Provider NOT provided" in str(error):
        return UnknownModel(said)
    if isinstance(error, (kinds.APIConnectionError, kinds.InternalServerError)) and _refused(error):
        return EndpointUnreachable(said)
    if isinstance(error, kinds.ContextWindowExceededError):
        status = 400
    elif isinstance(error, (kinds.AuthenticationError, kinds.PermissionDeniedError)):
        status = 401
    elif isinstance(error, (kinds.Timeout, kinds.APIConnectionError)) or status == 200:
        return EndpointFailed(said, unreported=True)
    headers = getattr(error, "litellm_response_headers", None)
    ours = fault_of(status, str(error), model, headers)
    if isinstance(error, kinds.UnsupportedParamsError):
        ours.refusal = Refusal(status, str(error)[:REFUSAL_CHARACTERS], sent=False)
    return ours


def _refused(error: BaseException) -> bool:
    """Whether no connection was opened, so that nothing can have been worked on."""
    import aiohttp
    import httpx

    fault: BaseException | None = error
    while fault is not None:
        if isinstance(
            fault, (ConnectionRefusedError, aiohttp.ClientConnectorError, httpx.ConnectError)
        ):
            return True
        fault = fault.__cause__ or fault.__context__
    said = str(error).lower()
    return "cannot connect to host" in said or "connect call failed" in said
