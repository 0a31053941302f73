from answering.bundle import Bundle
from answering.responder import Responder
from tests.answering.conftest import write_toy_bundle
from tests.training.evaluation.toys import EXCHANGES, write_generator
from training.evaluation import training_texts
from training.evaluation.training_texts import TrainingTexts


def test_of_a_dataset_only_the_training_split_is_known(make_dataset):
    dataset = make_dataset(
        [("a", " Yes. "), ("b", "No."), ("c", "Maybe.")], questions=["1", "2", "3"], splits=[0, 2, 0]
    )

    known = TrainingTexts.of_dataset(dataset)

    assert (known.questions, known.answers) == (("1", "3"), (" Yes. ", "Maybe."))
    assert known.known_answers == {"yes.", "maybe."}
    assert list(known) == ["1", "3", " Yes. ", "Maybe."]


def test_of_a_large_dataset_rows_from_all_over_are_known(make_dataset, monkeypatch):
    monkeypatch.setattr(training_texts, "MOST", 3)

    known = TrainingTexts.of_dataset(make_dataset([(str(row), f"answer {row}") for row in range(11)]))

    assert known.answers == ("answer 0", "answer 5", "answer 10")


def test_of_an_index_what_is_asked_is_not_known(tmp_path):
    responder = Responder(Bundle.open(write_toy_bundle(tmp_path / "bundle", exchanges=EXCHANGES)))

    known = TrainingTexts.of_index(responder, {EXCHANGES[0]})

    assert list(zip(known.questions, known.answers, strict=True)) == EXCHANGES[1:]


def test_without_an_index_nothing_is_known(tmp_path):
    responder = Responder(Bundle.open(write_generator(tmp_path / "bundle")))

    assert TrainingTexts.of_index(responder, set()) == TrainingTexts()
