"""MultiCritique: several critics, a critic of the critics, one critique; then a better answer.

Paper: Training Language Models to Critique with Multi-agent Feedback, arXiv 2410.15287.
Critics work alone on one answer and write analytical critique units; a meta-critic labels every unit, and
what holds is made one critique with a judgement from 1 to 10. The answer is then revised by it, and the
revision is taken only if it is judged better whichever of the two is shown first. Settings and state are in
`multi_critique_state`, the three nodes of the crucial information in `crucial_information`, the training
pairs in `critique_pairs`.

    START -> draft -> describe -> segment -> set_criteria -> (would a reference help?)
                                                               |yes             |no
                                                        write_reference ---> criticise
                                                                                |
             +--- no usable critique ----------------------- (anything found?) -+
             |                                         no flaw |          |units
             |                                                 |    meta_criticise
             |                                                 |          |
             +--- no usable label -------------------- (what was kept?) --+
             |                               no unit stands |   |units to keep
             |                                              |  aggregate
             |                                              v   v
             +--- that is all --- (flaws to mend?) --------- conclude
             |                        |yes
             |                     revise -> (another answer?) --yes--> judge
             v                                   |no                      |
          decide <-------------------------------+------------------------+
             |
       (pairs wanted?) --yes--> make_pairs -> close -> END
             |no                                ^
             +----------------------------------+

| paper | here |
|---|---|
| query, response | `question`, `response` |
| task description, two-tier criteria, reference | `describe`, `set_criteria`, `write_reference` |
| sentence markers [S1], [S2] | `pieces` |
| multi-agent critique (4 models, no debate) | `criticise`; `critics`, `number_of_critics` |
| analytical critique unit (ACU) | `Unit` |
| meta-critique classification, L0 to L6 | `meta_criticise`, `Label` |
| severity score of a critique | `critic_scores` |
| final critique: units, summary, judgement | `FinalCritique` |
| preference pairs, multi-agent revision validating (MARV) | `make_pairs` |

Differences from the paper:
- The use of the critique is ours: revise, compare in both orders, keep the better (`critique_only` stops at
  the critique, as the paper does).
- Without `critics` one model is asked `number_of_critics` times at `critic_temperature`; the paper's four
  critics are different models. Who can, gives `meta_model` and `judge_model` to yet another one.
- A line break ends a piece of text too (lists, formulas), and fenced code in a text is cut into lines.
- Of several labels that apply the meta-critic is asked for the gravest by the paper's severity scores; it is
  shown them in that order.
- A unit that flags a flawless sentence (L1) is never included, whatever the meta-critic says.
- Merging is asked for only where two units meet at a sentence or one must be mended.
- No comparison where the revision comes to the same answer. Markers, criteria, labels, severities, their
  number and all sums are checked or done in code; what breaks a rule is sent back once, then left out,
  and the record says so. A stage that stays unusable is left out too: the general criteria stand in for
  missing ones.
- Confidence is the probability of the least sure token of the short answer that is kept; without any (a
  given answer, a text, a model that gives none) it is the judgement of that answer, (judgement - 1) / 9.
- Pairs: revisions are sampled at temperature 1.0 without top-k or top-p; a grading model stands in for
  the reward model, exact match needs `pair_gold`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...agents.critique.aggregator import Aggregator
from ...agents.critique.critic import Critic
from ...agents.critique.judge import Judge
from ...agents.critique.meta_critic import MetaCritic
from ...agents.critique.reviser import Reviser
from ...core.critique import Case, Critique, FinalCritique, Label, Labelled, critic_scores
from ...core.errors import ModelError
from ...core.gather import gather_tolerant
from ...core.run import record_step
from ...core.text.segment import segments
from ...runtime.machine import END, START, Card, Given, Machine, Wiring
from ...runtime.solving import form_of, reasoner_for
from .critique_pairs import PairMaker
from .crucial_information import describe, set_criteria, write_reference
from .multi_critique_state import (
    MultiCritiqueSettings,
    MultiCritiqueState,
    note_left_out,
    played_by,
)

CARD = Card(
    name="multi_critique",
    title="MultiCritique",
    good_for="several critics review the answer; it is revised and the better version kept",
    calls="7 to 14, with 4 critics",
    paper="arXiv 2410.15287",
    cost=10.0,
)


async def draft(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """The answer to criticise: the given one, else the reasoner's."""
    if given := (settings.response or state.response or state.answer).strip():
        known = "" if settings.response else state.answer
        return {
            "response": given,
            "answer": known or form_of(state.question, settings).answer(given),
        }
    reasoner = await reasoner_for(state.question, settings)
    with record_step("reasoner", "solve", target="critic") as step:
        solution = (await reasoner.solve(state.question))[0]
        step.change("answer", solution.answer)
    return {
        "response": solution.text,
        "answer": solution.answer,
        "confidence": solution.confidence,
    }


async def segment(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """The answer in marked pieces."""
    pieces = segments(state.response, code=state.task_kind == "code")
    with record_step("segmenter", "segment", target="critic") as step:
        step.change("pieces", len(pieces))
    return {"pieces": pieces}


async def criticise(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """All critics at once, none hearing another."""
    names = _critics(settings)
    critics = []
    for number, name in enumerate(names, start=1):
        alike = names.count(name) > 1
        temperature = settings.critic_temperature if alike else settings.temperature
        model = await settings.get_model(
            name
        )  # one after the other: the same server is started once
        critics.append(Critic(model, f"critic {number}", temperature, settings.max_tokens or None))
    heard = await gather_tolerant(_criticism(critic, state.case) for critic in critics)
    return {"critiques": [critique for critique in heard if critique is not None]}


async def _criticism(critic: Critic, case: Case) -> Critique:
    with record_step(critic.name, "criticise", target="meta_critic") as step:
        critique = await critic.criticise(case)
        note_left_out(step, critique.dropped)
        if critique.units:
            step.change("units", len(critique.units))
    return critique


async def meta_criticise(
    state: MultiCritiqueState, settings: MultiCritiqueSettings
) -> dict[str, Any]:
    """A label for every unit; each critic's severity score is summed here."""
    signed = [(unit, critique.critic) for critique in state.critiques for unit in critique.units]
    if not settings.with_meta_critique:
        trusted = Label("L0", True, "taken on trust")
        return {"labelled": [Labelled(*one, trusted) for one in signed]}
    meta_critic = await played_by(MetaCritic, settings, settings.meta_model)
    with record_step("meta_critic", "label", target="aggregator") as step:
        try:
            found = await meta_critic.label(state.case, [unit for unit, _ in signed])
        except ModelError as unusable:
            step.error = str(unusable)
            return {}
        labelled = [Labelled(*one, label) for one, label in zip(signed, found.labels, strict=True)]
        scores = critic_scores(labelled, [critique.critic for critique in state.critiques])
        step.findings["severity_scores"] = tuple(f"{one.critic} {one.score}" for one in scores)
        note_left_out(step, found.dropped)
        kept = sum(one.included for one in labelled)
        if kept < len(labelled):
            step.change("units", kept, before=len(labelled))
    return {"labelled": labelled}


async def aggregate(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """The kept units of all critics as one list, each flaw once."""
    included = state.included
    aggregator = await played_by(Aggregator, settings, settings.meta_model)
    with record_step("aggregator", "merge", target="reviser") as step:
        merged = await aggregator.merge(state.case, included)
        note_left_out(step, merged.dropped)
        if list(merged.units) != [one.unit for one in included]:
            step.change("units", len(merged.units), before=len(included))
    return {"final": FinalCritique(merged.units)}


async def conclude(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """A summary for each primary criterion, and the judgement."""
    units = state.final.units if state.final else ()
    aggregator = await played_by(Aggregator, settings, settings.meta_model)
    with record_step("aggregator", "conclude", target="reviser") as step:
        try:
            final = await aggregator.conclude(state.case, units)
        except ModelError as unusable:
            step.error = f"goes on without: {unusable}"
            return {"final": FinalCritique(units)}
        if final.judgement is None:
            step.error = "no usable judgement"
        else:
            step.change("judgement", final.judgement)
    return {"final": final}


async def revise(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """The answer written again as the critique asks."""
    assert state.final is not None
    reviser = await played_by(Reviser, settings, settings.reviser_model)
    reviser = replace(reviser, form=form_of(state.question, settings))
    with record_step("reviser", "revise", target="judge") as step:
        critique = state.final.worded(state.pieces)
        try:
            revision = (await reviser.revise(state.question, state.response, critique))[0]
        except ModelError as unusable:
            step.error = str(unusable)
            return {}
        if revision.truncated:
            step.findings["left_out"] = "cut at its cap"
            return {}
        if not _same(revision.answer, state.answer):
            step.change("revised_answer", revision.answer)
    return {
        "revision": revision.text,
        "revised_answer": revision.answer,
        "revised_confidence": revision.confidence,
    }


async def judge(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """The revision becomes the answer only if it is better in either order."""
    referee = await played_by(Judge, settings, settings.judge_model)
    with record_step("judge", "compare", target="user") as step:
        try:
            preference = await referee.prefers(
                state.question, state.criteria, state.response, state.revision
            )
        except ModelError as unusable:
            step.error = str(unusable)
            return {"verdict": "kept the answer: no usable verdict"}
        chosen = "revision" if preference.better else "answer"
        step.decide(chosen, preference.reason, options=("answer", "revision"))
        if not preference.better:
            why = "the judge contradicts itself when the answers change places"
            why = why if preference.by_place else "the revision is not better"
            return {"verdict": f"kept the answer: {why}"}
        step.change("answer", state.revised_answer, before=state.answer)
    return {
        "answer": state.revised_answer,
        "confidence": state.revised_confidence,
        "verdict": "took the revision: judged better",
        "taken": True,
    }


async def decide(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """What comes out: the better answer, or the critique itself."""
    if state.final is None:
        told = "no critic gave a usable critique"
        nothing = {"answer": "", "confidence": None, "abstained": True}
        return {"reason": told} | (nothing if settings.critique_only else {})
    judgement = state.final.judgement
    found = _counted(len(state.final.units), "flaw") + (
        f", judged {judgement:g} of 10" if judgement else ""
    )
    if settings.critique_only:
        critique = state.final.worded(state.pieces)
        open_answer = {"answer": critique, "text": critique, "kind": "text"}
        return {**open_answer, "confidence": None, "reason": found}
    confidence = state.confidence
    if confidence is None and judgement is not None and not state.taken:
        confidence = (judgement - 1) / 9
    return {"confidence": confidence, "reason": "; ".join(filter(None, [found, state.verdict]))}


async def make_pairs(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """Pairs of a better and a worse critique, validated by what revisions make of them, into the file."""
    scorer = "" if settings.pair_gold else settings.pair_scorer or settings.judge_model
    maker = PairMaker(
        file=settings.pairs_file,
        revisers=[
            await settings.get_model(name)
            for name in _listed(settings.pair_revisers) or [settings.reviser_model]
        ],
        scorer=None if settings.pair_gold else await settings.get_model(scorer),
        gold=settings.pair_gold,
        revisions=settings.pair_revisions,
        gap=settings.pair_gap,
        max_tokens=settings.max_tokens or None,
    )
    names = dict(
        zip(
            (f"critic {n}" for n in range(1, 1 + len(_critics(settings)))),
            _critics(settings),
            strict=True,
        )
    )
    models = {critic: (await settings.get_model(name)).name for critic, name in names.items()}
    await maker.make(state.case, state.response, state.critiques, state.labelled, models)
    return {}


async def close(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """The end: a revision that was taken is from now on the solution."""
    taken = {"response": state.revision} if state.taken else {}
    return {"ending": state.ending or "finished", **taken}


def whether_a_reference_helps(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> str:
    """Not for math and code, where critics would look at it instead of the answer."""
    helps = settings.with_reference and state.task_kind == "text"
    return "a reference helps" if helps else "no reference"


def whether_anything_was_found(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> str:
    """Silence because nothing is wrong differs from silence because nothing could be used."""
    if any(critique.units for critique in state.critiques):
        return "units"
    heard = any(not critique.dropped for critique in state.critiques)
    return "no flaw" if heard else "no usable critique"


def what_was_kept(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> str:
    """After the meta-critique."""
    if state.included:
        return "units to keep"
    labelled = any(one.label is not None for one in state.labelled)
    return "no unit stands" if labelled else "no usable label"


def whether_to_revise(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> str:
    """Not where only the critique is wanted, nor where it names no flaw."""
    flaws = state.final is not None and state.final.units
    return "flaws to mend" if flaws and not settings.critique_only else "that is all"


def whether_it_changed(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> str:
    """Only another answer is worth a comparison."""
    same = not state.revision or _same(state.revised_answer, state.answer)
    return "same answer" if same else "another answer"


def whether_pairs_are_wanted(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> str:
    """Pairs need labels, and a file."""
    labelled = settings.with_meta_critique and len(state.critiques) > 1
    return "yes" if settings.pairs_file and labelled else "no"


def _critics(settings: MultiCritiqueSettings) -> list[str]:
    return _listed(settings.critics) or [""] * max(1, settings.number_of_critics)


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _same(one: str, other: str) -> bool:
    return " ".join(one.lower().split()) == " ".join(other.lower().split())


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, MultiCritiqueState, MultiCritiqueSettings, takes=Given)
    wiring.node(draft).node(describe).node(segment).node(set_criteria).node(write_reference)
    wiring.node(criticise).node(meta_criticise).node(aggregate).node(conclude)
    wiring.node(revise).node(judge).node(decide).node(make_pairs)
    wiring.node(close, run_after_finish=True)
    wiring.edge(START, "draft").edge("draft", "describe").edge("describe", "segment")
    wiring.edge("segment", "set_criteria").edge("write_reference", "criticise")
    wiring.edge("aggregate", "conclude").edge("judge", "decide").edge("make_pairs", "close")
    wiring.ask(
        "set_criteria",
        whether_a_reference_helps,
        {"a reference helps": "write_reference", "no reference": "criticise"},
    )
    wiring.ask(
        "criticise",
        whether_anything_was_found,
        {"units": "meta_criticise", "no flaw": "conclude", "no usable critique": "decide"},
    )
    wiring.ask(
        "meta_criticise",
        what_was_kept,
        {"units to keep": "aggregate", "no unit stands": "conclude", "no usable label": "decide"},
    )
    wiring.ask("conclude", whether_to_revise, {"flaws to mend": "revise", "that is all": "decide"})
    wiring.ask("revise", whether_it_changed, {"another answer": "judge", "same answer": "decide"})
    wiring.ask("decide", whether_pairs_are_wanted, {"yes": "make_pairs", "no": "close"})
    return wiring.edge("close", END).build()


graph = build()
