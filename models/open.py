"""From a model string to a model.

embedded                     the model that metathink ships, run by llama.cpp in this process
embedded:PATH                other weights of its making, spoken to in the same compact wording
gguf:PATH                    a GGUF file, run by llama.cpp in this process (gguf:PATH?context=TOKENS)
vllm:ORG/MODEL               `vllm serve`, started here or joined
http://HOST:PORT/v1#MODEL    any OpenAI-compatible server (key from METATHINK_API_KEY, if it wants one)
... ?thinking=on|off         after any of these: whether the model thinks; reasoning_effort=low,
                             thinking_budget=TOKENS
recorded:PATH                samples recorded from real models
cassette:PATH                requests and replies recorded by cassette:PATH?model=STRING
PROVIDER/MODEL               everything litellm knows: openai/gpt-4o-mini, anthropic/..., hosted_vllm/...
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..core.errors import InvalidConfig, MetathinkError, UnknownModel
from ..core.off_loop import on_own_thread
from ..core.text.printable import tell_address, tell_secret, without_credentials
from .endpoints.wire import WireEndpoint
from .model import Model
from .profiles.thinking import split_thinking

FORMS = (
    "embedded, embedded:PATH, gguf:PATH, vllm:ORG/MODEL, http://HOST:PORT/v1#MODEL, recorded:PATH, "
    "cassette:PATH, cassette:PATH?model=STRING, PROVIDER/MODEL"
)

_open: dict[str, Model] = {}
_opening: dict[tuple[asyncio.AbstractEventLoop, str], asyncio.Task[None]] = {}
_told = False


async def open_model(name: str = "") -> Model:
    """The model of that name, the same object every time; whoever asks for it meanwhile waits for the one
    opening, which goes on when somebody stops waiting.

    Without a name it is METATHINK_MODEL's, else the embedded one (said once on stderr): a paid API is
    never picked by itself. Raises UnknownModel for a string of no known form, MissingExtra,
    EndpointUnreachable or ServerDied where the model cannot be had.
    """
    name = named(name)
    if name not in _open:
        key = asyncio.get_running_loop(), name
        if (opening := _opening.get(key)) is None:
            opening = _opening[key] = asyncio.ensure_future(_open_and_keep(name))
            opening.add_done_callback(lambda _: _opening.pop(key))
        try:
            await asyncio.shield(opening)
        except MetathinkError as error:
            raise copy(error) from error  # each run marks its own
    return _open[name]


async def _open_and_keep(name: str) -> None:
    if name.startswith(("cassette:", "recorded:")):
        _open[name] = await _opened(name)
        return
    string, thinking = split_thinking(name)
    model = await _opened(string)
    if thinking is not None:
        name_shown = without_credentials(name)
        model = replace(model, name=name_shown, thinking=thinking)
    _open[name] = model


def named(name: str) -> str:
    """The model string itself; for an empty one that of the default model."""
    return name.strip() or default_model()


def default_model() -> str:
    """METATHINK_MODEL, else `embedded`."""
    if name := os.environ.get("METATHINK_MODEL", "").strip():
        return name
    global _told
    if not _told:
        from .embedded import ABILITIES

        sys.stderr.write(f"metathink: no model named, using the embedded one ({ABILITIES})\n")
        _told = True
    return "embedded"


async def _opened(name: str) -> Model:
    kind, _, rest = name.partition(":")
    if kind == "embedded":
        from .embedded import open_embedded

        return await open_embedded(Path(rest).expanduser() if rest else None)
    if kind == "gguf":
        return await _from_gguf(name, rest)
    if kind == "vllm" and rest:
        from .endpoints.vllm import VllmServer, endpoint_of

        return Model(name, endpoint_of(await VllmServer.of(rest)))
    if kind in ("http", "https"):
        return await _from_address(name)
    if kind == "recorded":
        from .endpoints.recorded import recorded

        return recorded(Path(rest).expanduser(), name=name)
    if kind == "cassette":
        return await _from_cassette(name, rest)
    from .endpoints.hosted import litellm

    await on_own_thread(litellm)  # its import takes seconds, which are not the event loop's
    return _hosted(name)


async def _from_gguf(name: str, rest: str) -> Model:
    from .endpoints.llama import LlamaEndpoint, LlamaServer

    place, _, options = rest.partition("?")
    path = Path(place).expanduser()
    server = await LlamaServer.of(path, context=_context_in(options, name))
    layout = server.layout
    endpoint = LlamaEndpoint(
        server.base,
        path.stem,
        in_flight=2 * layout.slots,
        pool=layout.pool,
    )
    return Model(name, endpoint, context=layout.context, samples_at_once=layout.slots)


def _context_in(options: str, name: str) -> int | None:
    """The tokens of `context=TOKENS`; None where nothing is asked for."""
    if not options:
        return None
    key, _, value = options.partition("=")
    if key != "context" or not value.isdecimal():
        raise InvalidConfig(f"{name!r}: only ?context=TOKENS can follow the path of a GGUF file")
    return int(value)


async def _from_address(name: str) -> Model:
    base, _, model = name.partition("#")
    tell_address(base)
    base, key = base.rstrip("/"), os.environ.get("METATHINK_API_KEY", "").strip()
    if not model:
        served = await WireEndpoint(base, "", key).models()
        if not served:
            raise InvalidConfig(f"{base} serves no model; name one: {base}#MODEL")
        model = served[0]
    return Model(without_credentials(name), WireEndpoint(base, model, key))


async def _from_cassette(name: str, rest: str) -> Model:
    from .endpoints.cassette import CassetteEndpoint, CassetteName

    endpoint = await CassetteEndpoint.open(CassetteName.read(rest), open_model)
    model = endpoint.as_model(name)
    recorded, _, weights = endpoint.facts.model.partition(":")
    if recorded == "embedded":
        from .embedded import adapted

        return adapted(model, fitted=not weights)
    return model


def _hosted(name: str) -> Model:
    from .endpoints.hosted import HostedEndpoint, knows, litellm

    if not knows(name):
        near = _nearest(name, litellm().model_list)
        raise UnknownModel(f"nobody serves {name!r}{near}; forms: {FORMS}")
    endpoint = HostedEndpoint(name)
    return Model(name, endpoint, samples_at_once=endpoint.learned.profile.most_samples)


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, ["embedded", *known], 1)
    return f", did you mean {near[0]!r}?" if near else ""


def routed(model: str, deployments: Sequence[Mapping[str, Any]]) -> Model:
    """One model served at several places, spread and failed over by litellm's Router.

    Each deployment holds litellm parameters: `{"model": "hosted_vllm/qwen", "api_base": "http://..."}`.
    Raises InvalidConfig without any, and for one that names no model.
    """
    from .endpoints.hosted import HostedEndpoint

    if not deployments or not all(place.get("model") for place in deployments):
        raise InvalidConfig("a routed model needs at least one deployment, each with its model")
    tell_secret(*(place.get("api_key") for place in deployments))
    endpoint = HostedEndpoint(model, deployments=tuple(deployments))
    return Model(model, endpoint, samples_at_once=endpoint.learned.profile.most_samples)
