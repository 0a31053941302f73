import json

import pytest

from benchmarks.tables import BLOCK, RESULTS, ROOT, documents, with_tables

FIGURES = [
    {"name": "Toy: kept", "value": 1234.0, "unit": "exchanges", "goal": "", "holds": None},
    {"name": "Toy: time", "value": 1.234, "unit": "s", "goal": "at most 1", "holds": False},
    {"name": "Other: time", "value": 0.5, "unit": "s", "goal": "", "holds": True},
]


@pytest.fixture
def results(tmp_path):
    rows = [{**figure, "machine": "2 cores", "commit": "abc"} for figure in FIGURES]
    (tmp_path / "toy.json").write_text(json.dumps(rows))
    return tmp_path


def test_a_table_lists_figures_with_goals(results):
    made = with_tables("a\n<!-- figures: toy -->\nold\n<!-- end of figures -->\nb\n", results)

    assert made == (
        "a\n<!-- figures: toy -->\n"
        "| what | measured | goal | reached |\n| --- | --- | --- | --- |\n"
        "| Toy: kept | 1,234 exchanges |  |  |\n"
        "| Toy: time | 1.23 s | at most 1 | **no** |\n"
        "| Other: time | 0.5 s |  | yes |\n\n"
        "Measured on: 2 cores; commit abc.\n<!-- end of figures -->\nb\n"
    )


def test_a_table_may_have_a_column_for_each_thing_measured(results):
    made = with_tables("<!-- figures: toy by figure -->\n<!-- end of figures -->", results)

    assert (
        "| figure | Toy | Other |\n| --- | --- | --- |\n| kept | 1,234 |  |\n| time | 1.23 s | 0.5 s |"
        in made
    )


def test_answers_get_a_row_a_question_and_a_column_a_way(tmp_path):
    made = {"model": "rnn; its default mode is generate", "commit": "abc"}
    rows = [
        {
            "question": "Why?",
            "generate": {"text": "Because.", "confidence": 0.618},
            "retrieve": {"text": "a|b\n*c* <d> \\\\ $1", "confidence": None},
            "hybrid": None,
            **made,
        }
    ]
    (tmp_path / "answers-toy.json").write_text(json.dumps(rows))

    assert with_tables("<!-- figures: answers-toy -->\n<!-- end of figures -->", tmp_path) == (
        "<!-- figures: answers-toy -->\n"
        "| question | generated | retrieved | hybrid |\n| --- | --- | --- | --- |\n"
        r"| Why? | Because. (0.62) | a\|b \*c\* \<d> \\\\ \$1 | - |" + "\n\n"
        "Answered by: rnn; its default mode is generate; commit abc.\n<!-- end of figures -->"
    )


def test_what_was_never_measured_says_so(tmp_path):
    (tmp_path / "toy.json").write_text("[]")

    made = with_tables("<!-- figures: toy -->\nold\n<!-- end of figures -->", tmp_path)

    assert made == "<!-- figures: toy -->\nNot measured yet.\n<!-- end of figures -->"


def test_every_table_has_its_results():
    names = {match[2] for path in documents() for match in BLOCK.finditer(path.read_text(encoding="utf-8"))}

    assert names
    assert names <= {path.stem for path in RESULTS.glob("*.json")}


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_documents_say_what_was_measured(path):
    text = path.read_text(encoding="utf-8")

    assert with_tables(text) == text
