"""A batch in a process of its own that is killed: `python -m tests.hostile.kills PLAN`, a JSON file."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import metathink as mt


async def main(plan: dict) -> None:
    """Work through the questions, going on where an earlier process was killed; print the answers."""
    outcomes = await mt.think_all(
        plan["questions"],
        method=plan["method"],
        model=plan["model"],
        concurrency=plan["concurrency"],
        resume=plan["resume"],
        checkpoint=plan["checkpoint"],
        **plan["settings"],
    )
    told = [o.to_dict() if isinstance(o, mt.Answer) else {"error": repr(o)} for o in outcomes]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
