"""ReMA as one writes it in an afternoon: two LangGraph nodes that call litellm, and a loop."""

from __future__ import annotations

import operator
import os
from typing import Annotated, Any, TypedDict

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # it would try the network first
os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
import litellm
from langgraph.graph import END, START, StateGraph

from metathink.agents.answer_form import AnswerForm
from metathink.agents.meta_thinker import NEXT_MOVE
from metathink.agents.reasoner import CARRY_OUT

LEAD, WORK = (
    str(NEXT_MOVE.fill(finish_flag="[FINISH]")),
    str(CARRY_OUT.fill(form=AnswerForm("short").request)),
)


class State(TypedDict):
    """The dialogue."""

    question: str
    moves: Annotated[list[str], operator.add]
    works: Annotated[list[str], operator.add]


def start(question: str) -> Any:
    """What the machine starts with."""
    return {"question": question, "moves": [], "works": []}


def machine(base: str) -> Any:
    """The compiled graph; its model is served at `base`."""

    async def ask(prompt: str, question: str, said: list[str]) -> str:
        messages = [{"role": "system", "content": prompt}, {"role": "user", "content": question}]
        roles = ("assistant", "user")
        messages += [{"role": roles[i % 2], "content": text} for i, text in enumerate(said)]
        reply: Any = await litellm.acompletion(
            model="hosted_vllm/bench",
            messages=messages,
            api_base=f"{base}/v1",
            api_key="none",
            temperature=0,
            max_tokens=512,
        )
        return reply.choices[0].message.content

    async def meta_think(state: State) -> dict[str, list[str]]:
        said = [text for turn in zip(state["moves"], state["works"], strict=True) for text in turn]
        return {"moves": [await ask(LEAD, state["question"], said)]}

    async def reason(state: State) -> dict[str, list[str]]:
        first, *later = state["moves"]
        said = [text for turn in zip(state["works"], later, strict=True) for text in turn]
        return {"works": [await ask(WORK, f"{state['question']}\n\n{first}", said)]}

    def finished(state: State) -> str:
        return END if "[FINISH]" in state["moves"][-1] else "meta_think"

    graph = StateGraph(State)
    graph.add_node("meta_think", meta_think)
    graph.add_node("reason", reason)
    graph.add_edge(START, "meta_think")
    graph.add_edge("meta_think", "reason")
    graph.add_conditional_edges("reason", finished)
    return graph.compile()
