r"""One notation for numbers, units and LaTeX: what people write in many ways, written in one.

Linear in the length of the text: single passes of patterns with bounded or disjoint repetitions.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ...core.text.normal import normalized, visible
from ...core.text.unwrap import without_wrapping

_SIGNS: Final = str.maketrans(
    {
        "\u2212": "-", "\u2013": "-", "\u2010": "-", "\u2011": "-", "\u00d7": r"\times ", "\u22c5": r"\cdot ",
        "\u00b7": r"\cdot ", "\u00f7": r"\div ", "\u2215": "/", "\u2044": "/", "\u221a": r"\sqrt ",
        "\u03c0": r"\pi ",
        "\u221e": r"\infty ", "\u2264": r"\le ", "\u2265": r"\ge ", "\u2260": r"\ne ", "\u2248": r"\approx ",
        "\u222a": r"\cup ", "\u2229": r"\cap ", "\u2208": r"\in ", "\u2205": r"\emptyset ", "\u00b1": r"\pm ",
        "\u2192": r"\to ", "\u2190": r"\leftarrow ", "\u21d2": r"\implies ", "\u21d4": r"\iff ",
        "\u2194": r"\leftrightarrow ", "\u00b0": " \u00b0 ", "\u2019": "'", "\u00a0": " ", "\u202f": " ",
        "\u2009": " ", "\u2007": " ", "\u3000": " ", "\u066b": ".", "\u066c": ",", "\u03b8": r"\theta ",
        "\u03b1": r"\alpha ", "\u03b2": r"\beta ", "\u03bb": r"\lambda ", "\u03c6": r"\phi ",
    }
)  # fmt: skip
_RENAMED: Final = {
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom", "leq": "le",
    "leqslant": "le", "geq": "ge", "geqslant": "ge", "neq": "ne", "rightarrow": "to", "longrightarrow": "to",
    "gets": "leftarrow", "Rightarrow": "implies", "Longrightarrow": "implies", "Leftrightarrow": "iff",
    "varnothing": "emptyset", "vert": "lvert", "setminus": "backslash", "lor": "vee", "land": "wedge",
    "lnot": "neg", "degree": "circ", "lbrace": "{", "rbrace": "}",
}  # fmt: skip
_DROPPED: Final = frozenset(
    {
        "displaystyle", "textstyle", "limits", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr",
        "left", "right", "quad", "qquad", "phantom", "bf", "rm", "it", "nolimits",
    }
)  # fmt: skip
_COMMAND: Final = re.compile(r"\\\\|\\([A-Za-z]+)|\\([,;:! ~])")
_WORDS: Final = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf|operatorname|mbox|rm|bf)\*?\s{0,4}"
    r"\{([^{}\\]{0,200})\}"
)
_DEGREE: Final = re.compile(r"\^\s{0,4}\{?\s{0,4}\\circ\s{0,4}\}?")
_REPEATING: Final = re.compile(r"(?<![\d.])(\d{1,30})\.(\d{0,30})\\overline\s{0,2}\{(\d{1,30})\}")
_SUPERSCRIPT: Final = re.compile(
    "[\u207a\u207b]?[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207f]{1,20}"
)
_VULGAR: Final = re.compile("[\u00bc-\u00be\u2150-\u215e]")


def plain_notation(text: str) -> str:
    r"""The answer without wrapping and spacing commands, signs and LaTeX names in one form each:
    `\dfrac` as `\frac`, U+2212 as `-`, U+00BD as `\frac{1}{2}`, `\text{km}` as ` km `."""
    plain = without_wrapping(normalized(visible(text), "NFC"))
    if not plain.isascii():
        plain = _VULGAR.sub(_vulgar, _SUPERSCRIPT.sub(_superscript, plain)).translate(_SIGNS)
        plain = "".join(map(_plain_character, plain))
    plain = plain.replace("{,}", ",").replace("{.}", ".")
    plain = _WORDS.sub(r" \1 ", plain)
    plain = _DEGREE.sub(" \u00b0 ", plain)
    plain = _REPEATING.sub(_repeating, plain)
    plain = _COMMAND.sub(_command, plain)
    plain = plain.replace(r"\%", "%").replace(r"\$", "$").replace(r"\#", "#").replace("**", "^")
    plain = (
        plain.replace("<=", r"\le ")
        .replace(">=", r"\ge ")
        .replace("!=", r"\ne ")
        .replace("->", r"\to ")
    )
    return without_wrapping(" ".join(plain.split()))


def _command(found: re.Match[str]) -> str:
    name = found[1]
    if found[0] == r"\\":
        return found[0]
    if name is None:
        return "" if found[2] == "!" else " "
    if name in _DROPPED:
        return " "
    if name in _RENAMED:
        return f"\\{_RENAMED[name]} " if _RENAMED[name].isalpha() else f"\\{_RENAMED[name]}"
    return found[0]


def _vulgar(found: re.Match[str]) -> str:
    above, below = unicodedata.normalize("NFKC", found[0]).split("\u2044")
    return rf"\frac{{{above}}}{{{below or 1}}}"


def _superscript(found: re.Match[str]) -> str:
    return f"^{{{unicodedata.normalize('NFKC', found[0]).replace(chr(0x2212), '-')}}}"


def _plain_character(character: str) -> str:
    """Full-width signs and digits of any script as ASCII ones."""
    if character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    return chr(ord(character) - 0xFEE0) if 0xFF01 <= ord(character) <= 0xFF5E else character


def _repeating(found: re.Match[str]) -> str:
    """A repeating decimal as a fraction."""
    whole, fixed, period = found.groups()
    below = (10 ** len(period) - 1) * 10 ** len(fixed)
    above = int(whole + fixed + period) - int(whole + fixed)
    return rf"\frac{{{above}}}{{{below}}}"


# -- separators ------------------------------------------------------------------------------------

_RUN: Final = re.compile(r"(?<![\w.,])\d+(?:[.,' _]\d+)*(?!\w)|(?<![\w.,])\d+(?:[.,'_]\d+)+")
_GROUPED: Final = (
    re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?"),  # 1,234.5
    re.compile(r"[1-9]\d?(?:,\d\d)+,\d{3}(?:\.\d+)?"),  # 12,34,567
    re.compile(r"[1-9]\d{0,2}(?:'\d{3})+(?:[.,]\d+)?"),
    re.compile(r"[1-9]\d{0,2}(?:_\d{3})+(?:\.\d+)?"),
    re.compile(r"[1-9]\d{0,2}(?: \d{3})+(?:[.,]\d+)?"),
)
_GROUPED_BY_POINTS: Final = (
    re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){2,}(?:,\d+)?"),  # 1.234.567,8
    re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+,\d+"),
)
_DECIMAL_COMMA: Final = re.compile(r"([-+]?\d{1,40}),(\d{1,40})(?=$|[\s%\u20ac$A-Za-z])")


def without_separators(text: str, *, in_brackets: bool) -> str:
    """The text with its numbers' thousands run together: 1,234, 1'234, 1 234, 12,34,567, 1.234.567.

    Between brackets a comma parts members, unless others there are followed by a space.
    """
    commas_part = in_brackets and ", " not in text

    def joined(found: re.Match[str]) -> str:
        run = found[0]
        if commas_part and "," in run:
            return run
        if any(pattern.fullmatch(run) for pattern in _GROUPED):
            for sign in ",' _":
                if sign != "," or run.count(",") > 1 or not _decimal_after_group(run):
                    run = run.replace(sign, "")
            return run.replace(",", ".")
        if any(pattern.fullmatch(run) for pattern in _GROUPED_BY_POINTS):
            return run.replace(".", "").replace(",", ".")
        return run

    return _RUN.sub(joined, text)


def _decimal_after_group(run: str) -> bool:
    """Whether the one comma follows groups of another sign: 1 234,5."""
    return any(sign in run for sign in "' ")


def with_decimal_comma(text: str) -> str | None:
    """The text with the comma of its first number read as a decimal point; None where it has none."""
    found = _DECIMAL_COMMA.match(text)
    if found is None or text[found.end() :].count(","):
        return None
    return f"{found[1]}.{found[2]}{text[found.end() :]}"


# -- units -----------------------------------------------------------------------------------------

_UNITS: Final[dict[str, str]] = {
    alias: unit
    for unit, aliases in {
        "$": "$ us$ dollar dollars usd bucks", "\u20ac": "\u20ac euro euros eur", "\u00a3": "\u00a3 gbp",
        "\u00a5": "\u00a5 yen jpy \u5186 \u5143 yuan rmb cny", "\u20b9": "\u20b9 rupee rupees inr rs",
        "cent": "cent cents \u00a2",
        "%": "% percent per\u00a0cent percentage prozent pourcent",
        "\u00b0": "\u00b0 degree degrees deg \u00bac grad",
        "km": "km kilometer kilometers kilometre kilometres", "m": "m meter meters metre metres",
        "cm": "cm centimeter centimeters centimetre centimetres",
        "mm": "mm millimeter millimeters millimetre millimetres",
        "mile": "mi mile miles", "foot": "ft foot feet", "inch": "in inch inches", "yard": "yd yard yards",
        "kg": "kg kilogram kilograms kilo kilos", "g": "g gram grams gramme", "mg": "mg milligram milligrams",
        "pound": "lb lbs pound pounds", "ounce": "oz ounce ounces", "ton": "t ton tons tonne tonnes",
        "s": "s sec secs second seconds", "min": "min mins minute minutes", "h": "h hr hrs hour hours",
        "ms": "ms millisecond milliseconds", "day": "d day days", "week": "week weeks",
        "month": "month months",
        "year": "yr yrs year years", "l": "l liter liters litre litres", "ml": "ml milliliter milliliters",
        "mph": "mph", "kmh": "kmh kph", "radian": "rad radian radians", "person": "person people persons",
        "child": "child children", "man": "man men", "woman": "woman women", "pm": "pm", "am": "am",
        "hz": "hz", "khz": "khz", "j": "j joule joules", "n": "n newton newtons", "w": "w watt watts",
        "v": "v volt volts", "k": "k kelvin", "pa": "pa pascal pascals", "gb": "gb", "mb": "mb", "kb": "kb",
    }.items()
    for alias in aliases.split()
}  # fmt: skip
_SCALES: Final[dict[str, int]] = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "millions": 10**6, "billion": 10**9,
    "trillion": 10**12, "mio": 10**6, "dozen": 12,
}  # fmt: skip
_PREFIX: Final = re.compile(
    r"([-+]?)\s{0,4}(US\$|USD|EUR|GBP|INR|Rs\.?|[$\u20ac\u00a3\u00a5\u20b9])\s{0,4}(?=[-+.\d\\])(?P<rest>.+)",
    re.DOTALL,
)
_SUFFIX: Final = re.compile(r"[A-Za-z\u00b0%$\u20ac\u00a3\u00a5\u20b9\u00a2\u5186\u5143]+|\S")
_ENDS_UNIT: Final = frozenset(
    {
        "per", "each", "left", "in", "of", "a", "an", "total", "altogether", "for", "remaining", "more",
        "long", "old", "tall",
    }
)  # fmt: skip
_NO_UNIT: Final = frozenset(
    {
        "and", "or", "to", "pi", "inf", "infinity", "oo", "sqrt", "mod", "if", "where",
    }
)  # fmt: skip


def unit_and_value(text: str) -> tuple[str, str, int]:
    """The value of a text, its unit in one form ("" without one), and the factor of words like "million"."""
    if (money := _PREFIX.fullmatch(text)) is not None:
        value, unit, factor = _suffixed(money[1] + money["rest"])
        sign = _UNITS[money[2].lower().rstrip(".")]
        return value, unit if unit not in ("", sign) else sign, factor
    return _suffixed(text)


def _suffixed(text: str) -> tuple[str, str, int]:
    end = _end_of_value(text)
    words = _SUFFIX.findall(text[end:]) if len(text) - end <= 80 else []
    factor = 1
    while words and words[0].lower() in _SCALES:
        factor *= _SCALES[words.pop(0).lower()]
    if not words:
        return (text[:end], "", factor) if factor > 1 else (text, "", 1)
    unit = _unit(words, spaced=text[end : end + 1] == " ")
    return (text[:end], unit, factor) if unit else (text, "", 1)


def _end_of_value(text: str) -> int:
    """Where the number ends that a unit may follow: after the last digit or bracket before words."""
    first = next((place for place, c in enumerate(text) if c.isdigit()), -1)
    if first < 0:
        return len(text)
    end = len(text)
    while end > first and not (text[end - 1].isdigit() or text[end - 1] in ")}!"):
        end -= 1
    powered = re.search(
        r"[A-Za-z]\s?\^\s?\{?\d\}?(?:\s?/\s?[A-Za-z]{1,4})?$", text[max(first, end - 24) : end]
    )
    if powered is not None:  # cm^2, m/s^2
        unit = re.search(r"[A-Za-z/ ]+\^", text[max(first, end - 24) : end])
        if (
            unit is not None
            and text[end - 24 if end - first > 24 else first : end][unit.start()] == " "
        ):
            return max(first, end - 24) + unit.start()
    return end


def _unit(words: list[str], *, spaced: bool) -> str:
    """The unit that these words name, "" for none: a known one, a power or quotient of known ones, or,
    after a space, the thing that is counted ("12 red apples": apple)."""
    if words[0].lower() in _NO_UNIT or any(not _UNIT_WORD.fullmatch(word) for word in words):
        return ""
    known = [
        _UNITS.get(word.lower(), "") for word in words if word.isalpha() or word.lower() in _UNITS
    ]
    if words[0] == "\u00b0" and len(words) == 2 and words[1].upper() in ("C", "F"):
        return "\u00b0" + words[1].upper()
    if known and all(known) and (spaced or len(words[0]) > 1 or not words[0].isalpha()):
        return "".join(_UNITS.get(word.lower(), word) for word in words if word not in "{}")
    if not all(word.isalpha() for word in words):
        return ""
    counted: list[str] = []
    for word in words:
        if word.lower() in _ENDS_UNIT and counted:
            break
        counted.append(word.lower())
    last = counted[-1]
    if not spaced or len(last) < 3 or len(words) > 8:
        return ""
    return _UNITS.get(last) or _singular(last)


_UNIT_WORD: Final = re.compile(
    r"[A-Za-z]{1,30}|[\u00b0%$\u20ac\u00a3\u00a5\u20b9\u00a2\u5186\u5143/^{}23*]|US\$"
)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
