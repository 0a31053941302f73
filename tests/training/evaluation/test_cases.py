import pytest

from preprocessing.conversations import Conversation, Turn
from preprocessing.errors import DatasetError
from preprocessing.text_settings import TextSettings
from tests.training.evaluation.toys import cases_of, conversation
from training.evaluation.cases import MOST_EARLIER, cases_of_conversations, cases_of_dataset

TEST, TRAIN = 2, 0


def read(*conversations):
    return cases_of_conversations(conversations, TextSettings())


def test_a_case_is_a_row_with_what_was_said_before_oldest_first(make_dataset):
    dataset = make_dataset(
        [("talk", "B"), ("talk", "C"), ("talk", "D"), ("other", "E")],
        questions=["A", "B", "C", "X"],
        splits=[TEST, TEST, TEST, TRAIN],
        turns=[0, 1, 2, 0],
    )

    cases = cases_of_dataset(dataset, "test")

    assert [(case.number, case.question, case.answer) for case in cases] == [
        (0, "A", "B"),
        (1, "B", "C"),
        (2, "C", "D"),
    ]
    assert [case.earlier for case in cases] == [(), ("A",), ("A", "B")]
    assert cases[2].asked(mode="generate").earlier == ("A", "B")


def test_a_turn_whose_exchange_was_dropped_is_known_as_the_answer_to_another(make_dataset):
    dataset = make_dataset(
        [("talk", "B"), ("talk", "D")], questions=["A", "C"], splits=[TEST, TEST], turns=[0, 2]
    )

    assert cases_of_dataset(dataset, "test")[1].earlier == ("A", "B")


def test_turns_of_another_conversation_are_not_read(make_dataset):
    dataset = make_dataset(
        [("one", "B"), ("two", "D")], questions=["A", "C"], splits=[TEST, TEST], turns=[0, 1]
    )

    assert cases_of_dataset(dataset, "test")[1].earlier == ()


def test_of_an_endless_talk_no_more_is_kept_than_anything_reads(make_dataset):
    number = 30
    texts = [f"turn {place}" for place in range(number + 1)]
    dataset = make_dataset(
        [("talk", text) for text in texts[1:]],
        questions=texts[:-1],
        splits=[TEST] * number,
        turns=list(range(number)),
    )

    of_dataset = cases_of_dataset(dataset, "test")
    of_corpus = read(conversation(*texts))

    assert of_dataset[20].earlier == of_corpus[20].earlier == tuple(texts[20 - MOST_EARLIER : 20])


def test_every_exchange_of_a_corpus_is_a_case():
    cases = read(conversation("A", "B", "C"), conversation("D", "E"))

    assert [(case.number, case.question, case.answer, case.earlier) for case in cases] == [
        (0, "A", "B", ()),
        (1, "B", "C", ("A",)),
        (2, "D", "E", ()),
    ]
    assert cases[0].conversation == cases[1].conversation != cases[2].conversation
    assert {case.source for case in cases} == {"toy"}


def test_what_stands_before_a_pause_is_another_conversation():
    times = (0.0, 1.0, 100_000.0, 100_001.0)
    turns = [Turn(text, time=time) for text, time in zip("ABCD", times, strict=True)]

    cases = read(Conversation("chat", turns))

    assert [(case.question, case.earlier) for case in cases] == [("A", ()), ("C", ())]
    assert cases[0].conversation != cases[1].conversation


def test_half_characters_are_kept_as_a_dataset_keeps_them():
    cases = read(conversation("Is \ud800 it?", "No\udfff\0", source="\ud800"))

    assert (cases[0].question, cases[0].answer, cases[0].source) == ("Is ? it?", "No?\0", "?")


def test_what_says_nothing_is_not_asked():
    assert [
        case.question for case in read(conversation("A", " "), conversation("", "B"), conversation("C", "D"))
    ] == ["C"]
    with pytest.raises(DatasetError, match="at least one question with an answer; the corpus has none"):
        read(conversation("A", " "))
    with pytest.raises(DatasetError, match="the corpus has none"):
        read()


def test_references_are_all_answers_to_the_same_question_the_true_one_first():
    cases = cases_of([("Why?", "So."), ("why?", "Because."), ("WHY?", "so."), ("How?", "Thus.")])

    assert [case.references for case in cases] == [
        ("So.", "Because."),
        ("Because.", "So."),
        ("so.", "So.", "Because."),
        ("Thus.",),
    ]


@pytest.mark.parametrize(("turns", "earlier"), [(1, ()), (2, ("B",)), (3, ("A", "B")), (10, ("A", "B"))])
def test_context_is_cut_to_so_many_turns_with_the_question(turns, earlier):
    cases = read(conversation("A", "B", "C", "D")).with_context(turns)

    assert cases[2].earlier == earlier


def test_a_sample_is_from_all_over_and_always_the_same():
    cases = cases_of([(f"question {number}", "yes") for number in range(11)])

    assert cases.sample(3).tolist() == [0, 5, 10]
    assert cases.sample(11).tolist() == cases.sample(99).tolist() == list(range(11))
