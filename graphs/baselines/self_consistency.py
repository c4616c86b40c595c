"""Self-consistency: sample several replies, answer with what most of them agree on.

Papers: Self-Consistency Improves Chain of Thought Reasoning in Language Models, arXiv 2203.11171, for short
answers; Universal Self-Consistency for Large Language Model Generation, arXiv 2311.17311, for all others.

    START -> sample -> (can the answers be counted?) --short answers--> vote ----> END
                             |programs           |texts
                             v                   v
                        run_programs --> (did they run?) --no--> choose --> END
                                              |yes
                                             END

| paper | here |
|---|---|
| number of sampled paths (40; universal: 8) | `samples` (8) |
| temperature (0.5-0.7) | `temperature` (0.7) |
| majority of parsed answers | `vote`, equal answers by `meta.equivalence`; ties go to the answer seen first |
| most consistent response (universal, section 3) | `choose`, one more call that sees all samples |
| execution of generated code (universal, table 3) | `run_programs`: agreement of what the functions return |

Where we differ: the default number of samples is smaller, as gains flatten early (section 3.2, figure 2);
all samples are asked for in one request, so that the prompt is read once. A sample cut at its cap votes
only if it stated an answer; where all were, nothing supports the answer. Confidence is the share of votes;
for programs the share of samples that behave alike, for texts there is none. Universal self-consistency
does without execution; here Python functions are run where the sandbox is installed, and chosen as texts
otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import PositiveInt

from ...agents.answer_form import AnswerForm
from ...agents.reasoner import Solution
from ...agents.selector import Selector
from ...core.errors import ContextTooLong, ModelError
from ...core.off_loop import off_loop
from ...core.run import record_step
from ...meta.answers.equivalence import candidates
from ...meta.answers.options import listed_options
from ...meta.sample import Question, Sample
from ...meta.verify.behavior_vote import most_common_behavior, program_in
from ...runtime.machine import END, START, Amount, Card, Machine, Settings, State, Wiring
from ...runtime.solving import reasoner_for

CARD = Card(
    name="self_consistency",
    title="Self-consistency",
    good_for="questions that the model gets right more often than wrong in any one way; texts and code too",
    calls="1, with 8 samples; 2 for texts",
    paper="arXiv 2203.11171, 2311.17311",
)


@dataclass
class SelfConsistencySettings(Settings):
    """What self-consistency can be told."""

    samples: PositiveInt = 8
    """Replies that are sampled (section 3: 40; ours 8)."""
    temperature: Amount = 0.7
    """Sampling temperature (section 3.1)."""


@dataclass
class SelfConsistencyState(State):
    """Plus the samples; of those cut at their cap only the ones that stated an answer, if there are any.

    `cut` says that all samples were cut before they stated one: what they say last is all there is. `whole`
    says that replies are the answers, `ran` that programs could be compared by what they do.
    """

    samples: list[Solution] = field(default_factory=list)
    cut: bool = False
    whole: bool = False
    ran: bool = False


async def sample(state: SelfConsistencyState, settings: SelfConsistencySettings) -> dict[str, Any]:
    """Ask for all samples at once; the first one is the answer until there is a better one."""
    reasoner = await reasoner_for(state.question, settings)
    form = reasoner.form
    with record_step("reasoner", "sample", target="voter") as step:
        replies = await reasoner.solve(state.question, settings.samples)
        length = sum(len(reply.text) for reply in replies)
        finished, samples, whole = await off_loop(lambda: _comparable(replies, form), length)
        step.change("samples", len(samples))
        step.findings["different_answers"] = len({s.answer for s in samples})
    first = samples[0]
    return {
        "samples": samples,
        "cut": not finished,
        "whole": whole,
        "answer": first.answer,
        "response": first.text,
    }


def _comparable(replies: list[Solution], form: AnswerForm) -> tuple[bool, list[Solution], bool]:
    """Whether any reply has an answer, those to be compared, and whether they are compared as a whole."""
    finished = [s for s in replies if not s.truncated or form.states_answer(s.text)]
    samples = finished or replies
    short = [s for s in samples if not form.is_whole(s.text)]
    whole = 2 * len(short) < len(samples)
    return bool(finished), samples if whole else short or samples, whole


async def vote(state: SelfConsistencyState, settings: SelfConsistencySettings) -> dict[str, Any]:
    """The answer that most samples came to."""
    with record_step("voter", "vote", target="user") as step:
        answers = [sample.answer for sample in state.samples]
        answer, share = plurality(answers, state.question)
        step.decide(answer, f"{share:.0%} of {len(answers)} votes", options=answers)
        step.change("answer", answer)
    chosen = next(sample for sample in state.samples if sample.answer == answer)
    return _ended(state, chosen, share)


async def run_programs(
    state: SelfConsistencyState, settings: SelfConsistencySettings
) -> dict[str, Any]:
    """The program whose behavior most samples share; no model is asked."""
    with record_step("voter", "run_programs", target="user") as step:
        replies = [sample.text for sample in state.samples]
        agreed = await most_common_behavior(state.question, replies)
        if agreed.choice is None:
            step.decide("choose", agreed.reason)
            return {}
        step.decide(f"sample {agreed.choice + 1}", agreed.reason)
        step.change("sample", agreed.choice + 1)
    return _ended(state, state.samples[agreed.choice], agreed.confidence) | {"ran": True}


async def choose(state: SelfConsistencyState, settings: SelfConsistencySettings) -> dict[str, Any]:
    """The sample most consistent with the others, as the model sees it; the first where it cannot say."""
    selector = Selector(await settings.get_model(), settings.max_tokens or None)
    with record_step("selector", "choose", target="user") as step:
        replies = [sample.text for sample in state.samples]
        chosen, why = None, "all samples say the same"
        if len(set(replies)) > 1:
            try:
                chosen = await selector.most_consistent(state.question, replies)
            except (ModelError, ContextTooLong) as fault:
                step.error = str(fault)
            named = chosen is not None
            why = "" if named else "no sample was named, so the first one stands"
        step.decide(f"sample {(chosen or 0) + 1}", why)
        step.change("sample", (chosen or 0) + 1)
    return _ended(state, state.samples[chosen or 0], None)


def _ended(
    state: SelfConsistencyState, chosen: Solution, confidence: float | None
) -> dict[str, Any]:
    ending = "truncated" if state.cut else "finished"
    return {
        "answer": chosen.answer,
        "response": chosen.text,
        "confidence": None if state.cut else confidence,
        "ending": ending,
    }


def whether_to_count(state: SelfConsistencyState, settings: SelfConsistencySettings) -> str:
    """Only short answers are counted as strings; what looks like Python may be compared by running it."""
    if not state.whole:
        return "short answers"
    return "programs" if all(program_in(s.text) for s in state.samples) else "texts"


def whether_they_ran(state: SelfConsistencyState, settings: SelfConsistencySettings) -> str:
    """After the programs were run."""
    return "they ran" if state.ran else "nothing to compare"


def plurality(ballots: Sequence[str], question: str = "") -> tuple[str, float]:
    """The commonest answer as it was first written, and its share; the earliest wins a tie.

    Answers are the same as `metathink.same` says; options are those that the question lists.
    """
    asked = Question(question, listed_options(question), kind="auto")
    found = candidates([Sample(ballot) for ballot in ballots], asked)
    if not found:
        return ballots[0], 1.0
    winners = max(
        found, key=lambda candidate: (len(candidate.members), -candidate.members[0])
    ).members
    return ballots[winners[0]], len(winners) / len(ballots)


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, SelfConsistencyState, SelfConsistencySettings)
    wiring.node(sample).node(vote).node(run_programs).node(choose).edge(START, "sample")
    counted = {"short answers": "vote", "programs": "run_programs", "texts": "choose"}
    wiring.ask("sample", whether_to_count, counted)
    wiring.ask("run_programs", whether_they_ran, {"they ran": END, "nothing to compare": "choose"})
    return wiring.edge("vote", END).edge("choose", END).build()


graph = build()
