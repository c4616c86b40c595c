"""A reader of the English sentences, apart from the generator, agrees with the worked answers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from metathink.training.embedded.families.word_problems import LEVELS, generate
from metathink.training.embedded.phrases.phrase import NUMBER_WORDS, PEOPLE
from metathink.training.embedded.phrases.spelled import spell, value

PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "tenth": 10}
TIMES = {"twice": 2, "three times": 3, "four times": 4, "five times": 5}
Rule = Callable[[int, list[int]], int]

# The first pattern that a sentence contains says what it makes of the number so far.
SETS: tuple[tuple[str, Rule], ...] = (
    (r"large boxes|red bags", lambda n, x: x[0] * x[1] + x[2] * x[3]),
    (r"an hour and works|an hour$|hours a day|of work$", lambda n, x: _product(x)),
    (
        r"^\w+ saves \$\d+ every|into a jar|gathers|this goes on|and works for",
        lambda n, x: _product(x),
    ),
    (r"in each|each of them holds|with \d+ \w+ each$", lambda n, x: x[0] * x[1]),
    (r"^On .* makes|^\w+ (gets|finds) \d+ .* and \d+", lambda n, x: x[0] + x[1]),
    (r"has|starts with|There are|collected|bought|counts|won", lambda n, x: x[0]),
)
CHANGES: tuple[tuple[str, Rule], ...] = (
    (r"\$\d+ and is \d+% off|with a discount of", lambda n, x: n - (x[0] - x[0] * x[1] // 100)),
    (r"grows by|goes up by", lambda n, x: n + n * x[0] // 100),
    (r"%", lambda n, x: n - n * x[0] // 100),
    (r"(doubled|doubles)$", lambda n, x: 2 * n),
    (r"(tripled|triples)$", lambda n, x: 3 * n),
    (r"sells all the \w+ for", lambda n, x: n * x[0]),
    (r"[Hh]alf of|equally with", lambda n, x: n // 2),
    (r" a (third|quarter|fifth|sixth|tenth) of the", lambda n, x: n - n // x[0]),
    (r"friends give|of \d+ \w+ each$|buys \d+ \w+ with \d+", lambda n, x: n + x[0] * x[1]),
    (r"saves \$\d+ a week|from each of \d+ neighbors", lambda n, x: n + x[0] * x[1]),
    (
        r"\ws for \$\d+ each|pays \$\d+ each for|every day for|to each of|a week$",
        lambda n, x: n - x[0] * x[1],
    ),
    (
        r"get lost|sells|aside|loses|break|takes|spends|a \w+ for \$|for the bus",
        lambda n, x: n - x[0],
    ),
    (r"more|another|adds|receives|in an old coat|for some help|from \w+$", lambda n, x: n + x[0]),
)
ASIDE = r"years old$|^It is a|lives at number|cousins$"


def _product(numbers: list[int]) -> int:
    total = 1
    for number in numbers:
        total *= number
    return total


def digits(text: str) -> str:
    """Number words from two to twelve as digits, but not in `three times as many`."""
    pattern = rf"\b({'|'.join(NUMBER_WORDS[2:13])})\b(?! times)"
    swap = lambda m: str(NUMBER_WORDS.index(m[1].lower()))  # noqa: E731
    return re.sub(pattern, swap, text, flags=re.IGNORECASE)


def solve(question: str) -> int:
    """Reads sentence by sentence, keeping the number of the person the story is at."""
    *sentences, query = re.split(r"(?<=[.])\s", digits(question))
    number = before = 0
    owner = ""
    for index, sentence in enumerate(text.rstrip(".") for text in sentences):
        numbers = [int(found) for found in re.findall(r"\d+", sentence)]
        if re.search(ASIDE, sentence):
            continue
        if against := re.match(
            r"(\w+) has (.*) (?:as (?:many|much)|more|fewer|less)\b.* (?:as|than) (\w+)$", sentence
        ):
            before, number = number, compared(number, sentence, numbers)
            owner = against[1]
        elif re.match(r"\w+ and \w+ give all", sentence):
            number += before
            owner = sentence.split()[-1]
        elif index == 0:
            number = apply(SETS, sentence, number, numbers)
            owner = next(name for name in re.findall(r"[A-Z][a-z]+", sentence) if name in PEOPLE)
        elif asks := closing(sentence, number, numbers):
            number = asks
        else:
            share = re.search(r" a (third|quarter|fifth|sixth|tenth) of", sentence)
            numbers = [PARTS[share[1]]] if share else numbers
            number = given(sentence, owner, number, numbers)
    if "together" in query:
        return number + before
    return abs(number - before) if " more " in query and " than " in query else number


def given(sentence: str, owner: str, number: int, numbers: list[int]) -> int:
    """Presents go to the owner or away from the owner; everything else is in the table."""
    plain = not re.search(r"%|\beach\b|[Hh]alf| of the ", sentence)
    if plain and re.search(rf"(gives|pays) {owner} ", sentence):
        return number + numbers[0]
    if plain and re.match(rf"{owner} gives .* to ", sentence):
        return number - numbers[0]
    return apply(CHANGES, sentence, number, numbers)


def compared(number: int, sentence: str, numbers: list[int]) -> int:
    for words, factor in TIMES.items():
        if f" {words} as" in sentence:
            return number * factor
    if " half as" in sentence:
        return number // 2
    return number + numbers[0] if " more" in sentence else number - numbers[0]


def closing(sentence: str, number: int, numbers: list[int]) -> int | None:
    if re.search(r"equally among|evenly between|that cost \$|^\w+ packs", sentence):
        assert number % numbers[0] == 0
        return number // numbers[0]
    if re.search(r"wants to (have|buy a bike)|needs \d+|goal is", sentence):
        return numbers[0] - number
    return number * numbers[0] if "every one of" in sentence else None


def apply(
    rules: tuple[tuple[str, Rule], ...], sentence: str, number: int, numbers: list[int]
) -> int:
    for pattern, rule in rules:
        if re.search(pattern, sentence):
            return rule(number, numbers)
    raise AssertionError(f"not understood: {sentence}")


@pytest.mark.parametrize("level", LEVELS)
def test_the_answer_is_what_the_sentences_say(level: int) -> None:
    for seed in range(400):
        problem = generate(random.Random(seed), level)
        assert str(solve(problem.question)) == problem.answer, problem.question


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_is_the_number_of_equations(level: int) -> None:
    for seed in range(100):
        problem = generate(random.Random(seed), level)
        assert len(problem.short) == level + 1


def test_every_written_equation_is_true() -> None:
    for seed in range(300):
        for step in generate(random.Random(seed), 6).steps:
            for chain in re.findall(r"\d[\d +*/-]* = [\d +*/=-]*\d", step):
                values = {eval(part) for part in chain.split(" = ")}
                assert len(values) == 1, step


@pytest.mark.parametrize("sign", ["+", "-", "*"])
def test_spelled_sums_end_in_the_result(sign: str) -> None:
    rng = random.Random(3)
    for _ in range(300):
        left, right = rng.randint(2, 999), rng.randint(2, 99)
        left = max(left, right)
        text = spell(left, sign, right)
        assert len({eval(part) for part in text.split(" = ")}) == 1
        assert text.endswith(f"= {value(left, sign, right)}")


def test_spelled_divisions_and_percentages_end_in_the_result() -> None:
    rng = random.Random(4)
    for _ in range(300):
        right, quotient = rng.randint(2, 12), rng.randint(1, 120)
        text = spell(right * quotient, "/", right)
        assert {eval(part) for part in text.split(" = ")} == {quotient}
        share = rng.choice((10, 20, 25, 30, 40, 50, 60, 75, 80, 90))
        whole = 20 * rng.randint(1, 40)
        assert spell(share, "%", whole).endswith(f" {whole * share // 100}")


def test_what_does_not_come_out_even_is_refused() -> None:
    with pytest.raises(ValueError, match="even"):
        value(7, "/", 2)
