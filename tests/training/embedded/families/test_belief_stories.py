"""Simulations that read the story's text agree with the generator and with the real labels."""

from __future__ import annotations

import random
import re

import pytest

from metathink.training.embedded.families.belief_stories import LEVELS, generate

Beliefs = dict[tuple[str, ...], str]


def asked(question: str) -> tuple[str, ...]:
    return tuple(name for name in re.findall(r"\b[A-Z][a-z]+\b", question) if name != "Where")


def solve_rooms(lines: list[str], question: str) -> str:
    """Keeps the place of everybody and, for every pair, what one knows of the other."""
    thing = re.findall(r"the (\w+)(?: really| at the beginning)?\?", question)[0]
    text = "\n".join(lines)
    where: dict[str, str] = {}
    room = ""
    for line in lines:
        if entered := re.match(r"(\w+) entered the (\w+)", line):
            where[entered[1]] = entered[2]
        elif (moved := re.match(rf"(\w+) moved the {thing}", line)) and not room:
            room = where[moved[1]]
    places = re.findall(rf"(?:The {thing} is in|moved the {thing} to) the (\w+)", text)
    if "beginning" in question or "really" in question:
        return places[0 if "beginning" in question else -1]
    inside: set[str] = set()
    beliefs: Beliefs = {}
    place = ""
    for line in lines:
        if entered := re.match(r"(\w+) entered the (\w+)", line):
            inside = inside | {entered[1]} if entered[2] == room else inside - {entered[1]}
        elif exited := re.match(r"(\w+) exited the", line):
            inside.discard(exited[1])
        elif put := re.search(rf"(?:The {thing} is in|moved the {thing} to) the (\w+)", line):
            place = put[1]
        if place:
            beliefs |= {(who,): place for who in inside}
            beliefs |= {(a, b): place for a in inside for b in inside}
    return beliefs[asked(question)]


def solve_chapters(lines: list[str], question: str) -> str:
    """Keeps the last place each set of people saw together, then what claims change."""
    thing = re.findall(r"the (\w+) (?:is|really)", question)[0]
    names = asked(question)
    inside: list[str] = []
    order: list[str] = []
    place = ""
    shared: dict[frozenset[str], str] = {}
    first: dict[str, str] = {}
    second: dict[tuple[str, str], str] = {}
    told = False
    for line in lines:
        if entered := re.match(r"(.+) entered the (\w+)\.", line):
            crowd = re.split(r", | and ", entered[1])
            if entered[2] != "waiting_room":
                inside = crowd
                order = order or crowd
        elif put := re.search(rf"(?:The {thing} is in|moved the {thing} to) the (\w+)\.", line):
            place = put[1]
            sets = [frozenset(names)] if set(names) <= set(inside) else []
            for group in [*sets, *(frozenset({a, b}) for a in inside for b in inside)]:
                shared[group] = place
        elif exited := re.match(r"(\w+) exited the", line):
            inside = [who for who in inside if who != exited[1]]
        elif claim := re.match(
            rf"(\w+) (?:publicly claimed that|privately told (\w+) that the) {thing} is in the "
            r"(\w+)",
            line,
        ):
            if not told:
                first = {a: shared[frozenset({a})] for a in order}
                second = {(a, b): shared[frozenset({a, b})] for a in order for b in order}
                told = True
            speaker, hearer, where = claim[1], claim[2], claim[3]
            for other in [hearer] if hearer else order:
                second[speaker, other] = where
                if order.index(other) < order.index(speaker):
                    first[other] = where
                    second[other, speaker] = where
    if not names:
        return place
    if told and len(names) == 1:
        return first[names[0]]
    if told and len(names) == 2:
        return second[names[0], names[1]]
    return shared[frozenset(names)]


def solve(text: str) -> str:
    if "\nChoices: " in text:
        *story, question, choices = text.split("\n")
        answer = solve_chapters([re.sub(r"^\d+ ", "", line) for line in story], question)
        assert answer in choices.removeprefix("Choices: ").split(", ")
        return answer
    *story, question = text.split("\n")
    return solve_rooms(story, question)


@pytest.mark.parametrize("level", LEVELS)
def test_the_answer_is_what_the_story_implies(level: int) -> None:
    for seed in range(300):
        problem = generate(random.Random(seed), level)
        assert solve(problem.question) == problem.answer


def test_half_of_the_beliefs_are_false() -> None:
    false = 0
    for seed in range(400):
        problem = generate(random.Random(seed), 1)
        if "Choices:" in problem.question:
            continue
        places = re.findall(r"(?:is in|moved the \w+ to) the (\w+)\.", problem.question)
        false += problem.answer != places[-1]
    assert 70 < false < 150


def test_real_tomi_items_have_the_same_form_and_meaning(real) -> None:
    for row in real("tomi_nc"):
        assert solve(f"{row['story']}\n{row['question']}") == row["answer"]


def test_real_hitom_items_have_the_same_form_and_meaning(real) -> None:
    """Of one chapter all but one agree (that label is doubtful by the data's own note)."""
    rows = [row for row in real("hitom") if row["chapters"] == 1]
    wrong = [
        row["id"]
        for row in rows
        if solve(f"{row['story']}\n{row['question']}\nChoices: {', '.join(row['choices'])}")
        != row["answer"]
    ]
    assert len(rows) > 50
    assert len(wrong) <= 1
