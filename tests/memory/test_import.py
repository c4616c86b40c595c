"""What the room costs to import, and that every name it offers is there."""

from __future__ import annotations

import subprocess
import sys

import metathink.memory


def test_the_room_is_light_until_it_is_used():
    code = (
        "import sys, metathink.memory; "
        "print([m for m in ('langgraph', 'numpy', 'networkx', 'scipy') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_every_name_is_there():
    assert sorted(metathink.memory.__all__) == list(metathink.memory.__all__)
    for name in metathink.memory.__all__:
        assert getattr(metathink.memory, name).__name__ == name
