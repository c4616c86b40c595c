"""Recordings become records: every form, and no truth on the side a component sees."""

import json
from pathlib import Path

import pytest

from benchmarks.replay.records.record import Form, load
from metathink.core.errors import InvalidInput

DATA = Path(__file__).parents[4] / "shared" / "data"

FORMS = {
    "gsm8k_multimodel": Form.AGENTS,
    "csqa_multimodel": Form.AGENTS,
    "aqua_codex_samples": Form.SAMPLES,
    "cruxeval_codellama_samples": Form.SAMPLES,
    "game24_gpt4_samples": Form.SAMPLES,
    "confidence_sciq_test": Form.STATED,
    "confidence_boolq_valid": Form.STATED,
    "confidence_lsat_ar_test": Form.STATED,
    "confidence_halu_eval_qa": Form.JUDGES,
    "confidence_life_eval": Form.KNOWN,
    "confidence_gastro_48models": Form.SCORES,
    "bbh_codex_cot_direct": Form.PAIR,
    "metaprompting_gpt4_methods": Form.METHODS,
    "routing_mmlu_gpt4_mixtral": Form.ROUTES,
    "mbpp_gpt4_reflexion": Form.REFINED,
    "humaneval_solutions_tests": Form.TESTED,
    "hotpotqa_reflexion_trials": Form.TRIALS,
    "planbench_blocksworld_plans": Form.PLANS,
    "planbench_plan_verification": Form.VERDICTS,
}


def recording(name: str) -> Path:
    path = DATA / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"{name} is not beside this checkout")
    return path


def agents_row(**changes):
    row = {
        "id": "q1",
        "question": "2 + 2?",
        "answer": "4",
        "n_correct": 1,
        "responses": [
            {"agent": "a", "model": "m", "method": "cot", "answer": "4", "correct": True},
            {"agent": "b", "model": "n", "method": "cot", "answer": None, "correct": False},
        ],
    }
    return row | changes


def write(folder: Path, *rows: object) -> Path:
    path = folder / "recorded.jsonl"
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows))
    return path


@pytest.mark.parametrize("name", FORMS)
def test_each_recording_is_known_by_its_fields(name):
    records = load(recording(name))
    assert {r.form for r in records} == {FORMS[name]}
    assert all(len(r.samples) == len(r.labels) for r in records)


def test_the_number_of_right_answers_is_kept(name="gsm8k_multimodel"):
    path = recording(name)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    counted = [sum(label.reveal() for label in r.labels) for r in load(path)]
    assert counted == [row["n_correct"] for row in rows]


def test_twins_of_one_question_share_a_group():
    records = load(recording("confidence_halu_eval_qa"))
    groups = {r.group for r in records}
    assert len(groups) < len(records)
    assert not any(r.id in repr((r.question, r.samples)) for r in records)


def test_agents_whose_text_tells_the_outcome_are_left_out():
    speakers = {s.speaker for r in load(recording("humaneval_solutions_tests")) for s in r.samples}
    assert "gpt4_reflexion" not in speakers
    assert "gpt4_simple_b" in speakers


def test_the_truth_stays_with_the_labels(tmp_path):
    secret = "4242"
    row = agents_row(answer=secret, n_correct=secret, reference=secret)
    (record,) = load(write(tmp_path, row))
    assert secret not in repr((record.question, record.samples))
    assert [label.reveal() for label in record.labels] == [1.0, 0.0]
    assert record.samples[1].answer is None


def test_a_separator_inside_a_text_does_not_end_the_line(tmp_path):
    row = json.dumps(agents_row(question="a\u2028b"), ensure_ascii=False)
    (record,) = load(write(tmp_path, row, ""))
    assert record.question.text == "a\u2028b"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no record"),
        (["{"], "not JSON"),
        (["[1]"], "it is no object"),
        ([{"id": "x", "unheard": 1}], "knows no form"),
        ([agents_row(responses=[{"agent": "a", "answer": 4}])], "correct"),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path, rows, words):
    with pytest.raises(InvalidInput, match=words):
        load(write(tmp_path, *rows))


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(InvalidInput, match="cannot read"):
        load(tmp_path / "absent.jsonl")
