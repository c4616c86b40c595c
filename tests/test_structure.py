"""The package as a whole: no cycle of files, no import that goes up, no crowded folder, a current drawing;
and it can be imported where the system has only what Windows has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import networkx
import pytest

from docs.structure import (
    DRAWING,
    cycles,
    drawing,
    folder_sizes,
    imported,
    imports,
    layer_imports,
    layers,
    modules,
)

MOST_FILES = 16

ON_WINDOWS = """
import importlib, os, signal, sys

for module in ("fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"):
    sys.modules[module] = None
for name in ("fork", "getegid", "geteuid", "getgid", "getuid", "killpg", "sched_getaffinity", "setsid"):
    delattr(os, name)
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "SIGUSR2", "alarm", "setitimer"):
    delattr(signal, name)

import metathink

for module in MODULES:
    importlib.import_module(module)
"""


@pytest.fixture(scope="module")
def graph() -> networkx.DiGraph:
    return imports()


def test_no_file_imports_itself_by_way_of_others(graph: networkx.DiGraph) -> None:
    assert cycles(graph) == []


def test_imports_for_type_checking_and_within_functions_count() -> None:
    code = """
import os, p.a
if TYPE_CHECKING:
    from .b import B
def f():
    from ..q import c, d
    from . import e
"""
    known = {"p", "p.a", "p.in.b", "p.in.e", "p.q", "p.q.c", "p.other"}
    assert imported(code, "p.in", known) == {"p.a", "p.in.b", "p.q.c", "p.q", "p.in.e"}


def test_a_cycle_is_found_with_its_files() -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("x", "y"), ("y", "x"), ("d", "x")]
    assert cycles(networkx.DiGraph(edges)) == [["a", "b", "c"], ["x", "y"]]


def test_no_import_goes_up(graph: networkx.DiGraph) -> None:
    order = layers()
    assert [p for p in layer_imports(graph) if order.index(p[0]) > order.index(p[1])] == []


def test_no_folder_is_crowded(graph: networkx.DiGraph) -> None:
    assert {f: n for f, n in folder_sizes(graph).items() if n > MOST_FILES} == {}


def test_the_drawing_is_current(graph: networkx.DiGraph) -> None:
    assert DRAWING.read_text("utf-8") == drawing(graph), "make structure"


def test_an_import_that_goes_up_is_drawn_in_red() -> None:
    graph = networkx.DiGraph([("metathink.core.errors", "metathink.cli.main")])
    assert "core imports cli" in (drawn := drawing(graph)) and "No import goes up" not in drawn


def test_every_module_can_be_imported_on_windows(tmp_path: Path) -> None:
    """Without what only POSIX has: modules, functions of `os`, signals."""
    script = f"MODULES = {_importable()}\n{ON_WINDOWS}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]


def _importable() -> list[str]:
    """The modules, but training's where its extra is not installed."""
    try:
        import torch  # noqa: F401
    except ImportError:
        return [name for name in modules() if not name.startswith("metathink.training")]
    return list(modules())
