"""Arithmetic written so that every visible step is small: tens and ones apart, left to right."""

from __future__ import annotations


def spell(left: int, sign: str, right: int) -> str:
    """The exact sum with its intermediate lines, `47 + 38 = 47 + 30 + 8 = 77 + 8 = 85`.

    `sign` is one of + - * / or % (`left` per cent of `right`). Division must come out even.
    """
    if sign in "+-":
        return _chain(left, sign, right)
    return {"*": _times, "/": _over, "%": _percent}[sign](left, right)


def value(left: int, sign: str, right: int) -> int:
    """The result of `spell`; raises ValueError where a division does not come out even."""
    if sign in "/%":
        top, bottom = (left, right) if sign == "/" else (left * right, 100)
        if top % bottom:
            raise ValueError(f"{left} {sign} {right} does not come out even")
        return top // bottom
    return {"+": left + right, "-": left - right, "*": left * right}[sign]


def _places(number: int) -> list[int]:
    """347 as 300, 40, 7 without zeros."""
    digits = str(number)
    return [int(d) * 10 ** (len(digits) - i - 1) for i, d in enumerate(digits) if d != "0"]


def _chain(left: int, sign: str, right: int) -> str:
    """Adds or takes away the hundreds, then the tens, then the ones."""
    parts = _places(right)
    if len(parts) < 2:
        return f"{left} {sign} {right} = {value(left, sign, right)}"
    lines = [f"{left} {sign} {right}"]
    while parts:
        lines.append(f" {sign} ".join(map(str, [left, *parts])))
        left = value(left, sign, parts.pop(0))
    return " = ".join([*lines, str(left)])


def _times(left: int, right: int) -> str:
    """Multiplies the hundreds, the tens and the ones of one factor and adds up."""
    if right > 12 and left < right:
        return f"{left} * {right} = {_times(right, left)}"
    if right > 10 and right % 10:
        parts, factors = _places(right), (left, None)
    else:
        parts, factors = _places(left), (None, right)
    if len(parts) < 2:
        return f"{left} * {right} = {left * right}"
    split = " + ".join(
        f"{part} * {factors[1]}" if factors[1] else f"{factors[0]} * {part}" for part in parts
    )
    products = [part * (factors[1] or left) for part in parts]
    lines = [f"{left} * {right}", split, " + ".join(map(str, products))]
    while len(products) > 2:
        products[:2] = [products[0] + products[1]]
        lines.append(" + ".join(map(str, products)))
    return " = ".join([*lines, str(left * right)])


def _over(left: int, right: int) -> str:
    """Splits off the largest multiple of ten times (a hundred times) the divisor."""
    parts, rest = [], left
    for unit in (100, 10, 1):
        piece = rest // (right * unit) * right * unit
        if piece:
            parts.append(piece)
            rest -= piece
    if len(parts) < 2:
        return f"{left} / {right} = {value(left, '/', right)}"
    split = " + ".join(f"{part} / {right}" for part in parts)
    quotients = " + ".join(str(part // right) for part in parts)
    return f"{left} / {right} = {split} = {quotients} = {value(left, '/', right)}"


def _percent(left: int, right: int) -> str:
    result = value(left, "%", right)
    for share, divisor in ((50, 2), (25, 4), (10, 10)):
        if left % share == 0 and right % divisor == 0:
            one = right // divisor
            first = f"{left}% of {right}: {share}% is {_over(right, divisor)}"
            times = left // share
            return first if times == 1 else f"{first}, {_times(one, times)}"
    return f"{left}% of {right}: {left} * {right} / 100 = {left * right} / 100 = {result}"
