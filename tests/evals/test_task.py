"""Tasks are read from their forms, bad files are told, and sets are drawn the same each time."""

import json
from pathlib import Path

import pytest

from metathink.core.errors import InvalidInput
from metathink.evals import suite
from metathink.evals.scorer import form_of, right
from metathink.evals.task import Task, chosen, read

DATA = Path(__file__).parents[3] / "shared" / "data"


def written(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), "utf-8")
    return path


def test_plain_questions_and_answers(tmp_path: Path) -> None:
    rows = [{"question": "1+1?", "answer": 2}, {"question": "q", "answer": "a", "set": "b/2"}, ""]
    path = written(tmp_path / "mine.jsonl", *rows)
    assert read(path) == (Task("mine-1", "mine", "1+1?", "2"), Task("mine-2", "b/2", "q", "a"))
    assert suite.load(str(path)) == read(path)


def test_published_forms(tmp_path: Path) -> None:
    story = {"story": "S.", "question": "Q?"}
    path = written(
        tmp_path / "any.jsonl",
        {"id": "x", "task": "navigate", "input": "Walk.", "target": "No"},
        {**story, "choices": ["box", "bag"], "order": 2, "answer": "bag"},
        {**story, "question_type": "memory", "story_type": "t", "answer": "bag"},
        {**story, "options": ["glad", "sad"], "ability": "Emotion", "task": "Hint", "answer": "B"},
        {"quiz": "Who?", "names": ["Ann", "Bob"], "solution": [True, False], "n_people": 2},
        {"puzzle": "1 1 1 8", "example_solution": "8 * (1 + 1 + 1)"},
    )
    found = read(path)
    assert [task.set for task in found] == [
        "navigate",
        "hitom order 2",
        "tomi memory",
        "tombench Hint",
        "knights_knaves 2",
        "game24",
    ]
    assert found[0] == Task("x", "navigate", "Walk.", "No")
    assert found[1].question == "S.\nQ?\nChoices: box, bag"
    assert found[3].question.endswith("(A) glad\n(B) sad")
    assert [form_of(task) for task in found[3:]] == ["option", "people", "joined"]
    assert right("Bob is a knave, Ann is a knight", found[4])
    assert "1 1 1 8" in found[5].question and "8 * (1" not in found[5].question


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ((), "holds no tasks"),
        (("{",), "line 1"),
        (({"question": "q", "answer": "a"}, ["a"]), "line 2"),
        (({"question": "q"},), "wants question and answer"),
        (({"question": " ", "answer": "a"},), "empty"),
        (({"question": "q", "answer": ["a"]},), "text or a number"),
        (({"question": "q", "answer": None},), "text or a number"),
        (({"task": 3, "input": None, "target": "x"},), "line 1"),
    ],
)
def test_bad_files_are_told(tmp_path: Path, rows: tuple, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read(written(tmp_path / "bad.jsonl", *rows))


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    binary = tmp_path / "b.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path, tmp_path / "nowhere.jsonl", binary):
        with pytest.raises(InvalidInput):
            read(path)


def test_sets_are_chosen_by_name_and_family_and_drawn_by_the_seed() -> None:
    tasks = [Task(f"{s}-{i}", s, f"q{i}", "a") for s in ("f/1", "f/2", "g") for i in range(20)]
    assert {task.set for task in chosen(tasks, ["f"])} == {"f/1", "f/2"}
    few = chosen(tasks, ["f/2", "g"], 5, seed=1)
    assert [task.set for task in few] == ["f/2"] * 5 + ["g"] * 5
    assert few == chosen(tasks, ["f/2", "g"], 5, seed=1) != chosen(tasks, ["f/2", "g"], 5, seed=2)
    assert few[5:] == chosen(tasks, ["g"], 5, seed=1)  # a set's draw does not hang on the others
    assert chosen(tasks, count=99) == tuple(tasks)
    with pytest.raises(InvalidInput, match="no set 'h'; there are f/1"):
        chosen(tasks, ["g", "h"])


@pytest.mark.skipif(not DATA.is_dir(), reason="the benchmark files are not beside this checkout")
@pytest.mark.parametrize(
    "name",
    (
        *("bbh_programmatic", "bbh", "tomi_nc", "hitom", "tombench", "knights_knaves", "game24"),
        *("gsm8k", "math500", "aime"),
    ),
)
def test_every_real_label_is_right_and_its_neighbours_are_not(name: str) -> None:
    tasks = read(DATA / f"{name}.jsonl")
    assert len({task.id for task in tasks}) == len(tasks)
    for task in tasks:
        assert right(task.answer, task), task
    labels = [task.answer for task in tasks]
    others = [(task, label) for task, label in zip(tasks, labels[1:], strict=False)]
    differ = [(t, o) for t, o in others if t.answer.split() != o.split()]
    hits = sum(right(other, task) for task, other in differ)
    assert hits <= 0.01 * len(differ) + 1  # equal values written in two ways: 1/2 and \frac12
