"""The short answer is found where models put it, in time that grows with the length of the text."""

from __future__ import annotations

import json
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.text.extract import final_answer, stated_answer

LENGTH = 100_000


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{42}", "42"),
        (r"\fbox{blue}", "blue"),
        (r"\boxed 5", "5"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{\boxed{3}}", "3"),
        (r"$\boxed{\text{Rome}}$", "Rome"),
        (r"\boxed{\text{(D)}}", "(D)"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"cut \boxed{12", r"cut \boxed{12"),
        ("The sum is \\boxed{8}.\n\nThe result stands in \\boxed{} as asked.", "8"),
        ("I write it as \\boxed{...}.\nIt is \\boxed{8}, in \\boxed{answer}.", "8"),
        ("Thus \\boxed{5}. Therefore the final answer is \\boxed{5}.", "5"),
    ],
)
def test_boxes(text: str, answer: str) -> None:
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So $x = \boxed{4}$ or $x = \boxed{-1}$.", "4, -1"),
        (r"$$\boxed{x=3}$$ and $$\boxed{y=4}$$", "x=3, y=4"),
        ("The roots are:\n- $\\boxed{2}$\n- $\\boxed{7}$", "2, 7"),
        (r"$a=\boxed{1}, b=\boxed{2}, c=\boxed{1}$", "1, 2"),
        (r"first \boxed{1}, no: \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        (r"the sum is \boxed{5}, so the answer is \boxed{10}", "10"),
        ("Step 1 gives \\boxed{3}.\nStep 2 gives \\boxed{6}.", "6"),
        ("\\boxed{3}\n\nand, after doubling,\n\n\\boxed{6}", "6"),
    ],
)
def test_several_boxes_of_one_statement_are_joined_and_earlier_results_are_not(
    text: str, answer: str
) -> None:
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "4 + 4 = 8\nanswer: 8",
        "**Final Answer**: 8",
        "**Answer: 8**\n\nShall I explain more?",
        "**Answer:** 8.",
        "> *Answer:* **8**",
        "**Final Answer**\n\n\\[ 8 \\]",
        "### Final answer\n\\[\n8\n\\]",
        "Answer:\n8",
        "Answer:\n```\n8\n```",
        "## Answer\n\nThere are **8** pears left.",
        "The answer is 8!\n\nThe answer is 8.",
        "The answer is \\(8\\).",
        "The answer to the question is $8$, because 4 + 4 = 8.",
        "So the answer is therefore 8",
        "So the final answer should be:\n$$\n8\n$$",
        "Final Answer: The final answer is $8$. I hope it is correct.",
        "The answer is 8. Adding again, I see that the answer is correct.",
        "4 + 4 = 8\n#### 8",
        "<answer>\n8\n</answer>",
        '```json\n{"answer": 8}\n```',
        '{"reasoning": "four and four", "final_answer": "8"}',
        "```python\n# the answer is 3\nprint(3)\n```\nThe answer is 8.",
        "A wrong answer is 3. The correct answer is 8.",
        "Answer \u2192 8",
        "ANSWER = 8",
        "Ans\u200bwer: 8\ufeff",
        "Therefore there are **8** pears.",
    ],
)
def test_announcements(text: str) -> None:
    assert final_answer(text).rstrip("!") == "8"


@pytest.mark.parametrize(
    "text",
    [
        "Die Antwort lautet 8.",
        "Die endgültige Antwort ist: **8**",
        "La réponse est 8.",
        "Réponse finale : 8",
        "La respuesta correcta es 8.",
        "La risposta è 8",
        "A resposta final é 8.",
        "Het antwoord is 8.",
        "Svaret är 8.",
        "Odpowiedź to 8.",
        "Cevap: 8",
        "Ответ: 8.",
        "答案是8\u3002",
        "因此\uff0c最终答案为\uff1a8",
        "答えは8です\u3002",
        "정답은 8입니다.",
        "الجواب: 8",
        "उत्तर: 8",
    ],
)
def test_announcements_in_other_languages(text: str) -> None:
    assert final_answer(text) == "8"
    assert final_answer(unicodedata.normalize("NFD", text)) == "8"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("**Answer:** (B)", "(B)"),
        ("The correct option is (B).", "(B)"),
        ("Final answer: B. This answer is the only one that fits all clues.", "B"),
        ("The answer is (C) 12 pears. That follows from the table.", "(C) 12 pears"),
        ("Answer: J. K. Rowling", "J. K. Rowling"),
        ("Answer: St. Louis. It lies in Missouri.", "St. Louis"),
        ('Answer: "Nairobi"', "Nairobi"),
        ("The answer is 3.14.", "3.14"),
        ("The answer is 5!", "5!"),
        ("The answer is Nairobi!", "Nairobi"),
        ("Answer: incorrect", "incorrect"),
        ("**Answer:** right", "right"),
        ("answer: { [ ] }", "{ [ ] }"),
        ("answer: 1\nwait\nAnswer: 2", "2"),
        ('so: {"answer": "\\\\frac{1}{2}"}', r"\frac{1}{2}"),
        ('so: {"answer": "\\frac{1}{2}"}', r"\frac{1}{2}"),
        ('{"answer": ["x", "y"]}', "x, y"),
        ("Answer: $18", "$18"),
        ("```\nanswer: 5\n```", "5"),
    ],
)
def test_what_belongs_to_an_announced_answer(text: str, answer: str) -> None:
    assert stated_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("I think\nit is Oslo.", "it is Oslo"),
        ("It follows that\n$$\nx = 5\n$$", "x = 5"),
        ("", ""),
        ("  \n ", ""),
    ],
)
def test_without_an_announcement_the_last_line_counts(text: str, answer: str) -> None:
    assert stated_answer(text) is None
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    "text", ["step 1: add the numbers", "Answer the question.", "The answer is not 5.", r"\boxed{}"]
)
def test_a_text_that_states_nothing_has_no_stated_answer(text: str) -> None:
    assert stated_answer(text) is None


@given(st.text())
def test_any_text_is_read_without_error(text: str) -> None:
    assert bool(final_answer(text)) <= bool(text.strip())


@given(st.integers() | st.sampled_from(["Oslo", "x^2", "(B)", "3/4"]))
def test_a_value_in_json_is_read_as_it_was_written(value: int | str) -> None:
    assert stated_answer(json.dumps({"steps": "none", "answer": value})) == str(value)


ENDLESS = [
    "\n", " ", "\n*", "*_`", "**", "a**b", "####", "#### 1\n", "## Answer\n", "> ", ". ", "A. ", "1,",
    ", because", "answer is ", "answer: ", "Answer:\n", "the answer is not ", "answer to ", "result ",
    "answer is 5. A. ", "答案是", "\u3002", "\u0301\u0323", "\\", "\\boxed{", "\\boxed 5 ", "\\boxed{1}, ",
    "\\boxed{\\boxed{", "\\text{", "\\[\n", "{", "}", "$", "`", "```\n", '"', '"answer": "', '"answer": [',
    "<answer>", "<answer></",
]  # fmt: skip


@pytest.mark.parametrize("piece", ENDLESS)
@pytest.mark.parametrize("lead", ["", "answer is ", r"\boxed{"])
def test_time_grows_with_the_length(piece: str, lead: str) -> None:
    text = lead + piece * (LENGTH // len(piece)) + "}"
    begun = time.process_time()
    final_answer(text)
    assert time.process_time() - begun < 5.0
