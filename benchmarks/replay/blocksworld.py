"""Does a plan reach its goal: Blocksworld with four operators, simulated (Valmeekam et al. 2023).

The statement says in words which block is on which; a plan names blocks by letters, one for each
colour. A plan with an action that cannot be done is wrong, also when the goal holds in the end.
"""

from __future__ import annotations

import re

COLOURS = (
    *("red", "blue", "orange", "yellow", "white", "magenta"),
    *("black", "cyan", "green", "violet", "silver", "gold"),
)
LETTERS = dict(zip("abcdefghijkl", COLOURS, strict=True))
TABLE = "table"

_ON = re.compile(r"the (\w+) block is on top of the (\w+) block")
_ON_TABLE = re.compile(r"the (\w+) block is on the table")
_ACTION = re.compile(r"\((pick-up|put-down|stack|unstack)((?: \w+)+)\)")

Below = dict[str, str]
"""What each block stands on; a block in the hand stands on nothing."""


def reaches_goal(statement: str, plan: str) -> bool | None:
    """Whether every action can be done and the goal holds after the last; None without a goal."""
    start, found, goal = statement.partition("My goal is")
    if not found:
        return None
    below = dict(_ON.findall(start)) | dict.fromkeys(_ON_TABLE.findall(start), TABLE)
    for name, blocks in _ACTION.findall(plan):
        named = [LETTERS.get(letter, "") for letter in blocks.split()]
        if not _do(below, name, named):
            return False
    wanted = dict(_ON.findall(goal)) | dict.fromkeys(_ON_TABLE.findall(goal), TABLE)
    return all(below.get(block) == place for block, place in wanted.items())


def _do(below: Below, name: str, blocks: list[str]) -> bool:
    """Do one action in place; False when it cannot be done."""
    block = blocks[0]
    other = TABLE if name in ("pick-up", "put-down") else blocks[-1]
    if len(blocks) != (1 if other == TABLE else 2) or block == other:
        return False
    if name in ("pick-up", "unstack"):
        if _held(below) or below.get(block) != other or block in below.values():
            return False
        below[block] = ""
        return True
    if below.get(block) != "" or (other != TABLE and not _free(below, other)):
        return False
    below[block] = other
    return True


def _held(below: Below) -> bool:
    return "" in below.values()


def _free(below: Below, block: str) -> bool:
    return block in below and below[block] != "" and block not in below.values()
