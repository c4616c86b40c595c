"""A solver that reads the quiz's text agrees with the generator and with the real labels."""

from __future__ import annotations

import random
import re
from itertools import product

import pytest

from metathink.training.embedded.families.knights_knaves import LEVELS, generate

ATOM = r"\w+ is (?:not )?a kn(?:ight|ave)"
CLAIM = rf"(?:If {ATOM} then {ATOM}|{ATOM}(?: (?:and|or|if and only if) {ATOM})?)"


def read(quiz: str) -> tuple[list[str], dict[str, str]]:
    """The names, and what each says: the claim and the one name outside of it in its sentence."""
    names = re.split(r", and |, | and ", re.findall(r"inhabitants: (.*?)\.", quiz)[0])
    body = quiz.split("inhabitants: ")[1].split(". ", 1)[1].rsplit(" So who", 1)[0]
    said: dict[str, str] = {}
    pattern = rf'(?P<before>[^"]*?)"?(?P<claim>{CLAIM})(?P<after>[,."]*(?: - | )?(?:[A-Z]\w+ \w+)?)'
    position = 0
    while position < len(body):
        found = re.compile(CLAIM).search(body, position)
        if not found:
            break
        before = body[position : found.start()]
        speaker = [name for name in names if re.search(rf"\b{name}\b", before)]
        position = found.end()
        if not speaker:
            tail = re.compile(r'[,.]?"(?: - | )(\w+)[^"]*?\.').match(body, position)
            assert tail, body[position:]
            speaker, position = [tail[1]], tail.end()
        said[speaker[0]] = found[0]
    assert set(said) == set(names), (pattern, quiz)
    return names, said


def holds(claim: str, kinds: dict[str, bool]) -> bool:
    def atom(text: str) -> bool:
        who, negated, kind = re.findall(r"(\w+) is (not )?a (knight|knave)", text)[0]
        return (kinds[who] == (kind == "knight")) != bool(negated)

    if claim.startswith("If "):
        first, second = claim[3:].split(" then ")
        return not atom(first) or atom(second)
    for link, join in (
        (" if and only if ", lambda a, b: a == b),
        (" and ", lambda a, b: a and b),
        (" or ", lambda a, b: a or b),
    ):
        if link in claim:
            first, second = claim.split(link)
            return join(atom(first), atom(second))
    return atom(claim)


def solve(quiz: str) -> str:
    names, said = read(quiz)
    found = []
    for values in product((True, False), repeat=len(names)):
        kinds = dict(zip(names, values, strict=True))
        if all(holds(said[name], kinds) == kinds[name] for name in names):
            found.append(kinds)
    assert len(found) == 1
    return ", ".join(f"{n} is a {'knight' if found[0][n] else 'knave'}" for n in names)


@pytest.mark.parametrize("level", LEVELS)
def test_the_solution_is_unique_and_right(level: int) -> None:
    for seed in range(150):
        problem = generate(random.Random(seed), level)
        assert solve(problem.question) == problem.answer


def test_real_items_have_the_same_form_and_meaning(real) -> None:
    rows = real("knights_knaves")
    for row in rows:
        pairs = zip(row["names"], row["solution"], strict=True)
        label = ", ".join(f"{name} is a {'knight' if true else 'knave'}" for name, true in pairs)
        assert solve(row["quiz"]) == label
