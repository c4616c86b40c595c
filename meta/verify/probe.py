"""Inputs for a function that only its signature is known of, to see how programs behave.

Parameters with a type get values of that type; where one has none, values of every kind are tried
and the caller keeps the calls that most programs can answer.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import product
from random import Random

POOL: dict[str, tuple[object, ...]] = {
    "int": (0, 1, 2, 3, 5, 7, 10, 12, 13, 16, 20, -1, -4),
    "float": (0.0, 1.5, 2.25, -3.7, 10.0),
    "str": (
        "",
        "a",
        "abc",
        "Hello World",
        "racecar",
        "a1b2 C",
        "1 2 3",
        "(()) ()",
        "aabbc",
        "0110",
    ),
    "list": ([], [1], [1, 2, 3], [3, 1, 2], [5, 5, 1], [-1, 4, -7, 2], [10, 20, 30, 7, 11]),
    "list of text": ([], ["a"], ["abc", "b"], ["name", "of", "string"], ["b", "a", "B", "a"]),
    "list of lists": ([[1, 2], [3]], [[0, 0, 1, 0], [0, 1, 0, 0], [1, 1, 1, 1]]),
    "bool": (True, False),
}
TYPED = 40  # calls when every parameter has a type
UNTYPED = {1: 8, 2: 6, 3: 2}  # calls for each combination of kinds, by the number of parameters


def signature(source: str, name: str) -> ast.FunctionDef | None:
    """The last definition of `name` in the source; None when there is none or it does not parse."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [n for n in body if isinstance(n, ast.FunctionDef) and n.name == name]
    return found[-1] if found else None


def probes(source: str, name: str, seed: int = 0) -> list[str]:
    """Calls of `name` with made-up arguments, short ones first; none without its signature.

    Numbers stay small: a recursion that doubles its work with each unit must still come to an end.
    """
    function = signature(source, name)
    if function is None or function.args.kwonlyargs or not function.args.args:
        return []
    types = [a.annotation for a in function.args.args]
    rng = Random(seed)
    if all(t is not None for t in types):
        chosen = [[repr(_value(t, rng)) for t in types] for _ in range(TYPED)]
    else:
        chosen = _of_every_kind(len(types), rng)
    calls = (f"{name}({', '.join(arguments)})" for arguments in chosen)
    return sorted(dict.fromkeys(calls), key=len)


def _of_every_kind(count: int, rng: Random) -> list[list[str]]:
    each = UNTYPED.get(count, 0)
    return [
        [repr(rng.choice(POOL[kind])) for kind in kinds]
        for kinds in product(POOL, repeat=count if each else 0)
        for _ in range(each)
    ]


def _value(annotation: ast.expr | None, rng: Random) -> object:
    """A value of the annotated type; of an unknown type, a whole number."""
    if isinstance(annotation, ast.Subscript):
        return _container(annotation, rng)
    named = ast.unparse(annotation).split(".")[-1].lower() if annotation else "int"
    match named:
        case "tuple":
            return tuple(_value(None, rng) for _ in range(rng.randint(0, 5)))
        case "dict":
            return {rng.choice("abcdef"): _value(None, rng) for _ in range(3)}
        case "set":
            return {_value(None, rng) for _ in range(4)}
        case _:
            return rng.choice(POOL.get(named, POOL["int"]))


def _container(annotation: ast.Subscript, rng: Random) -> object:
    inner: Sequence[ast.expr] = (
        annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    )
    match ast.unparse(annotation.value).split(".")[-1].lower():
        case "tuple" if len(inner) == 2 and ast.unparse(inner[1]) == "...":
            return tuple(_value(inner[0], rng) for _ in range(rng.randint(1, 5)))
        case "tuple":
            return tuple(_value(t, rng) for t in inner)
        case "dict":
            return {_hashable(inner[0], rng): _value(inner[-1], rng) for _ in range(3)}
        case "set" | "frozenset":
            return {_hashable(inner[0], rng) for _ in range(4)}
        case "optional" | "union":
            return _value(inner[0], rng)
        case _:
            return [_value(inner[0], rng) for _ in range(rng.randint(0, 6))]


def _hashable(annotation: ast.expr, rng: Random) -> object:
    value = _value(annotation, rng)
    return value if isinstance(value, (int, float, str, tuple)) else repr(value)
