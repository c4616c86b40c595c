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
    wording.read_critique,
    wording.read_judgement,
    wording.read_confidence,
    wording.read_comparison,
    wording.read_behavior,
    wording.read_facts,
    wording.read_hypotheses,
)


@given(st.text())
def test_no_reply_crashes_a_reader(reply: str) -> None:
    for read in READERS:
        read(reply)
    wording.read_revision(reply, ("a", "b"))


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_question_can_be_asked_in_every_role(question: str, lines: list[str]) -> None:
    turns = [Turn(line, (line,)) for line in lines]
    asks = (
        wording.solve(question, behaviors=[("behavior_x", "y")], plan=lines),
        wording.direct(question),
        wording.plan(question),
        wording.next_move(question, turns),
        wording.follow(question, "m", turns),
        wording.critique(question, lines),
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
        wording.critique(question, solution),
        wording.judge(question, "Yes", solution),
        wording.confidence(question, "Yes", solution),
        wording.extract_behavior(question, solution),
    ):
        assert ask.startswith("Is it?\n@solution\n1. one\n2. answer: Yes\n@")


@given(st.lists(LINE.filter(lambda s: not s.startswith("-")), min_size=1, max_size=5))
def test_a_plan_is_read_back(moves: list[str]) -> None:
    assert list(wording.read_plan(wording.plan_reply(moves))) == moves


@given(st.integers(1, 40), LINE, st.sampled_from(["low", "high"]))
def test_a_critique_is_read_back(step: int, correction: str, severity: str) -> None:
    found = Critique(step, correction, severity)
    assert wording.read_critique(wording.critique_reply(found)) == found


def test_no_finding_is_right() -> None:
    assert wording.read_critique(wording.critique_reply(Critique(0))).right


@given(st.lists(LINE, min_size=1, max_size=6), st.integers(1, 6))
def test_a_revision_keeps_what_came_before(steps: list[str], start: int) -> None:
    start = min(start, len(steps))
    wrong = [*steps[: start - 1], *("wrong" for _ in steps[start - 1 :])]
    reply = wording.revision_reply(steps, start)
    assert wording.read_revision(reply, wrong) == tuple(steps)


def test_moves_are_read_back() -> None:
    for move in (Move("do", "count"), Move("redo", "count"), Move("finish")):
        assert wording.read_move(wording.move_reply(move)) == move
    assert wording.read_move("count the apples") == Move("do", "count the apples")
    assert wording.read_move("") == Move("finish")


def test_the_last_answer_counts() -> None:
    assert wording.read_answer("a\nanswer: 3\nanswer: (B)") == "(B)"
    assert wording.read_answer("7. answer: 24") == "24"
    assert wording.read_answer("no end") == ""


def test_facts_hypotheses_behaviors_and_shares_are_read_back() -> None:
    facts = (("Ann", "has", "a red ball"),)
    assert wording.read_facts(wording.facts_reply(facts)) == facts
    said = (("belief", "Ann thinks so"),)
    assert wording.read_hypotheses(wording.hypotheses_reply(said)) == said
    reply = wording.behavior_reply("behavior_skip", "Skip it.")
    assert wording.read_behavior(reply) == ("behavior_skip", "Skip it.")
    assert wording.read_confidence(wording.confidence_reply(0.68)) == 0.7
    assert wording.read_judgement(wording.judgement_reply(False)) is False
    assert wording.read_judgement("hm") is None
