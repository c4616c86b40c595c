"""ReMA as a node of your own LangGraph graph: it reads `question` and writes `answer` and `confidence`."""

import asyncio
from dataclasses import dataclass

from langgraph.graph import END, START, StateGraph

from metathink.graphs.steering.rema import graph as rema


@dataclass
class Ticket:
    things: str = ""
    question: str = ""
    answer: str = ""
    confidence: float | None = None
    reply: str = ""


def put_into_words(state: Ticket) -> dict[str, str]:
    return {"question": f"I have {state.things}. How many fruits do I have?"}


def write_reply(state: Ticket) -> dict[str, str]:
    return {"reply": f"Dear customer, {state.things} makes {state.answer} fruits."}


builder = StateGraph(Ticket)
builder.add_node("put_into_words", put_into_words)
builder.add_node("think", rema)
builder.add_node("write_reply", write_reply)
builder.add_edge(START, "put_into_words")
builder.add_edge("put_into_words", "think")
builder.add_edge("think", "write_reply")
builder.add_edge("write_reply", END)

print(asyncio.run(builder.compile().ainvoke(Ticket("an apple, a drum, and a grape")))["reply"])
