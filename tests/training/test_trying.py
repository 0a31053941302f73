import pytest

from answering.question import Question
from tests.answering.conftest import write_toy_bundle
from training.models import TrainedModel
from training.services.bundles import bundle_import
from training.services.products import trained_model_delete
from training.services.trying import TriedBundle, answer_explained, tried_question

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_trial")]
HELLO_YOU = Question(text="Hello you", mode="generate", answers=3)


@pytest.fixture
def generating(data_directory):
    write_toy_bundle(data_directory / "save" / "toy" / "bundle")
    return TrainedModel.objects.create(name="toy", architecture="rnn", directory="save/toy/bundle")


def answers_of(trained_model):
    tried = tried_question(TriedBundle.of(trained_model), "Hello", None, 1)
    return [answer.text for answer in tried.reply.answers]


def test_a_question_is_answered_and_the_answer_explained(generating):
    tried = tried_question(TriedBundle.of(generating), "Hello you", "generate", 1)

    assert tried.reply.answers[0].text == "Hello Anna!"
    assert (tried.why.text, tried.why_not) == ("Hello Anna!", "")


def test_what_was_looked_up_has_no_explanation_but_a_reason(make_bundle):
    trained_model = bundle_import(path=make_bundle())

    tried = tried_question(TriedBundle.of(trained_model), "Hello", None, 1)

    assert tried.why is None
    assert "Only a generated answer can be explained" in tried.why_not


def test_a_number_that_no_answer_has_explains_the_first(generating):
    question = Question(text="Hello you", mode="generate", answers=1)

    assert answer_explained(TriedBundle.of(generating), question, 3).text == "Hello Anna!"


def test_a_bundle_in_the_folder_of_a_deleted_one_answers_itself(make_bundle):
    deleted = bundle_import(path=make_bundle("one", "I am the first"), name="faq")
    assert answers_of(deleted) == ["I am the first"]
    trained_model_delete(trained_model=deleted)

    trained_model = bundle_import(path=make_bundle("two", "I am the second"), name="faq")

    assert answers_of(trained_model) == ["I am the second"]


def test_so_do_its_explanations(generating, data_directory):
    explained = answer_explained(TriedBundle.of(generating), HELLO_YOU, 1)
    trained_model_delete(trained_model=generating)
    write_toy_bundle(data_directory / "save" / "toy" / "bundle", precision="int8")
    other = TrainedModel.objects.create(name="toy", architecture="rnn", directory="save/toy/bundle")

    assert answer_explained(TriedBundle.of(other), HELLO_YOU, 1) is not explained
