"""Rows by name, from methods and from a file; what is wrong with them is told."""

from pathlib import Path

import pytest

from metathink.core.errors import InvalidConfig, InvalidInput, UnknownMethod
from metathink.evals.entry import Entry, entries

ROWS = """
["two turns"]
method = "rema"
max_turns = 2

["other model"]
method = "direct"
model = "gguf:x.gguf"
"""


def file(path: Path, text: str) -> Path:
    (path / "rows.toml").write_text(text, "utf-8")
    return path / "rows.toml"


def test_methods_and_rows_with_settings(tmp_path: Path) -> None:
    found = entries(
        ["direct", "rema"],
        file(tmp_path, ROWS),
        ["rema.max_turns=3", "two turns.temperature=0.5"],
    )
    assert found == (
        Entry("direct", "direct"),
        Entry("rema", "rema", {"max_turns": "3"}),
        Entry("two turns", "rema", {"max_turns": 2, "temperature": "0.5"}),
        Entry("other model", "direct", model="gguf:x.gguf"),
    )


def test_every_row_of_the_ablations_can_be_run_and_is_another() -> None:
    rows = entries([], Path(__file__).parents[2] / "benchmarks" / "ablations.toml")
    assert len({row.identity for row in rows}) == len(rows)
    changed = {row.method: set[str]() for row in rows}
    for row in rows:
        changed[row.method] |= row.settings.keys()
    assert changed["metacognition"] >= {
        "samples",
        "another",
        "critic",
        "methods",
        "memory",
        "notes",
    }
    assert changed["metamind_choice"] >= {"hypotheses", "refine"}
    assert changed["multi_critique"] >= {"with_reference", "with_meta_critique"}


def test_rows_that_ask_the_same_are_known() -> None:
    one, two = Entry("a", "direct"), Entry("b", "direct")
    assert one.identity == two.identity != one.told(temperature=1.0).identity


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("", InvalidInput, "no rows"),
        ("[", InvalidInput, "cannot read"),
        ("a = 1", InvalidConfig, "'a' wants a table"),
        ("[a]\nmax_turns = 1", InvalidConfig, "method"),
        ("[a]\nmethod = 'remma'", UnknownMethod, "did you mean 'rema'"),
        ("[a]\nmethod = 'rema'\nmax_truns = 1", InvalidConfig, "did you mean 'max_turns'"),
        ("[a]\nmethod = 'rema'\nmax_turns = 'x'", InvalidConfig, "max_turns"),
        ("[direct]\nmethod = 'rema'", InvalidConfig, "same name"),
    ],
)
def test_bad_rows_are_told(tmp_path: Path, text: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        entries(["direct"], file(tmp_path, text))


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("max_turns=3", "ROW.key=value"),
        ("rema.max_turns", "ROW.key=value"),
        ("reflexion.a=1", "no row 'reflexion'"),
        ("rema.a=1", "no setting 'a'"),
    ],
)
def test_bad_settings_are_told(setting: str, told: str) -> None:
    with pytest.raises(InvalidConfig, match=told):
        entries(["rema"], settings=[setting])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot read"):
        entries([], tmp_path / "none.toml")
