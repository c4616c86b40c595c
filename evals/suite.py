"""Named suites of questions on which machines are compared.

A suite is a file of this package: task sets, each a list of questions with their answers.
`room-to-think` holds problems of which the embedded model gets about as many right as wrong by one
sample: longer than any it was trained on, or unseen ones of levels it half knows. Only there can
thinking about thinking be seen to pay (`room` measures it).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from ..core.errors import InvalidInput
from .task import Task, read

SUITES = {"room-to-think": "room_to_think.json"}


def load(name: str = "room-to-think") -> tuple[Task, ...]:
    """The tasks of a kept suite, or of a JSONL file. Raises InvalidInput for neither."""
    if name in SUITES:
        return _kept(name)
    if not Path(name).is_file():
        raise InvalidInput(f"no suite and no file {name!r}; kept are {', '.join(SUITES)}")
    return read(name)


@cache
def _kept(name: str) -> tuple[Task, ...]:
    text = Path(__file__).with_name(SUITES[name]).read_text(encoding="utf-8")
    return tuple(
        Task(f"{label}-{number}", label, question, answer)
        for label, pairs in json.loads(text).items()
        for number, (question, answer) in enumerate(pairs)
    )
