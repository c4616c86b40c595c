"""Named ways to recall, instead of flags: which memories are asked, what of them may be shown."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from ...core.errors import InvalidInput
from ..records.change import BEHAVIORS, EPISODES, FACTS, PASSAGES, PEOPLE, RULES


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which kinds of items are looked through.

    `mistakes_only` keeps attempts that were wrong or carry a noted mistake; `candidates` lets in
    behaviors that no validated outcome backs yet.
    """

    name: str
    purpose: str
    kinds: tuple[str, ...]
    mistakes_only: bool = False
    candidates: bool = False


RECIPES: Final = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "everything",
            "whatever helps, of every kind",
            (FACTS, PASSAGES, BEHAVIORS, EPISODES, PEOPLE, RULES),
        ),
        Recipe("graph_evidence", "facts the question leads to, and paths between them", (FACTS,)),
        Recipe("documents", "facts and the passages they came from", (FACTS, PASSAGES)),
        Recipe("handbook_for_question", "behaviors that earned their place", (BEHAVIORS,)),
        Recipe(
            "handbook_with_candidates",
            "behaviors not validated yet among them, to give them a trial",
            (BEHAVIORS,),
            candidates=True,
        ),
        Recipe("similar_episodes", "attempts at similar problems", (EPISODES,)),
        Recipe(
            "similar_mistakes",
            "what went wrong on similar problems, and why",
            (EPISODES,),
            mistakes_only=True,
        ),
        Recipe("people", "what is known of the people a message concerns", (PEOPLE,)),
        Recipe("rules_for_question", "rules whose condition may hold", (RULES,)),
    )
}


def recipe_named(name: str) -> Recipe:
    """The recipe of that name; InvalidInput names the nearest for an unknown one."""
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InvalidInput(f"no recipe {name!r:.80}: there are {', '.join(RECIPES)}{hint}")
