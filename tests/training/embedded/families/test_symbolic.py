"""The laws of the symbolic families: answers checked by solvers that read only the question."""

from __future__ import annotations

import importlib
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from metathink.training.embedded.problem import Family, Problem

ITEMS = Path(__file__).parents[4].parent / "shared" / "data" / "bbh_programmatic.jsonl"
SEEDS = 150
NUMBERS: list[str] = re.findall(
    r"\w+",
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen twenty""",
)
COLORS = (
    "red orange yellow green blue brown magenta fuchsia mauve teal turquoise burgundy silver gold "
    "black grey purple pink"
)
THING = (
    r"\b(an?|one|two|three|four|five|six) "
    rf"({COLORS.replace(' ', '|')}) ([a-z]+(?: (?!and )[a-z]+)*?)(?=,| and |$)"
)


def boolean_expressions(question: str) -> str:
    return str(eval(" ".join(re.findall(r"\b(?:True|False|not|and|or)\b|[()]", question))))


def web_of_lies(question: str) -> str:
    sentences = re.split(r"[.?] ?", question.removeprefix("Question: "))
    honest: dict[str, bool] = {}
    while len(honest) < question.count("."):
        for sentence in sentences:
            says = re.fullmatch(r"(\w+) (?:says|claims)(?: that)? (\w+) (lies|tells.*)", sentence)
            given = re.fullmatch(r"(\w+) (?:always )?(lies|tells the truth)", sentence)
            if given:
                honest[given[1]] = given[2] != "lies"
            elif says and says[2] in honest:
                honest[says[1]] = honest[says[2]] == (says[3] != "lies")
    return "Yes" if honest[_found(r"(?:Does|Is) (\w+) tell", question)[0]] else "No"


HEADS = {
    "vegetable": "lettuce onion yam broccoli potato carrot cabbage cauliflower garlic celery "
    "artichoke cucumber leek radish turnip zucchini eggplant pepper",
    "fruit": "apple plum grape peach raspberr nectarine banana strawberr blackberr orange apricot "
    "blueberr cherr kiwi lemon mango melon pear pineapple",
    "musical instrument": "trumpet flute accordion drum trombone piano violin clarinet banjo cello "
    "guitar harmonica harp oboe saxophone tuba viola xylophone",
    "animal": "fish mouse mice chicken duck snail frog rabbit pig cow donkey dog snake goat bear "
    "cat bird deer fox hamster horse lion monkey owl sheep tiger turtle wol",
    "tool": "hammer saw wrench drill screwdriver shovel rake chisel ladder axe",
    "clothing": "shirt hat sock coat scar glove dress skirt sweater belt",
}


def object_counting(question: str) -> str:
    listed, asked = _found(r" have (.*)\. How many (.*) do \w+ have\?", question)
    heads = " ".join(names for kind, names in HEADS.items() if kind in asked).split()
    total = 0
    for entry in re.split(r", and | and |, ", listed):
        number, noun = entry.split(" ", 1)
        belongs = any(part.startswith(head) for head in heads for part in noun.split())
        if asked == "objects" or belongs:
            total += 1 if number in ("a", "an") else NUMBERS.index(number)
    return str(total)


def navigate(question: str) -> str:
    walk = question.split("\n")[0]
    at, ahead = 0 + 0j, 1j
    ways = {"forward": 1j, "backward": -1j, "left": -1 + 0j, "right": 1 + 0j}
    for turn, steps, way in re.findall(r"Turn (\w+)\.|Take (\d+) steps?(?: (\w+))?\.", walk):
        if turn:
            ahead *= {"left": 1j, "right": -1j, "around": -1}[turn]
        else:
            at += int(steps) * (ways[way] if way else ahead)
    return "Yes" if at == 0 else "No"


def multistep_arithmetic_two(question: str) -> str:
    return str(eval(question.removesuffix("=")))


def dyck_languages(question: str) -> str:
    rest = question.split("Input: ")[1].replace(" ", "")
    while (less := re.sub(r"\(\)|\[\]|\{\}|<>", "", rest)) != rest:
        rest = less
    return " ".join(rest[::-1].translate(str.maketrans("([{<", ")]}>")))


def word_sorting(question: str) -> str:
    return " ".join(sorted(question.split(": ")[-1].removeprefix("List: ").split()))


def reasoning_about_colored_objects(question: str) -> str:
    text, offered = question.split("\nOptions:\n")
    scene, asked = text.split(". ", 1)
    colors = COLORS.split()
    things: list[tuple[int, str, str]] = []
    for number, color, noun in re.findall(THING, scene):
        count = 1 if number in ("a", "an") else NUMBERS.index(number)
        things.append((count, color, noun))
    named = [color for color in colors if re.search(rf"\b{color}\b", asked)]
    value = _value(things, asked, named)
    return _found(rf"(\(\w\)) {value}(?:\n|$)", offered)[0]


def _value(things: list[tuple[int, str, str]], asked: str, named: list[str]) -> str:
    """The answer in words, from count, color and noun of every entry and the colors asked for."""
    if "remove" in asked:
        goes, kept = _found(r"remove all the (.*) from the .* how many (.*) remain", asked)
        by_color = goes.startswith(named[0])
        noun = _one(kept if by_color else goes)
        return NUMBERS[
            sum(
                count
                for count, color, listed in things
                if (color == named[0]) != by_color and (_one(listed) == noun) == by_color
            )
        ]
    if "neither" in asked:
        return NUMBERS[sum(color not in named for _, color, _ in things)]
    if "-most" in asked:
        return things[0 if "left-most" in asked else -1][1]
    aim = re.search(r"(?:of|from|is|Is) the ([a-z ]+?)(?: [a-z]+)?\?$", asked)
    assert aim
    words = asked.rstrip("?").split(" the ")[-1].split()
    at = next(
        place
        for place, (_, color, noun) in enumerate(things)
        if words[0] == color
        or (words[0] not in COLORS and f"{' '.join(words)} ".startswith(f"{noun} "))
    )
    if "furthest" in asked:
        return max((things[0], things[-1]), key=lambda thing: abs(things.index(thing) - at))[1]
    if "directly" in asked:
        return things[at + (1 if "right of" in asked else -1)][1]
    if "non-" in asked:
        beside = things[at + 1 :] if "right of" in asked else things[:at]
        other = _found(r"non-(\w+)", asked)[0]
        return NUMBERS[sum(color != other for _, color, _ in beside)]
    if asked.startswith("Is"):
        return "yes" if asked.rstrip("?").split()[-1] == things[at][1] else "no"
    return things[at][1]


def _one(noun: str) -> str:
    """A name for the kind that singular and plural share."""
    return noun.replace("leashes", "leash").replace("s of ", " of ").removesuffix("s")


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    assert match, text
    return match.groups()


SOLVERS: dict[str, Callable[[str], str]] = {
    solver.__name__: solver
    for solver in (
        boolean_expressions,
        dyck_languages,
        multistep_arithmetic_two,
        navigate,
        object_counting,
        reasoning_about_colored_objects,
        web_of_lies,
        word_sorting,
    )
}


def family(name: str) -> Family:
    return cast(Family, importlib.import_module(f"metathink.training.embedded.families.{name}"))


def problems(name: str) -> list[Problem]:
    made = family(name)
    return [made.generate(random.Random(seed), lv) for lv in made.LEVELS for seed in range(SEEDS)]


def tokens(steps: tuple[str, ...]) -> int:
    """About as many as a trained tokenizer makes: digits and signs alone, words in pieces."""
    return len(re.findall(r"[A-Za-z]{1,6}|\d|[^\sA-Za-z\d]", "\n".join(steps)))


@pytest.fixture(params=SOLVERS, scope="module")
def made(request: pytest.FixtureRequest) -> list[Problem]:
    return problems(request.param)


def test_the_answer_is_what_the_question_says(made: list[Problem]) -> None:
    for problem in made:
        assert SOLVERS[problem.family](problem.question) == problem.answer, problem.question


def test_solutions_end_with_the_answer(made: list[Problem]) -> None:
    for problem in made:
        assert problem.steps[-1] == problem.short[-1] == f"answer: {problem.answer}"
        assert not any("\n" in step or not step.strip() for step in problem.steps + problem.short)


def test_a_plan_cuts_all_the_steps_into_short_moves(made: list[Problem]) -> None:
    for problem in made:
        assert 2 <= len(problem.plan) == len(problem.cuts) <= 5
        assert problem.cuts[-1] == len(problem.steps)
        assert list(problem.cuts) == sorted(set(problem.cuts)) and problem.cuts[0] > 0
        assert all(len(move.split()) < 15 for move in problem.plan), problem.plan


def test_trained_problems_are_short_enough_to_train_on(made: list[Problem]) -> None:
    trained = [problem for problem in made if problem.level in family(problem.family).TRAINED]
    sizes = sorted(tokens((problem.question, *problem.steps)) for problem in trained)
    assert sizes[-1] <= 1000 and sizes[len(sizes) // 2] <= 350


def test_a_seed_names_a_problem_and_a_question_its_steps(made: list[Problem]) -> None:
    assert problems(made[0].family) == made
    steps: dict[str, tuple[str, ...]] = {}
    for problem in made:
        assert steps.setdefault(problem.question, problem.steps) == problem.steps


def test_some_levels_are_held_back() -> None:
    for name in SOLVERS:
        assert name == family(name).FAMILY
        assert set(family(name).TRAINED) < set(family(name).LEVELS)


@pytest.mark.skipif(not ITEMS.exists(), reason="the BIG-Bench Hard items are not at ../shared/data")
@pytest.mark.parametrize("name", SOLVERS)
def test_real_items_have_the_form_the_solvers_read(name: str) -> None:
    items = [json.loads(line) for line in ITEMS.read_text().splitlines()]
    mine = [item for item in items if item["task"] == name]
    wrong = [item["id"] for item in mine if SOLVERS[name](item["input"]) != item["target"]]
    assert len(mine) > 100 and not wrong
