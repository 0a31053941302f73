import json

import pytest

from preprocessing.dataset import FORMAT_VERSION
from preprocessing.errors import DatasetError
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import CorpusPart, PreprocessRequest
from tests.conftest import ROOT
from training.services.dataset_report import WITHOUT_REPORT, dataset_report
from training.services.report_parts import Row, Token

INFORMATION = {
    "format_version": FORMAT_VERSION,
    "name": "toy",
    "exchanges": 750,
    "vocabulary_size": 8000,
    "splits": {"train": 700, "validation": 50, "test": 0},
    "counts": {"lines": 2000, "conversations": 100, "exchanges": 1000, "kept": 750},
    "dropped": {"empty_text": 3, "duplicate": 240},
    "examples": {"duplicate": [{"question": f"question {i}", "answer": "answer"} for i in range(7)]},
    "cut": {"question": 75, "answer": 0},
    "formats": {"a.yml": "chatterbot", "b.yml": "chatterbot", "c.csv": "columns"},
    "languages": {"en": 0.75, "zh": 0.25},
    "sources": {"faq": {"weight": 8.0, "exchanges": 750, "training": 700}},
    "read_seconds": 1.5,
    "seconds": 61,
    "peak_memory_bytes": 100 * 2**20,
    "text_settings": {"lower_case": True, "languages": ["en", "zh"], "max_length": 20},
}
REPORT = {
    "lengths": {
        "question": [{"tokens": "1", "texts": 250}, {"tokens": "2-3", "texts": 500}],
        "answer": [{"tokens": "1", "texts": 600}, {"tokens": "2-3", "texts": 150}],
    },
    "vocabulary_growth": [{"tokens": 500, "words": 60}, {"tokens": 1000, "words": 90}],
    "coverage": {"train": 0.98, "validation": 0.9, "test": None},
    "coverage_by_size": [{"words": 100, "share": 0.6}, {"words": 300, "share": 1.0}],
    "frequent_words": [["the", 40], ["you", 10]],
    "frequent_answers": [["Yes.", 4], ["No.", 2]],
    "duplicates_between_splits": 0,
    "samples": [
        {
            "row": 1198,
            "split": "train",
            "source": "faq",
            "conversation": "a.yml:3",
            "question": "Hello Gwent!",
            "question_tokens": ["hello", "<unknown>", "!"],
            "answer": "Hi.",
            "answer_tokens": ["hi", "."],
        }
    ],
}


def write_report(directory, report=REPORT, **information):
    """Write what a report is made of; the columns of a dataset are not needed for it."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "dataset.json").write_text(json.dumps({**INFORMATION, **information}), "utf-8")
    if report is not None:
        (directory / "report.json").write_text(json.dumps(report), "utf-8")
    return directory


@pytest.fixture
def sections(tmp_path):
    """Return a function that gives a report's sections by title."""

    def make(report=REPORT, **information):
        made = dataset_report(write_report(tmp_path / "dataset", report, **information))
        return {section.title: section for section in made.sections}

    return make


def rows(table):
    return [row.cells for row in table.rows]


def test_a_report_has_its_sections_in_the_order_in_which_people_look(tmp_path):
    report = dataset_report(write_report(tmp_path))

    assert (report.name, report.problems, report.remarks) == ("toy", (), ())
    assert [section.title for section in report.sections] == [
        "What was read",
        "What was dropped",
        "Splits",
        "Languages",
        "Lengths",
        "Vocabulary",
        "Frequent words and answers",
        "Exchanges drawn by chance",
        "How it was made",
    ]


def test_counts_stand_along_the_way(sections):
    section = sections()["What was read"]

    assert section.sentences == (
        "750 of 1,000 exchanges were kept, 75.0 %.",
        "Read as chatterbot (2 files), columns (1 file).",
    )
    counts, corpora = section.tables
    assert counts.rows[0] == Row(("Lines", "2,000"), (1.0,))
    assert rows(corpora) == [("faq", "8", "750", "700")]


def test_what_was_dropped_has_at_most_five_examples_and_the_most_frequent_reason_first(sections):
    section = sections()["What was dropped"]

    duplicate, empty = section.dropped
    assert (duplicate.reason, duplicate.number, len(duplicate.examples)) == ("Duplicate", "240", 5)
    assert duplicate.examples[0] == ("question 0", "answer")
    assert (empty.reason, empty.number, empty.examples) == ("Empty text", "3", ())
    assert "without examples" in section.sentences[0]


def test_nothing_dropped_is_said(sections):
    assert sections(dropped={})["What was dropped"].sentences == ("Nothing was dropped.",)


def test_splits_say_what_the_vocabulary_covers(sections):
    section = sections()["Splits"]

    assert section.sentences == ("Duplicates between splits, which must be 0: 0.",)
    assert rows(section.tables[0]) == [
        ("train", "700", "93.3 %", "98.0 %"),
        ("validation", "50", "6.7 %", "90.0 %"),
        ("test", "0", "0.0 %", "not measured"),
    ]


def test_a_dataset_with_nothing_held_out_says_so(sections):
    section = sections(splits={"train": 4, "validation": 0, "test": 0})["Splits"]

    assert section.sentences[1] == "Nothing is held out, as in every dataset of fewer than 500 exchanges."


def test_what_joined_its_near_duplicates_is_said(sections):
    section = sections(moved={"train": 49})["Splits"]

    assert section.sentences[1].startswith("49 exchanges joined train, which nearly has them")


def test_duplicates_between_splits_are_a_problem(tmp_path):
    report = dataset_report(write_report(tmp_path, {**REPORT, "duplicates_between_splits": 3}))

    assert report.problems[0].startswith("Duplicates between splits must be 0. There are 3:")


def test_lengths_are_a_table_and_a_picture_with_its_words(sections):
    section = sections()["Lengths"]

    assert section.sentences[0] == "75 questions were longer than the dataset takes, and were cut: 10.0 %."
    assert section.tables[0].rows[0] == Row(("1", "250", "600"), (0.5, 1.0))
    (picture,) = section.pictures
    assert picture.words == (
        "How long texts are: most questions (500) have 2-3 tokens; most answers (600) have 1 tokens."
    )
    assert picture.words in picture.svg


def test_the_vocabulary_has_two_pictures(sections):
    section = sections()["Vocabulary"]

    assert [picture.name for picture in section.pictures] == ["growth", "coverage"]
    assert section.pictures[0].words == "How the vocabulary grows: to 90 different words in 1,000 tokens."
    assert section.pictures[1].words.endswith("cover: 100 words 60.0 %; 300 words 100.0 %.")
    assert rows(section.tables[0]) == [("500", "60"), ("1,000", "90")]


def test_frequent_words_and_answers_are_listed(sections):
    words, answers = sections()["Frequent words and answers"].tables

    assert rows(words) == [("the", "40"), ("you", "10")]
    assert rows(answers) == [("Yes.", "4"), ("No.", "2")]


def test_examples_stand_beside_their_tokens_and_unknown_ones_are_known_as_such(sections):
    (sample,) = sections()["Exchanges drawn by chance"].samples

    assert sample.place == "1,198 · train · faq · a.yml:3"
    assert sample.question == "Hello Gwent!"
    assert sample.question_tokens == (Token("hello", False), Token("<unknown>", True), Token("!", False))


def test_time_memory_and_settings_are_in_words(sections):
    taken, settings = sections()["How it was made"].tables

    assert rows(taken) == [
        ("Time for reading", "1.5 s"),
        ("Time for everything", "1 min 01 s"),
        ("Most memory taken", "100 MiB"),
    ]
    assert rows(settings) == [("Lower case", "yes"), ("Languages", "en, zh"), ("Max length", "20")]


def test_a_dataset_without_figures_says_so_and_shows_what_is_known(tmp_path):
    report = dataset_report(write_report(tmp_path, None))

    assert report.remarks == (WITHOUT_REPORT,)
    titles = [section.title for section in report.sections]
    assert "Splits" in titles
    assert "Exchanges drawn by chance" not in titles
    assert report.sections[2].sentences[0].endswith("which must be 0: not measured.")


def test_an_old_dataset_that_knows_next_to_nothing_has_a_report(tmp_path):
    (tmp_path / "dataset.json").write_text(json.dumps({"format_version": FORMAT_VERSION}))

    report = dataset_report(tmp_path)

    assert report.name == tmp_path.name
    assert report.remarks == (WITHOUT_REPORT,)


@pytest.mark.parametrize("content", ["{half", "[1]", "\x00"])
def test_a_damaged_report_is_said_and_the_rest_is_shown(tmp_path, content):
    (write_report(tmp_path) / "report.json").write_text(content)

    report = dataset_report(tmp_path)

    assert "cannot be read" in report.remarks[0]
    assert report.sections


def test_figures_of_another_kind_end_a_section_not_the_report(sections):
    found = sections({**REPORT, "lengths": [1, 2], "samples": {"a": 1}})

    assert "not understood" in found["Lengths"].sentences[0]
    assert "not understood" in found["Exchanges drawn by chance"].sentences[0]
    assert found["Vocabulary"].pictures


def test_a_folder_that_is_no_dataset_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"must hold a readable dataset\.json"):
        dataset_report(tmp_path)


def test_what_preprocessing_writes_is_understood_in_whole(tmp_path):
    part = CorpusPart(name="toy", location=ROOT / "tests" / "data" / "cornell")
    request = PreprocessRequest(name="toy", corpora=(part,), data_directory=tmp_path)
    report = dataset_report(preprocess(request, NullMonitor()).directory)

    assert (report.problems, report.remarks) == ((), ())
    sentences = [sentence for section in report.sections for sentence in section.sentences]
    assert "4 of 4 exchanges were kept, 100.0 %." in sentences
    assert not [sentence for sentence in sentences if "not understood" in sentence]
    assert [p.name for section in report.sections for p in section.pictures] == [
        "lengths",
        "growth",
        "coverage",
    ]
    assert len(report.sections[-2].samples) == 4
