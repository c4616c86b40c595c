"""The methods as drawn graphs: `python -m tests.runtime.draw METHOD ...` writes them; without a name all."""

from __future__ import annotations

import sys
from pathlib import Path

from metathink.graphs import METHODS, method

DRAWN = Path(__file__).parent / "drawn"


def drawing(name: str) -> str:
    """The graph of a method as Mermaid text."""
    return method(name).graph.get_graph().draw_mermaid()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or METHODS:
        (DRAWN / f"{chosen}.mmd").write_text(drawing(chosen), "utf-8")
