"""What a GGUF file says of its model, read from its header without loading the weights.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little endian).
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import InvalidInput

HALF = 2
"""Bytes of a 16-bit number: what llama.cpp keeps keys and values in."""

_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_KEPT_ITEMS = 4096
"""Longer arrays (a vocabulary) are counted, not kept."""
_MOST_KEYS, _MOST_ITEMS = 100_000, 10_000_000
_PART = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf")

Value = bool | int | float | str | Sequence[bool | int | float | str]


@dataclass(frozen=True)
class GgufHeader:
    """A model as its file describes it.

    context: tokens of prompt and completion it was trained for.
    kv_bytes: bytes that one token of context takes in the key-value cache, at 16 bits a number. Layers with
        a sliding window are counted whole, so this is an upper bound.
    vocabulary: number of tokens; 0 where the file has none.
    size: bytes of the file, of all its parts where it is split.
    """

    architecture: str
    context: int
    kv_bytes: int
    vocabulary: int
    size: int

    @classmethod
    def of(cls, path: Path) -> GgufHeader:
        """Read the header. Raises InvalidInput for a file that is missing, no GGUF or damaged."""
        try:
            with path.open("rb") as file:
                if file.read(4) != b"GGUF":
                    raise InvalidInput(f"{path} is not a GGUF model file")
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                    values, sizes = _Reader(content).header()
        except FileNotFoundError as error:
            raise InvalidInput(f"no model file at {path}") from error
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read: {error.strerror or error}") from error
        except (struct.error, ValueError) as error:
            raise InvalidInput(f"{path} is damaged: its header cannot be read ({error})") from error
        try:
            return _described(values, sizes, _size(path))
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise InvalidInput(
                f"{path} does not describe a language model: {error!r} in its header"
            ) from error


class _Reader:
    """Walks through the header; every length is checked against the file before it is used."""

    def __init__(self, content: mmap.mmap) -> None:
        self.content, self.at = content, 4

    def header(self) -> tuple[dict[str, Value], dict[str, int]]:
        """The metadata by key, and the number of items of each array."""
        version = self._number("I")
        if version not in (2, 3):
            raise ValueError(f"GGUF version {version} is not supported")
        self._number("Q")  # tensors
        values: dict[str, Value] = {}
        sizes: dict[str, int] = {}
        for _ in range(self._count(_MOST_KEYS)):
            key = self._text()
            kind = self._number("I")
            if kind == _ARRAY:
                values[key], sizes[key] = self._array()
            else:
                values[key] = self._value(kind)
        return values, sizes

    def _count(self, most: int) -> int:
        if (count := self._number("Q")) > most:
            raise ValueError(f"{count} entries")
        return count

    def _number(self, code: str) -> int:
        (number,) = struct.unpack_from("<" + code, self.content, self.at)
        self.at += struct.calcsize(code)
        return number

    def _value(self, kind: int) -> bool | int | float | str:
        if kind == _STRING:
            return self._text()
        if kind not in _SCALARS:
            raise ValueError(f"a value of the unknown type {kind}")
        return self._number(_SCALARS[kind])

    def _text(self) -> str:
        start = self._skip_text()
        return self.content[start : self.at].decode("utf-8", "replace")

    def _skip_text(self) -> int:
        """Move past a string; where its bytes begin."""
        length = self._number("Q")
        start = self.at
        if length > len(self.content) - start:
            raise ValueError("a string is longer than the file")
        self.at += length
        return start

    def _array(self) -> tuple[Value, int]:
        kind, count = self._number("I"), self._count(_MOST_ITEMS)
        if count <= _KEPT_ITEMS:
            return [self._value(kind) for _ in range(count)], count
        if kind == _STRING:
            for _ in range(count):
                self._skip_text()
        elif kind in _SCALARS:
            self.at += count * struct.calcsize(_SCALARS[kind])
        else:
            raise ValueError(f"an array of the unsupported type {kind}")
        return (), count


def _described(values: dict[str, Value], sizes: dict[str, int], size: int) -> GgufHeader:
    name = values["general.architecture"]

    def number(key: str, default: int | None = None) -> int:
        value = values[f"{name}.{key}"] if default is None else values.get(f"{name}.{key}", default)
        if not isinstance(value, int) or value < 0:
            raise ValueError(f"{key} is {value!r}")
        return value

    def of_layers(key: str, default: Sequence[int], layers: int) -> list[int]:
        value = values.get(f"{name}.{key}", default)
        numbers = list(value) if isinstance(value, Sequence) else [value] * layers
        if len(numbers) < layers or not all(isinstance(n, int) and n >= 0 for n in numbers):
            raise ValueError(f"{key} is {value!r}")
        return [int(n) for n in numbers[:layers]]

    layers = number("block_count")
    heads = of_layers("attention.head_count", [0] * layers, layers)
    kv_heads = of_layers("attention.head_count_kv", heads, layers)
    width = number("embedding_length") // max(1, *heads, 1)
    head = number("attention.key_length", width) + number("attention.value_length", width)
    if (context := number("context_length")) < 1:
        raise ValueError("context_length is 0")
    return GgufHeader(
        str(name),
        context,
        HALF * head * sum(kv_heads),
        sizes.get("tokenizer.ggml.tokens", 0),
        size,
    )


def _size(path: Path) -> int:
    if (part := _PART.fullmatch(path.name)) is None:
        return path.stat().st_size
    parts = path.parent.glob(f"{part[1].replace('[', '[[]')}-*-of-{part[3]}.gguf")
    return sum(other.stat().st_size for other in parts)
