"""Whose memory it is: `"project/alice"` as the path under which a store keeps it.

A namespace is one or more labels. It is never a prefix of another one's items: the last label of a
stored path is the kind of item with an `@` before it, and no label of a user's may begin with one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...core.errors import InvalidInput
from ..records.text import checked_name

ROOT: Final = "metathink"
LABEL_LIMIT: Final = 200
DEPTH_LIMIT: Final = 16

# LangGraph stores join labels with periods and refuse one inside a label; "*" is their wildcard.
_ESCAPED = {"%": "%25", ".": "%2E", "*": "%2A", "@": "%40"}
_ESCAPES = str.maketrans(_ESCAPED)


def parse_namespace(namespace: str | Sequence[str]) -> tuple[str, ...]:
    """The labels of `"project/user"` or of a sequence of labels.

    Raises InvalidInput for an empty namespace or label, control characters, or too long a path.
    """
    labels = namespace.split("/") if isinstance(namespace, str) else tuple(namespace)
    if not labels or len(labels) > DEPTH_LIMIT:
        raise InvalidInput(f"a namespace has 1 to {DEPTH_LIMIT} labels, not {len(labels)}")
    return tuple(checked_name(label, "a namespace label", LABEL_LIMIT) for label in labels)


def store_path(labels: Sequence[str], kind: str) -> tuple[str, ...]:
    """The LangGraph namespace of the items of one `kind` of one namespace."""
    return (ROOT, *(label.translate(_ESCAPES) for label in labels), f"@{kind}")


def labels_of(path: Sequence[str]) -> tuple[str, ...]:
    """The labels a stored path came from (the inverse of `store_path`)."""
    return tuple(_unescaped(label) for label in path[1:-1])


def _unescaped(label: str) -> str:
    for character, escape in reversed(_ESCAPED.items()):
        label = label.replace(escape, character)
    return label
