"""Stories in chapters with nested beliefs and with claims, in the form of Hi-ToM.

He et al.: Hi-ToM, a benchmark for evaluating higher-order theory of mind reasoning (EMNLP
Findings 2023). People enter a room together and leave it one by one in the same order, each
perhaps moving the thing. What A thinks that B thinks ... is where the thing was when the first of
them left. Claims made afterwards count for beliefs of first and second order: a hearer believes
who left later than himself, and a speaker thinks that he is believed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ..phrases.marked import full
from ..phrases.phrase import ORDINALS, PEOPLE
from .room_story import CONTAINERS, ROOMS, THINGS

WAITING = "waiting_room"


@dataclass(frozen=True)
class Claim:
    """What `speaker` says of `thing`: to everybody, or privately to `hearer`."""

    speaker: str
    hearer: str
    thing: str
    place: str

    def sentence(self) -> str:
        """The claim as Hi-ToM writes it."""
        return f"{full([self.marked()])[0]}."

    def marked(self) -> str:
        """The sentence without its full stop, what the solution hardly needs of it marked."""
        told = f"{self.speaker} «privately »told {self.hearer} that the {self.thing}"
        if not self.hearer:
            told = f"{self.speaker} «publicly »claimed that {self.thing}"
        return f"{told}« is in the {self.place}»"


@dataclass(frozen=True)
class Chapter:
    """`people` in the order in which they leave; `moves[i]` is where person i puts it, or empty."""

    room: str
    thing: str
    people: tuple[str, ...]
    start: str
    moves: tuple[str, ...]
    claims: tuple[Claim, ...] = ()

    def place_after(self, person: str) -> str:
        """Where the thing is when `person` leaves."""
        upto = self.moves[: self.people.index(person) + 1]
        return next((place for place in reversed(upto) if place), self.start)

    def crowd(self) -> str:
        """The people as a list in words."""
        return f"{', '.join(self.people[:-1])} and {self.people[-1]}"

    def act(self, index: int) -> str:
        """What person `index` does before leaving."""
        who = self.people[index]
        if self.moves[index]:
            return f"{who} moved the {self.thing} to the {self.moves[index]}."
        return f"{who} made no movements and stayed in the {self.room} for 1 minute."

    def sentences(self) -> list[str]:
        """The chapter as Hi-ToM writes it."""
        lines = [f"{self.crowd()} entered the {self.room}."]
        lines.append(f"The {self.thing} is in the {self.start}.")
        for index, who in enumerate(self.people):
            lines += [self.act(index), f"{who} exited the {self.room}."]
        lines.append(f"{self.crowd()} entered the {WAITING}.")
        return lines + [claim.sentence() for claim in self.claims]


@dataclass(frozen=True)
class ChapterStory:
    """The chapters, the lines with noise among them, who is asked about (outermost first)."""

    chapters: tuple[Chapter, ...]
    lines: tuple[str, ...]
    asked: tuple[str, ...]
    choices: tuple[str, ...]

    @property
    def thing(self) -> str:
        """The thing asked about: that of the first chapter, in which everybody takes part."""
        return self.chapters[0].thing

    def question(self) -> str:
        """The numbered story, the question and the choices."""
        story = "\n".join(f"{number} {line}" for number, line in enumerate(self.lines, 1))
        return f"{story}\n{self.query()}\nChoices: {', '.join(self.choices)}"

    def query(self) -> str:
        """The question alone, in the words of Hi-ToM."""
        if not self.asked:
            return f"Where is the {self.thing} really?"
        if len(self.asked) == 1:
            return f"Where does {self.asked[0]} really think the {self.thing} is?"
        first, *rest = self.asked
        thoughts = " ".join(f"{who} thinks" for who in rest)
        return f"Where does {first} think {thoughts} the {self.thing} is?"


def draw(rng: random.Random, order: int) -> ChapterStory:
    """A story of one to three chapters, half of them with claims, and a question of that order."""
    count = rng.choices((1, 2, 3), (4, 3, 2))[0]
    claiming = rng.random() < 0.5
    people = rng.sample(PEOPLE, 5)
    things = rng.sample(THINGS, 6)
    rooms = rng.sample(ROOMS, 3)
    containers = rng.sample(CONTAINERS, 15)
    chapters: list[Chapter] = []
    for index in range(count):
        crowd = rng.sample(people, 5 if index == 0 else rng.randint(2, 5))
        if index and rng.random() < 0.3:
            chapter, spots = _again(rng, chapters, things[index], crowd, containers[:5])
        else:
            spots = rng.sample(containers[5 * index : 5 * index + 5], 5)
            chapter = _chapter(rng, rooms[index], things[index], crowd, spots)
        chapters.append(_with_claims(rng, chapter, people, spots) if claiming else chapter)
    lines = [line for chapter in chapters for line in chapter.sentences()]
    noisy = _noise(rng, lines, people, containers, things)
    asked = tuple(rng.sample(people, order))
    choices = rng.sample(containers, 15)
    return ChapterStory(tuple(chapters), tuple(noisy), asked, tuple(choices))


def _chapter(
    rng: random.Random, room: str, thing: str, crowd: list[str], spots: list[str]
) -> Chapter:
    targets = [*spots[1 : len(crowd)], spots[0]]
    moves = tuple(spot if rng.random() < 0.5 else "" for spot in targets[: len(crowd)])
    return Chapter(room, thing, tuple(crowd), spots[0], moves)


def _again(
    rng: random.Random, told: list[Chapter], other: str, crowd: list[str], containers: list[str]
) -> tuple[Chapter, list[str]]:
    """A later visit to the first room, about the same thing or another one."""
    first = told[0]
    same = rng.random() < 0.6
    start = _left_in(told) if same else rng.choice(containers)
    rest = [spot for spot in containers if spot != start]
    spots = [start, *rng.sample(rest, len(rest))]
    return _chapter(rng, first.room, first.thing if same else other, crowd, spots), spots


def _left_in(chapters: Sequence[Chapter]) -> str:
    """Where the first chapter's thing is after these chapters."""
    last = [chapter for chapter in chapters if chapter.thing == chapters[0].thing][-1]
    return last.place_after(last.people[-1])


def _with_claims(
    rng: random.Random, chapter: Chapter, people: list[str], spots: list[str]
) -> Chapter:
    """One claim to all, one in private, or both; about half of the private ones are true."""
    claims = []
    shape = rng.choice(("public", "private", "both", "both", "both", "two"))
    if shape in ("public", "both"):
        claims.append(Claim(rng.choice(chapter.people), "", chapter.thing, rng.choice(spots)))
    for _ in range({"private": 1, "both": 1, "two": 2, "public": 0}[shape]):
        speaker = rng.choice(chapter.people)
        hearer = rng.choice([who for who in people if who != speaker])
        place = chapter.place_after(speaker) if rng.random() < 0.5 else rng.choice(spots)
        claims.append(Claim(speaker, hearer, chapter.thing, place))
    return Chapter(
        chapter.room, chapter.thing, chapter.people, chapter.start, chapter.moves, tuple(claims)
    )


def _noise(
    rng: random.Random,
    lines: list[str],
    people: list[str],
    containers: list[str],
    things: list[str],
) -> list[str]:
    """The lines with a sentence that does not matter before about one in fifteen."""
    noisy = []
    for line in lines:
        if rng.random() < 0.07:
            who = rng.choice(people)
            told = (
                f"{who} saw a {rng.choice(('cat', 'dog', 'monkey', 'mouse'))}.",
                f"{who} lost his {rng.choice(('watch', 'gloves', 'phone'))}.",
                f"{who} likes the {rng.choice(containers)}.",
                f"{who} dislikes the {rng.choice(things)}.",
            )
            noisy.append(rng.choice(told))
        noisy.append(line)
    return noisy


def worked(story: ChapterStory) -> tuple[tuple[str, ...], tuple[int, ...], str]:
    """The solution leaver by leaver, visit by visit and claim by claim, where its moves end, and
    the answer.

    The first lines say of each thing, person and room asked about what it is (`Ava? first`); later
    `Ava?` is looked up there, and what is not found is `no`: nothing need be compared.
    """
    chapter = story.chapters[0]
    whom = "".join(f" {who}? {_role(story, who)}." for who in story.asked)
    steps = [
        f"«asked: {story.query()} »{story.thing}? yes.{whom}",
        f"«enter: »{_numbered(chapter)}« entered the {chapter.room}». {chapter.room}? here",
        f"The {story.thing} is in the {chapter.start}",
    ]
    cuts = [len(steps)]
    lines, place = _leave(story, chapter)
    steps += lines
    cuts.append(len(steps))
    for index, part in enumerate(story.chapters):
        if index:
            lines, place = _visit(story, index, place)
            steps += lines
        for claim in part.claims:
            place, why = _hear(story, claim, place)
            steps.append(f"«then »{claim.marked()}: {why}: {place}")
    if len(steps) == cuts[-1]:
        steps.append(f"«nothing later: {place}»")
    cuts.append(len(steps))
    steps += [f"«so {place}»", f"answer: {place}"]
    return tuple(steps), (*cuts, len(steps)), place


def _role(story: ChapterStory, who: str) -> str:
    """`first` for whom is asked about outermost, `second` for the next; `no` for others."""
    return ORDINALS[story.asked.index(who) + 1] if who in story.asked else "no"


def _numbered(chapter: Chapter) -> str:
    """The people with the order in which they leave behind their names."""
    return ", ".join(f"{who} {number}" for number, who in enumerate(chapter.people, 1))


def _leave(story: ChapterStory, chapter: Chapter) -> tuple[list[str], str]:
    """Follows the thing until the first of the asked has left, or all have."""
    lines, place = [], chapter.start
    for index, who in enumerate(chapter.people):
        place = chapter.moves[index] or place
        moved = f"{who} moved« the {chapter.thing} to the {place}»"
        act = moved if chapter.moves[index] else f"{who} made no movements"
        lines.append(f"«then »{act}: {place}. «exited: »{who}? {_role(story, who)}")
        if who in story.asked:
            break
    return lines, place


def _visit(story: ChapterStory, index: int, place: str) -> tuple[list[str], str]:
    """A later visit to the same room counts if all the asked are there: they see the thing."""
    part, now = story.chapters[index], _left_in(story.chapters[:index])
    line = f"«next »{_numbered(part)}« entered the» {part.room}?"
    if part.room != story.chapters[0].room:
        return [f"{line} no"], place
    away = [who for who in story.asked if who not in part.people]
    if away:
        return [f"{line} here. {away[0]} away, still: {place}"], place
    line = f"{line} here. The {story.thing} is in the {now}: {now}"
    if part.thing != story.thing:
        return [line], now
    lines, place = _leave(story, part)
    return [line, *lines], place


def _hear(story: ChapterStory, claim: Claim, place: str) -> tuple[str, str]:
    """The belief after a claim, and what was looked up (the rules of the benchmark, see the
    module)."""
    if claim.thing != story.thing:
        return place, f"{claim.thing}? no, still"
    if len(story.asked) not in (1, 2):
        return place, f"{claim.thing}? yes, still"
    thinker, inner = story.asked[0], story.asked[-1]
    hearer = f"{claim.hearer}? {_role(story, claim.hearer)}" if claim.hearer else "to all"
    said = f"{claim.thing}? yes, {claim.speaker}? {_role(story, claim.speaker)}, {hearer}"
    if claim.speaker == thinker:
        believed = inner != thinker and claim.hearer in ("", inner)
    elif claim.hearer not in ("", thinker) or inner not in (thinker, claim.speaker):
        believed = False
    else:
        people = next(part.people for part in story.chapters if claim in part.claims)
        left = people.index(thinker) + 1 if thinker in people else 0
        spoke = people.index(claim.speaker) + 1
        said = f"{said}, {thinker} {left or 'away'}, {claim.speaker} {spoke}"
        believed = left < spoke
    return (claim.place, f"{said}, now") if believed else (place, f"{said}, still")
