"""What the documents show is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import metathink as mt
from metathink.cli.methods import as_markdown

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("page", "folder"), [("docs/methods.md", "../graphs/"), ("README.md", "graphs/")]
)
def test_the_table_of_methods_is_made_from_the_cards(page: str, folder: str) -> None:
    """To mend: put the output of `metathink methods --markdown` between the marks."""
    shown = re.search(r"<!-- cards -->\n(.*)<!-- /cards -->", (ROOT / page).read_text(), re.DOTALL)
    assert shown is not None
    assert shown[1].strip() == as_markdown(mt.methods()).replace("../graphs/", folder)


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/methods.md",
        "docs/cassettes.md",
        "docs/replies.md",
        "docs/answers.md",
        "docs/promises.md",
    ],
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_every_promise_is_held_by_a_test_that_exists() -> None:
    page = (ROOT / "docs/promises.md").read_text("utf-8")
    rows = [
        line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| ---")
    ]
    promises = [row for row in rows if not row.startswith("| promise ")]
    assert len(promises) > 10
    for row in promises:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, f"no test holds: {row[:80]}"
        for file, name in named:
            assert f"def {name}(" in (ROOT / file).read_text("utf-8"), f"{file} has no {name}"
