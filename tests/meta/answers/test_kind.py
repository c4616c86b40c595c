"""What kind of answer a question asks for is told from the question, and where it is open from the reply."""

# ruff: noqa: E501, RUF001
from __future__ import annotations

import time

import pytest

from metathink.core.kind import AnswerKind
from metathink.meta.answers.kind import compared_as, kind_of_question, kind_of_reply
from metathink.meta.answers.options import listed_options

QUESTIONS: dict[AnswerKind, list[str]] = {
    "number": [
        "What is 17 * 23?",
        "How much is 240 / 16?",
        "Calculate 12% of 350.",
        "A baker makes 12 trays of 9 rolls and sells 80. How many rolls are left?",
        "Ben is 4 years older than Ida, who is 11. How old is Ben?",
        "If a train covers 150 km in 2 hours, what is its average speed in km/h?",
        "What is the probability of rolling two sixes?",
        "What is the sum of the first 20 odd numbers?",
        "Evaluate $\\frac{3}{4} + \\frac{1}{8}$.",
        "Please compute 2^10 - 24.",
        "45 + 55 = ?",
        "Wie viele Tage hat ein Schaltjahr?",
        "Ein Zug fährt 120 km in 90 Minuten. Wie schnell fährt er?",
        "Combien font 7 fois 8 ?",
        "¿Cuántas patas tienen tres arañas?",
        "Quanti minuti ci sono in 3 ore?",
        "Quantos lados tem um hexágono?",
        "Hoeveel is 12 keer 12?",
        "Сколько будет 15 * 6?",
        "小明有12个苹果，吃了3个，还剩多少个？",
        "りんごが5個、みかんが7個あります。全部でいくつですか？",
        "사과 12개에서 5개를 먹으면 몇 개가 남나요?",
    ],
    "choice": [
        "Which planet is largest?\nA) Mars\nB) Jupiter\nC) Venus",
        "What conducts electricity best?\n(A) wood\n(B) copper\n(C) glass\n(D) rubber",
        "Pick the odd one out. (A) apple (B) pear (C) hammer",
        "Which word is a noun?\nOptions:\n- run\n- table\n- quickly",
        "Is water wet? Options: yes, no",
        "Was ist ein Säugetier?\na) Hai\nb) Wal\nc) Lachs",
        "¿Cuál es un metal?\nA. azufre\nB. hierro\nC. carbono",
        "下列哪个是哺乳动物？\nA. 鲨鱼\nB. 鲸鱼\nC. 青蛙",
        "Complete: He ___ to school.\nA. go\nB. goes",
        "Choices: hot, cold\nIs ice hot or cold?",
    ],
    "short": [
        "What is the capital of Kenya?",
        "Who wrote Don Quixote?",
        "When did the Berlin Wall fall?",
        "Which element has the symbol Fe?",
        "Is 91 a prime number?",
        "Do penguins live at the North Pole?",
        "Anna puts her keys in the drawer and leaves. Tom moves them to the shelf. Where will Anna look for her keys?",
        "True or false: the sun is a star.",
        "Classify the sentiment of this review as positive or negative: I loved it.",
        "In which year was Einstein born?",
        "Name the largest ocean.",
        "Solve for x: 3x + 7 = 22",
        "Factor x^2 - 5x + 6.",
        "What does this code print?\n```python\nprint(len('abc') * 2)\n```",
        "Answer in one word: the opposite of hot.",
        "Wer hat die Relativitätstheorie entwickelt?",
        "Was ist die Hauptstadt von Peru? Antworte mit einem Wort.",
        "Welcher Fluss fließt durch Wien?",
        "Quelle est la capitale du Canada ?",
        "Qui a peint la Joconde ?",
        "¿Quién pintó el Guernica?",
        "¿Dónde está el Machu Picchu?",
        "Chi ha scritto la Divina Commedia?",
        "Quem descobriu o Brasil?",
        "Wie schilderde De Nachtwacht?",
        "Кто написал «Войну и мир»?",
        "法国的首都是哪里？",
        "日本で一番高い山はどれですか？",
        "한국의 수도는 어디입니까?",
    ],
    "text": [
        "Write a poem about the first snow.",
        "A haiku about autumn, please.",
        "Compose a letter to my landlord about the broken heating.",
        "Can you draft an email to my team about the new deadline?",
        "Translate into French: The shop opens at nine.",
        "Summarize the plot of Hamlet in three sentences.",
        "Explain how vaccines work to a ten-year-old.",
        "Describe the water cycle.",
        "List five ways to save energy at home.",
        "Make a table comparing cats and dogs.",
        "Tell me a story about two friends who lose their way.",
        "Why is the sky blue?",
        "How do I remove a coffee stain?",
        "What are the advantages of public transport?",
        "What is the difference between weather and climate?",
        "Give me three ideas for a birthday present.",
        "Prove that the square root of 2 is irrational.",
        "I feel so lonely since I moved here.",
        "I'm really stressed about my exam tomorrow.",
        "Hello, how are you today?",
        "Should I learn the piano or the guitar?",
        "Help me write a cover letter for a baker's job.",
        "Rewrite this sentence more politely: Send me the file.",
        "Explain this code:\n```python\nprint([x for x in range(3)])\n```",
        "Plan a weekend in Rome for two people.",
        "Schreibe ein Gedicht über den Herbst.",
        "Schreib mir bitte eine E-Mail an meinen Vermieter.",
        "Erkläre mir, wie ein Motor funktioniert.",
        "Übersetze ins Englische: Guten Morgen!",
        "Warum ist der Himmel blau?",
        "Écris un poème sur la mer.",
        "Explique-moi la photosynthèse.",
        "Traduis en anglais : Bonjour tout le monde.",
        "Escribe un cuento corto sobre un dragón.",
        "¿Por qué el cielo es azul?",
        "Traduce al inglés: buenos días.",
        "Scrivi una lettera a mia nonna.",
        "Spiegami come funziona un frigorifero.",
        "Escreva um poema sobre o mar.",
        "Schrijf een verhaal over een kat.",
        "Напиши стихотворение о весне.",
        "Объясни, как работает холодильник.",
        "写一首关于春天的诗。",
        "请解释什么是黑洞。",
        "把这句话翻译成英文：我喜欢猫。",
        "春についての詩を書いてください。",
        "この文を英語に翻訳してください。",
        "봄에 대한 시를 써 주세요.",
        "나는 요즘 너무 힘들어.",
    ],
    "code": [
        "Write a Python function that reverses a string.",
        "Implement binary search in Java.",
        "Can you write a regex that matches dates like 2024-05-01?",
        "Give me an SQL query that returns the ten oldest customers.",
        "Fix this code:\n```python\ndef f(x)\n    return x\n```",
        "Create a bash script that renames all .txt files to .md.",
        "Write a program that prints the first ten primes.",
        "Refactor this function:\n```js\nfunction a(b){return b+b}\n```",
        "Write unit tests for a stack class.",
        "Generate an HTML page with a red heading.",
        "Schreibe eine Funktion in Python, die zwei Listen vereint.",
        "Écris une fonction Python qui calcule la factorielle.",
        "Escribe una función que ordene una lista.",
        "Scrivi un programma in C++ che somma due numeri.",
        "Напиши функцию на Python, которая сортирует список.",
        "写一个Python函数计算阶乘。",
        "配列を逆順にする関数を書いてください。",
        "리스트를 정렬하는 함수를 써 주세요.",
    ],
    "json": [
        "Return the name and age of a made-up person as JSON.",
        "Extract the city and the date from this sentence in JSON: We meet in Oslo on May 3rd.",
        "Give me a JSON object with the keys name and price.",
        "List three colours. Output valid JSON only.",
        "Convert to JSON: name=Bob, age=3",
        "Gib mir die drei größten Städte als JSON.",
        "Donne-moi la liste au format JSON.",
        "以JSON格式返回三个城市的名字。",
    ],
}  # fmt: skip

PAIRS = [(question, kind) for kind, asked in QUESTIONS.items() for question in asked]


def test_there_are_enough_questions_to_judge_by() -> None:
    assert len(PAIRS) >= 120
    assert len({question for question, _ in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(("question", "kind"), PAIRS)
def test_a_question_says_what_kind_of_answer_it_asks_for(question: str, kind: AnswerKind) -> None:
    found = kind_of_question(question)
    assert (found.kind, found.certain) == (kind, True)


@pytest.mark.parametrize(
    "question",
    ["What is entropy?", "The moon.", "", "Kuka keksi puhelimen?", "Photosynthesis", "x", "??"],
)
def test_a_question_that_is_open_is_not_certain(question: str) -> None:
    assert not kind_of_question(question).certain


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (r"Adding gives \boxed{12}", "short"),
        ("It is cold there.\n\nAnswer: Oslo", "short"),
        ("Oslo", "short"),
        ("```python\ndef f():\n    return 1\n```\nThis returns one.", "code"),
        ('{"a": 1}', "json"),
        ('```json\n[{"a": 1}]\n```', "json"),
        ("Leaves fall,\nwind calls,\nwinter is near.", "text"),
        (
            "Entropy measures how many arrangements a system has. It grows in closed systems.",
            "text",
        ),
        (
            "Run it with\n```\nmake\n```\nand then read the long report that it prints at the end.",
            "text",
        ),
        ("", "text"),
        ("[" * 10_000 + "]" * 10_000, "text"),
    ],
)
def test_a_reply_says_what_kind_of_answer_it_is(reply: str, kind: AnswerKind) -> None:
    assert kind_of_reply(reply) == kind


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("Which?\n(A) red\n(B) dark blue", ("red", "dark blue")),
        ("Which?\na) red\nb) blue\nc) green", ("red", "blue", "green")),
        ("Which? (A) red (B) blue", ("red", "blue")),
        ("Which?\n**A.** red\n**B.** blue", ("red", "blue")),
        ("Which?\nOptions:\n- red\n- blue", ("red", "blue")),
        ("Which? \nChoices: red, blue or green", ("red", "blue", "green")),
        ("Look at section A) and tell me more.", ()),
        ("Plan A: rest.", ()),
        ("1. wash\n2. dry", ()),
    ],
)
def test_listed_options(question: str, options: tuple[str, ...]) -> None:
    assert listed_options(question) == options


def test_every_kind_has_a_way_to_be_compared() -> None:
    kinds: list[AnswerKind] = ["auto", "number", "choice", "short", "text", "code", "json"]
    found = [compared_as(kind) for kind in kinds]
    assert found == ["auto", "number", "option", "auto", "text", "code", "code"]


@pytest.mark.parametrize(
    "piece",
    ["\n", " ", "a) ", "A) x\n", "(A)", "- ", "options:\n", "?", ". ", "please ", "def f(", "select ", "json ",
     "```\n", "{", "[", '"', "1 + ", "how many ", "写", "\u3002", "\\boxed{", "answer: "],
)  # fmt: skip
def test_time_grows_with_the_length(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    begun = time.process_time()
    kind_of_question(text)
    kind_of_question("What does " + text)
    kind_of_reply(text)
    assert time.process_time() - begun < 5.0
