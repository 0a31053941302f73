"""Two evaluations of the same questions side by side."""

import json

import pytest

from tests.training.evaluated import EXCHANGES, evaluate
from training.errors import CorruptReportError, JobStateError
from training.models import Evaluation, TrainedModel
from training.services.evaluation_comparison import compared, paired_differences

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unwatched")]


def measure(name, value, **changed):
    told = {"low": None, "high": None, "samples": 9, "system": "trained model", "is_baseline": False}
    return {"name": name, "value": value, "larger_is_better": True, "group": "", **told, **changed}


def case(number, said="Yes", question="Why?", **values):
    return {
        "number": number,
        "question": question,
        "answer": "So.",
        "mode": "retrieve",
        "said": {"retrieve": {"text": said}},
        "values": values,
    }


@pytest.fixture
def write(db, data_directory):
    """Return a function that writes an evaluation with these measures and cases."""

    def make(name, measures, cases, **fields):
        trained_model, _ = TrainedModel.objects.get_or_create(
            name=name, architecture="toy", directory=f"save/{name}/bundle"
        )
        number = Evaluation.objects.count()
        directory = data_directory / "save" / "evaluations" / str(number)
        directory.mkdir(parents=True)
        report = {"format_version": 1, "measures": measures}
        (directory / "report.json").write_text(json.dumps(report))
        (directory / "cases.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in cases))
        return Evaluation.objects.create(
            trained_model=trained_model,
            directory=f"save/evaluations/{number}",
            **{"source": "corpus faq", **fields},
        )

    return make


def rows_of(table):
    return {row.cells[0]: row.cells[1:] for row in table.rows}


def test_what_is_surely_better_is_said_with_its_amount(write):
    measures = [measure("chrf", 10.0), measure("fallbacks", 0.0, larger_is_better=False)]
    one = write("one", measures, [case(row, chrf=10.0 + row % 3, fallbacks=0.0) for row in range(40)])
    other = write("other", measures, [case(row, chrf=15.0 + row % 3, fallbacks=1.0) for row in range(40)])

    found = compared(one, other)

    assert found.verdict == ("one is better in fallbacks (by 1).", "other is better in chrf (by 5).")
    assert rows_of(found.tables[0])["chrf"] == ("10", "10", "+5 (5 to 5), significant")


def test_what_may_be_chance_is_said_to_be_so(write):
    one = write("one", [measure("chrf", 1.0)], [case(row, chrf=float(row % 2)) for row in range(40)])
    other = write(
        "other", [measure("chrf", 1.0)], [case(row, chrf=float((row + 1) % 2)) for row in range(40)]
    )

    found = compared(one, other)

    assert found.verdict == ("No difference is clear enough to be more than chance.",)
    assert "may be chance" in rows_of(found.tables[0])["chrf"][2]


def test_figures_that_only_one_has_stand_there_alone(write):
    one = write("one", [measure("perplexity", 50.0)], [case(1)])
    other = write("other", [measure("chrf", 5.0), measure("chrf", 9.0, system="random")], [case(1)])

    assert rows_of(compared(one, other).tables[0]) == {
        "perplexity": ("50", "–", "–"),
        "chrf": ("–", "5", "–"),
    }


def test_only_questions_in_common_are_compared(write):
    cases = [case(row, chrf=1.0) for row in range(30)]
    # The corpus has changed: the same places hold other questions.
    changed = [case(row, question=f"Other {row}?", chrf=9.0) for row in range(30)]
    one = write("one", [measure("chrf", 1.0)], cases)
    other = write("other", [measure("chrf", 9.0)], changed)

    found = compared(one, other)

    assert found.verdict == ("They were asked no two questions in common, so nothing can be said.",)
    assert len(found.tables) == 1
    assert paired_differences(cases, [*changed, *cases[:2]])["chrf"].samples == 2


def test_answers_stand_side_by_side_the_different_ones_first(write):
    one = write("one", [], [case(1, "Yes"), case(2, "No", "How?")])
    other = write("other", [], [case(1, "Yes"), case(2, "", "How?")])

    [answers] = compared(one, other).tables

    assert answers.columns == ("Question", "one", "other", "What was said")
    assert [row.cells for row in answers.rows] == [("How?", "No", "–", "So."), ("Why?", "Yes", "Yes", "So.")]


def test_two_evaluations_of_one_trained_model_are_told_apart(write):
    one = write("same", [measure("chrf", 1.0)], [case(row, chrf=1.0) for row in range(9)])
    other = write("same", [measure("chrf", 2.0)], [case(row, chrf=2.0) for row in range(9)])

    found = compared(one, other)

    assert found.tables[0].columns[1:3] == (f"same, evaluation {one.pk}", f"same, evaluation {other.pk}")
    assert found.verdict == (f"same, evaluation {other.pk} is better in chrf (by 1).",)


def test_other_questions_are_not_compared(write, held_out):
    one = write("one", [], [])

    for fields in ({"source": "corpus other"}, {"dataset": held_out}):
        with pytest.raises(
            JobStateError, match=r"must have asked the same questions. Received corpus faq and"
        ):
            compared(one, write("other", [], [], **fields))


def test_a_report_that_is_gone_is_an_error_in_words(write):
    one, other = write("one", [], []), write("other", [], [])
    (other.location / "cases.jsonl").unlink()

    with pytest.raises(CorruptReportError, match=r"cases.jsonl must be as it was written"):
        compared(one, other)


def test_real_evaluations_are_compared(make_evaluated):
    knows = make_evaluated("knows")
    knows_little = make_evaluated("little", exchanges=EXCHANGES[:40])

    found = compared(knows_little, knows)

    assert any(sentence.startswith("knows is better in") for sentence in found.verdict)
    assert [table.caption for table in found.tables] == ["Figures", "Answers to 20 questions"]
    assert evaluate(knows.trained_model).figures["chrf"] == knows.figures["chrf"]
