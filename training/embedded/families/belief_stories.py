"""Belief stories: where a thing is, where somebody thinks it is, where A thinks B thinks it is.

Two forms: rooms that people enter and leave (`room_story`, as ToMi) and chapters with claims
(`chapter_story`, as Hi-ToM). The worked solution reads the story sentence by sentence and keeps,
for the people asked about, who is in the room and what they have seen.
"""

from __future__ import annotations

import random

from ..phrases.marked import full, short
from ..phrases.phrase import joined
from ..problem import Behavior, Problem
from ..stories import chapter_story, room_story
from ..stories.chapter_story import ChapterStory
from ..stories.room_story import RoomStory

FAMILY = "belief_stories"
DESCRIPTION = "order of the belief: 0 fact, 1 A thinks, 2 A thinks B thinks, 3, 4 (chapters only)"
LEVELS = (0, 1, 2, 3, 4)
TRAINED = (0, 1, 2)

WHO_DOES_WHAT = (
    "Shorten each sentence of the story to who does what, then write the state it leaves.",
    "Do not copy the sentences: name the person and the act, then what is known after it.",
    "Keep who acts and the state after each act; no opening and no closing remark.",
)


def generate(rng: random.Random, level: int) -> Problem:
    """A problem of the given order; rooms and chapters alternate by chance up to order 2."""
    if level <= 2 and rng.random() < 0.55:
        return _room_problem(rng, level)
    return _chapter_problem(rng, level)


def _room_problem(rng: random.Random, level: int) -> Problem:
    story = room_story.draw(rng, level)
    steps, cuts, answer = room_story.worked(story)
    whom = joined(story.asked) or f"the {story.thing}"
    return Problem(
        family=FAMILY,
        level=level,
        question=story.question(),
        answer=answer,
        steps=full(steps),
        plan=(
            f"Note who is asked about and in which room the {story.thing} is"
            if story.asked
            else f"Note what is asked about the {story.thing}",
            f"Read the story line by line and follow {whom}",
            f"Give the place of the {story.thing} that this leaves",
        ),
        cuts=cuts,
        short=short(steps),
        behavior=Behavior("behavior_who_does_what", rng.choice(WHO_DOES_WHAT)),
        facts=_room_facts(story),
        hypotheses=_room_hypotheses(story),
    )


def _room_facts(story: RoomStory) -> tuple[tuple[str, str, str], ...]:
    relation = {"enter": "entered", "exit": "exited", "place": "is in", "move": "moved it to"}
    return tuple(
        (event.who or story.thing, relation[event.kind], event.what)
        for event in story.events
        if event.kind in relation
    )


def _room_hypotheses(story: RoomStory) -> tuple[tuple[str, str], ...]:
    """What everybody who was there believes, and the likings the story tells."""
    told = []
    last = list(room_story.moments(story))[-1]
    people = dict.fromkeys(event.who for event in story.events if event.kind == "enter")
    for who in people:
        alone = RoomStory(story.thing, story.room, story.events, (who,))
        belief = list(room_story.moments(alone))[-1].belief
        if belief:
            told.append(("belief", f"{who} believes that the {story.thing} is in the {belief}"))
            told.append(("intention", f"{who} will look for the {story.thing} in the {belief}"))
    if len(story.asked) == 2:
        a, b = story.asked
        thought = f"{a} thinks that {b} believes that the {story.thing} is in the {last.belief}"
        told.append(("thought", thought))
    told += [("emotion", f"{e.who} {e.what}") for e in story.events if e.kind == "taste"]
    return tuple(told)


def _chapter_problem(rng: random.Random, level: int) -> Problem:
    story = chapter_story.draw(rng, level)
    steps, cuts, answer = chapter_story.worked(story)
    whom = f"the first of {joined(story.asked, 'or')} to leave"
    return Problem(
        family=FAMILY,
        level=level,
        question=story.question(),
        answer=answer,
        steps=full(steps),
        plan=(
            f"Find the chapter of the {story.thing} and who leaves in which order",
            f"Follow the {story.thing} until {whom if story.asked else 'all have left'}",
            f"Weigh later claims and visits that concern the {story.thing}, if any",
            f"Give the place of the {story.thing} that this leaves",
        ),
        cuts=cuts,
        short=short(steps),
        behavior=Behavior("behavior_who_does_what", rng.choice(WHO_DOES_WHAT)),
        options=story.choices,
        facts=_chapter_facts(story),
        hypotheses=_chapter_hypotheses(story, answer),
    )


def _chapter_facts(story: ChapterStory) -> tuple[tuple[str, str, str], ...]:
    chapter = story.chapters[0]
    moved = zip(chapter.people, chapter.moves, strict=True)
    return (
        (chapter.thing, "is in", chapter.start),
        *((who, f"moved the {chapter.thing} to", spot) for who, spot in moved if spot),
    )


def _chapter_hypotheses(story: ChapterStory, answer: str) -> tuple[tuple[str, str], ...]:
    if not story.asked:
        return ()
    first, *rest = story.asked
    if not rest:
        return (("belief", f"{first} believes that the {story.thing} is in the {answer}"),)
    inner = " ".join(f"that {who} thinks" for who in rest)
    return (("thought", f"{first} thinks {inner} that the {story.thing} is in the {answer}"),)
