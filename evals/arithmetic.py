"""The exact value of an arithmetic expression that a model wrote."""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import Final

SIGNS: Final = {0xD7: "*", 0xF7: "/", 0x2212: "-", 0xB7: "*"}
"""Typographic signs of multiplication (cross, dot), division and subtraction, for `str.translate`."""


def value(expression: str) -> Fraction:
    """The exact value of an expression of numbers with + - * / and parentheses.

    Raises ValueError for anything else, and for a division by zero.
    """
    try:
        return _evaluate(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ZeroDivisionError, RecursionError, MemoryError) as error:
        raise ValueError(f"not an expression with a value: {expression[:60]!r}") from error


def _evaluate(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Fraction(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _evaluate(left) + _evaluate(right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _evaluate(left) - _evaluate(right)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _evaluate(left) * _evaluate(right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _evaluate(left) / _evaluate(right)
    raise ValueError(f"not arithmetic: {ast.unparse(node)[:60]}")
