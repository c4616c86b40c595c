"""Every reader takes any text, and reads back what training writes."""

from hypothesis import given
from hypothesis import strategies as st

from metathink.models.embedded import wording
from metathink.models.embedded.wording import Critique, Move, Turn

LINE = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=30)
READERS = (
    wording.read_steps,
    wording.read_answer,
    wording.read_plan,
    wording.read_move,
    wording.read_judgement,
    wording.read_confidence,
    wording.read_comparison,
    wording.read_behavior,
    wording.read_hypotheses,
)


@given(st.text())
def test_no_reply_crashes_a_reader(reply: str) -> None:
    for read in READERS:
        read(reply)
    for found in (Critique(0), Critique(2, "c", "high"), Critique(3)):
        wording.read_revision(reply, ("a", "b"), found)


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_question_can_be_asked_in_every_role(question: str, lines: list[str]) -> None:
    turns = [Turn(line, (line,)) for line in lines]
    asks = (
        wording.solve(question, behaviors=[("behavior_x", "y")], plan=lines),
        wording.direct(question),
        wording.plan(question),
        wording.next_move(question, turns),
        wording.follow(question, "m", turns),
        wording.revise(question, lines, Critique(1, "x", "high")),
        wording.judge(question, "a", lines),
        wording.confidence(question, "a", lines),
        wording.compare(question, lines, lines),
        wording.extract_behavior(question, lines),
        wording.extract_facts(question),
        wording.hypotheses(question),
        wording.answer_from_hypothesis(question, "belief", "h"),
    )
    roles = [ask.splitlines()[-1] for ask in asks]
    assert all(role.startswith("@") for role in roles)
    assert len(set(roles)) == len(roles)


def test_what_is_shared_comes_first() -> None:
    question = "Is it?"
    solution = ("one", "answer: Yes")
    for ask in (
        wording.judge(question, "Yes", solution),
        wording.confidence(question, "Yes", solution),
        wording.extract_behavior(question, solution),
    ):
        assert ask.startswith("Is it?\n@solution\n1. one\n2. answer: Yes\n@")


@given(st.lists(LINE.filter(lambda s: not s.startswith("-")), min_size=1, max_size=5))
def test_a_plan_is_read_back(moves: list[str]) -> None:
    assert list(wording.read_plan(wording.plan_reply(moves))) == moves


def test_solving_again_finds_the_first_step_that_differs() -> None:
    own = ("2 * 3 = 6", "6 + 1 = 7", "answer: 7")
    wrong = ("2 * 3 = 5", "5 + 1 = 6", "answer: 6")
    assert wording.compared(wrong, own) == Critique(1, "2 * 3 = 6", "high")
    assert wording.compared((own[0], "so 7", own[2]), own) == Critique(2, "6 + 1 = 7", "low")
    assert wording.compared(own[:1], own) == Critique(2, "6 + 1 = 7", "high")
    assert wording.compared((*own, "more"), own) == Critique(4, "answer: 7", "low")
    assert wording.compared(own, own).right
    assert wording.compared(wrong, own[:2]).right  # no answer of one's own: nothing to say


@given(st.lists(LINE, min_size=1, max_size=6), st.integers(1, 6))
def test_a_revision_keeps_what_came_before(steps: list[str], start: int) -> None:
    steps, start = [*steps, "answer: 5"], min(start, len(steps) + 1)
    wrong = [*steps[: start - 1], *("wrong" for _ in steps[start - 1 :])]
    found = Critique(start, steps[start - 1], "high")
    assert wording.mended(wrong, found) == tuple(steps[:start])
    reply = wording.revision_reply(steps, found)
    assert wording.read_revision(reply, wrong, found) == tuple(steps)


def test_a_revision_of_what_is_right_or_of_no_words_changes_nothing() -> None:
    steps = ("one", "answer: 1")
    assert wording.read_revision("answer: 2", steps, Critique(0)) == steps
    assert wording.read_revision(" \n", steps, Critique(1, "two", "high")) == steps


def test_moves_are_read_back() -> None:
    for move in (Move("do", "count"), Move("redo", "count"), Move("finish")):
        assert wording.read_move(wording.move_reply(move)) == move
    assert wording.read_move("count the apples") == Move("do", "count the apples")
    assert wording.read_move("") == Move("finish")


def test_the_last_answer_counts() -> None:
    assert wording.read_answer("a\nanswer: 3\nanswer: (B)") == "(B)"
    assert wording.read_answer("7. answer: 24") == "24"
    assert wording.read_answer("no end") == ""


def test_hypotheses_behaviors_and_shares_are_read_back() -> None:
    said = (("belief", "Ann thinks so"),)
    assert wording.read_hypotheses(wording.hypotheses_reply(said)) == said
    reply = wording.behavior_reply("behavior_skip", "Skip it.")
    assert wording.read_behavior(reply) == ("behavior_skip", "Skip it.")
    assert wording.read_confidence(wording.confidence_reply(0.68)) == 0.7
    assert wording.read_judgement(wording.judgement_reply(False)) is False
    assert wording.read_judgement("hm") is None
