"""What `import metathink` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import metathink

HEAVY = (
    "aiohttp",
    "langgraph",
    "litellm",
    "networkx",
    "numpy",
    "pydantic",
    "rich",
    "scipy",
    "torch",
)


@pytest.mark.parametrize("name", metathink.__all__)
def test_each_exported_name_is_what_its_home_calls_it(name: str) -> None:
    exported = getattr(metathink, name)
    assert exported.__name__ == name
    assert getattr(import_module(exported.__module__), name) is exported
    assert exported.__doc__


def test_exported_names_are_listed_once_and_in_order() -> None:
    assert metathink.__all__ == sorted(set(metathink.__all__))
    assert set(metathink.__all__) <= set(dir(metathink))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = metathink.no_such_name


def loaded_by(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after running the code."""
    show = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\n{show}"], capture_output=True, text=True, check=True
    )
    return set(shown.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import metathink",
        "import metathink; metathink.Budget(tokens=1), metathink.Answer",
        r"import metathink; assert metathink.same('1/2', r'\frac{1}{2}')",
        "from metathink.models.replies.reply import read_choice\n"
        "from metathink.models.request import Choice\n"
        "assert read_choice(Choice('<think>a</think>b')).text == 'b'",
    ],
)
def test_the_face_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code) & set(HEAVY) == set()


def test_the_command_line_shows_its_help_without_the_machinery() -> None:
    """typer brings rich; LangGraph, litellm and their kin wait until something is asked."""
    code = "from typer.testing import CliRunner; from metathink.cli.main import app\n"
    code += "assert CliRunner().invoke(app, ['--help']).exit_code == 0"
    assert loaded_by(code) & set(HEAVY) == {"rich"}
