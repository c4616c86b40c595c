"""Where metathink keeps things on this machine."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """`$METATHINK_HOME`, else `~/.metathink`: saved runs, server logs. Nothing is made until needed."""
    return Path(os.environ.get("METATHINK_HOME") or Path.home() / ".metathink")
