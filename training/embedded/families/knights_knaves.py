"""Knights and knaves: everybody is one or the other, and speaks accordingly; who is what.

The quiz has the form of K&K (Xie et al., "On memorization of large language models in logical
reasoning", arXiv 2410.23123). The worked solution rewrites the statements and then assumes one
person after the other a knight, then a knave; as soon as a statement can be judged it is: what it
says under the assumptions, and whether its speaker may say so. A contradiction turns back to the
last choice.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from ..phrases.marked import full, short
from ..phrases.phrase import PEOPLE, joined
from ..problem import Behavior, Problem

FAMILY = "knights_knaves"
DESCRIPTION = "number of people"
LEVELS = (2, 3, 4, 5, 6)
TRAINED = (2, 3, 4)
MOST_WORDS = {4: 490, 5: 420, 6: 460}  # of a worked solution: the longest searches are drawn again

INTRO = (
    "A very special island is inhabited only by knights and knaves. Knights always tell the truth, "
    "and knaves always lie. You meet {n} inhabitants: {who}."
)
ASK = "So who is a knight and who is a knave?"
SAYINGS = (
    *('{p} stated, "{s}".', "{p} said that {s}.", '"{s}," {p} declared.', '"{s}" - {p}.'),
    *('In {p}\'s words: "{s}".', '{p} was heard saying, "{s}".', '{p} remarked, "{s}".'),
    *('{p} asserted: "{s}".', '{p} commented, "{s}".', "{p} told you that {s}."),
    *('As {p} put it, "{s}".', "{p} expressed that {s}.", '{p} said, "{s}."', '{p} noted, "{s}".'),
    *('"{s}," {p} claimed.', '"{s}," {p} mentioned.', 'In a statement by {p}: "{s}".'),
    'According to {p}, "{s}".',
)
LINKS = {"and": "{} and {}", "or": "{} or {}", "if": "If {} then {}", "iff": "{} if and only if {}"}


@dataclass(frozen=True)
class Atom:
    """Person `who` is a knight, or a knave; `denied`: said as `is not a` of the opposite."""

    who: int
    knight: bool
    denied: bool = False

    def words(self, names: tuple[str, ...]) -> str:
        """As the quiz says it."""
        kind = "knight" if self.knight != self.denied else "knave"
        return f"{names[self.who]} is {'not ' if self.denied else ''}a {kind}"

    def holds(self, kinds: tuple[bool, ...]) -> bool:
        """Its truth when person i is a knight where `kinds[i]`."""
        return kinds[self.who] == self.knight


@dataclass(frozen=True)
class Statement:
    """One atom (`link` empty) or two joined by `and`, `or`, `if` (then) or `iff`."""

    atoms: tuple[Atom, ...]
    link: str = ""

    def words(self, names: tuple[str, ...]) -> str:
        """As the quiz says it."""
        said = [atom.words(names) for atom in self.atoms]
        return LINKS[self.link].format(*said) if self.link else said[0]

    def holds(self, kinds: tuple[bool, ...]) -> bool:
        """Its truth when person i is a knight where `kinds[i]`."""
        truth = [atom.holds(kinds) for atom in self.atoms]
        return judge(self.link, truth)


def judge(link: str, truth: list[bool]) -> bool:
    """The truth of the parts joined by `link`."""
    if link == "and":
        return all(truth)
    if link == "or":
        return any(truth)
    if link == "if":
        return truth[1] or not truth[0]
    return truth[0] == truth[1] if link == "iff" else truth[0]


@dataclass(frozen=True)
class Parts:
    """The people and what each of them says, in the words of `sayings`."""

    names: tuple[str, ...]
    statements: tuple[Statement, ...]
    sayings: tuple[str, ...]


def generate(rng: random.Random, level: int) -> Problem:
    """A quiz among `level` people with exactly one solution."""
    parts, steps = _draw(rng, level)
    names = parts.names
    return Problem(
        family=FAMILY,
        level=level,
        question=question(parts),
        answer=steps[-1].removeprefix("answer: "),
        steps=full(steps),
        plan=(
            f"Rewrite what {joined(names)} say"
            if level < 5
            else f"Rewrite what the {level} people say",
            f"Begin by assuming that {names[0]} is a knight",
            "Try kinds for the others, judge each statement, turn back at a contradiction",
        ),
        cuts=(level + 1, level + 2, len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_judge_in_place", rng.choice(IN_PLACE)),
        facts=tuple(
            (name, "says", said.words(names))
            for name, said in zip(names, parts.statements, strict=True)
        ),
    )


IN_PLACE = (
    "Behind each part of a statement put the kind and true or false, without names.",
    "Judge the parts where they stand; do not say again who is judged.",
    "No words about going on: the kinds, each part with its truth, and whether it fits.",
)


def _draw(rng: random.Random, level: int) -> tuple[Parts, tuple[str, ...]]:
    while True:
        statements = tuple(_statement(rng, speaker, level) for speaker in range(level))
        if len(list(solutions(statements))) == 1:
            names = tuple(rng.sample(PEOPLE, level))
            parts = Parts(names, statements, tuple(rng.sample(SAYINGS, level)))
            steps = worked(parts)
            length = sum(len(step.split()) for step in full(steps))
            if length <= MOST_WORDS.get(level, length):
                return parts, steps


def _statement(rng: random.Random, speaker: int, level: int) -> Statement:
    """Simple statements are about others; a third of the statements is simple, as in the data."""
    others = [index for index in range(level) if index != speaker]
    if rng.random() < 0.33:
        return Statement((Atom(rng.choice(others), rng.random() < 0.5, rng.random() < 0.5),))
    first, second = (Atom(rng.randrange(level), rng.random() < 0.5) for _ in range(2))
    if first == second:
        second = Atom(second.who, not second.knight)
    return Statement((first, second), rng.choice(("and", "or", "if", "iff")))


def solutions(statements: tuple[Statement, ...]) -> Iterator[tuple[bool, ...]]:
    """Every assignment in which knights say what holds and knaves what does not."""
    for kinds in product((True, False), repeat=len(statements)):
        if all(said.holds(kinds) == kinds[index] for index, said in enumerate(statements)):
            yield kinds


def question(parts: Parts) -> str:
    """The quiz."""
    said = [
        saying.format(p=name, s=statement.words(parts.names))
        for name, statement, saying in zip(
            parts.names, parts.statements, parts.sayings, strict=True
        )
    ]
    intro = INTRO.format(n=len(parts.names), who=joined(parts.names))
    return f"{intro} {' '.join(said)} {ASK}"


@dataclass(frozen=True)
class Try:
    """One assumption: the kinds so far and the statements now judged, up to the first no."""

    kinds: tuple[bool, ...]
    judged: tuple[int, ...]
    fits: bool


def search(parts: Parts) -> list[Try]:
    """The assumptions in order, up to the solution."""
    tries: list[Try] = []
    stack: list[tuple[bool, ...]] = [(False,), (True,)]
    while stack:
        kinds = stack.pop()
        judged, fits = [], True
        for index in range(len(parts.names)):
            if _last(parts, index) != len(kinds) - 1:
                continue
            judged.append(index)
            fits = parts.statements[index].holds(kinds) == kinds[index]
            if not fits:
                break
        tries.append(Try(kinds, tuple(judged), fits))
        if fits and len(kinds) == len(parts.names):
            break
        if fits:
            stack += [(*kinds, False), (*kinds, True)]
    return tries


def _last(parts: Parts, index: int) -> int:
    """The last person that judging a statement has to wait for, the speaker included."""
    return max(index, *(atom.who for atom in parts.statements[index].atoms))


def worked(parts: Parts) -> tuple[str, ...]:
    """The search with every judgement written out."""
    names = parts.names
    steps = [f"«people: »{', '.join(_numbered(parts, index) for index in range(len(names)))}"]
    steps += [
        f"«note: »{_numbered(parts, index)} says {_formal(parts, index)}. "
        f"«after »{_last(parts, index) + 1} judge {name}"
        for index, name in enumerate(names)
    ]
    for trial in search(parts):
        judged = [_judgement(parts, index, trial.kinds) for index in trial.judged]
        verdict = "back" if not trial.fits else "go on"
        if trial.fits and len(trial.kinds) == len(names):
            verdict = "all fit"
        tried = f"«try »{len(trial.kinds)}: {_kinds(names, trial.kinds)}"
        said = ". ".join([tried, *judged])
        steps.append(f"{said}«. {verdict}»")
    return (*steps, f"answer: {_answer(parts)}")


def _formal(parts: Parts, index: int) -> str:
    return _linked(parts.statements[index].link, _atoms(parts, index))


def _atoms(parts: Parts, index: int) -> list[str]:
    atoms = parts.statements[index].atoms
    return [f"{_numbered(parts, atom.who)} {_kind(atom.knight)}" for atom in atoms]


def _numbered(parts: Parts, index: int) -> str:
    """The name and its place in the order in which kinds are tried."""
    return f"{parts.names[index]} {index + 1}"


def _linked(link: str, said: list[str]) -> str:
    if not link:
        return said[0]
    return f"if {said[0]} then {said[1]}" if link == "if" else f" {link} ".join(said)


def _kind(knight: bool) -> str:
    return "knight" if knight else "knave"


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _kinds(names: tuple[str, ...], kinds: tuple[bool, ...]) -> str:
    pairs = zip(names, kinds, strict=False)
    return ", ".join(f"{name} is {_kind(knight)}" for name, knight in pairs)


def _judgement(parts: Parts, index: int, kinds: tuple[bool, ...]) -> str:
    """`Ava 1 says Ben 2 knight? Ben is knight, true. or Ava 1 knave? Ava is knight, false. true or
    false: true. Ava is knight, fits`: what is compared stands side by side."""
    said, name = parts.statements[index], parts.names[index]
    truth = [_truth(atom.holds(kinds)) for atom in said.atoms]
    judged = [
        f"{formal}? «{parts.names[atom.who]} is »{_kind(kinds[atom.who])}, {found}"
        for formal, atom, found in zip(_atoms(parts, index), said.atoms, truth, strict=True)
    ]
    if said.link:
        first, second = judged
        first = f"if {first}" if said.link == "if" else first
        second = f"{'then' if said.link == 'if' else said.link} {second}"
        judged = [first, second, f"«{_linked(said.link, truth)}»: {_truth(said.holds(kinds))}"]
    fits = "fits" if said.holds(kinds) == kinds[index] else "no"
    return f"{_numbered(parts, index)} says {'. '.join(judged)}. «{name} is »{_kind(kinds[index])}, {fits}"


def _answer(parts: Parts) -> str:
    kinds = next(solutions(parts.statements))
    pairs = zip(parts.names, kinds, strict=True)
    return ", ".join(f"{name} is a {_kind(knight)}" for name, knight in pairs)
