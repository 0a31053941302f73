import pytest
from django.test import Client
from django.urls import reverse

from tests.answering.conftest import write_toy_bundle
from training.models import TrainedModel
from training.services.bundles import DEEPEST_FIGURES, bundle_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_trial")]


@pytest.fixture
def generating(data_directory):
    """A trained model that says several things by networks that tell what they look at."""
    write_toy_bundle(data_directory / "save" / "toy" / "bundle")
    return TrainedModel.objects.create(name="toy", architecture="rnn", directory="save/toy/bundle")


@pytest.fixture
def looking_up(make_bundle):
    return bundle_import(path=make_bundle(answer="Hi <there>"))


def page_of(trained_model):
    return reverse("admin:training_trainedmodel_change", args=[trained_model.pk])


def picture_of(trained_model):
    return reverse("admin:trainedmodel_attention", args=[trained_model.pk])


def ask(client, trained_model, question="Hello you", **more):
    return client.get(page_of(trained_model), {"question": question, **more}).content.decode()


def test_an_answer_comes_with_its_picture_and_with_the_weight_of_each_word(operator, generating):
    page = ask(operator, generating)

    assert "Hello Anna! <small>generated, score" in page
    assert "Why “Hello Anna!”" in page
    assert f'src="{picture_of(generating)}?question=Hello+you&amp;mode=&amp;explain=1"' in page
    assert "What each word of the answer looked at" in page
    assert page.count("<meter ") == 2


def test_the_other_answers_can_be_explained(operator, generating):
    assert "?question=Hello+you&amp;mode=generate&amp;explain=2#why" in ask(
        operator, generating, mode="generate"
    )

    page = ask(operator, generating, mode="generate", explain=2)

    assert "Why “How are you”" in page
    assert "&amp;explain=2" in page
    assert "&amp;explain=1#why" in page


def test_what_was_looked_up_is_shown_as_it_is_and_said_to_have_no_explanation(operator, looking_up):
    page = ask(operator, looking_up)

    assert "Hi &lt;there&gt; <small>retrieved" in page
    assert "Only a generated answer can be explained" in page
    assert "<img" not in page


def test_a_mode_that_the_bundle_lacks_is_an_error_in_words(operator, looking_up):
    assert "this trained model cannot generate" in ask(operator, looking_up, mode="generate")


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"explain": "9"}, "less than or equal to 3"),
        ({"explain": "x"}, "Enter a whole number."),
        ({"mode": "shout"}, "shout is not one of the available choices."),
        ({"question": ""}, "This field is required."),
        ({"question": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_what_is_wrong_in_the_address_is_said(operator, generating, asked, complaint):
    page = ask(operator, generating, **asked)

    assert complaint in page
    assert 'class="tried"' not in page


def test_nothing_is_wrong_before_anything_was_asked(operator, generating):
    assert "errorlist" not in operator.get(page_of(generating)).content.decode()


def test_the_picture_may_bring_its_own_style(operator, generating):
    response = operator.get(picture_of(generating), {"question": "Hello you"})

    assert response.headers["Content-Type"] == "image/svg+xml"
    assert "'unsafe-inline'" in response.headers["Content-Security-Policy"]
    assert "among the 2 words of the question" in response.content.decode()


@pytest.mark.parametrize("asked", [{}, {"question": "Hello", "explain": "9"}, {"question": "\u200b"}])
def test_there_is_no_picture_of_what_was_not_answered(operator, generating, asked):
    assert operator.get(picture_of(generating), asked).status_code == 404


def test_there_is_no_picture_of_what_was_looked_up(operator, looking_up):
    assert operator.get(picture_of(looking_up), {"question": "Hello"}).status_code == 404


def test_figures_as_deep_as_an_import_takes_them_are_shown(operator, looking_up):
    lists = 0.5
    for _ in range(DEEPEST_FIGURES - 1):
        lists = [lists]
    TrainedModel.objects.update(metrics={"loss": lists, "export": {"precision": "int8"}})

    page = operator.get(page_of(looking_up)).content.decode()

    assert "<td>0.5</td>" in page
    assert '<th scope="row">export: precision</th><td>int8</td>' in page


def test_only_who_may_view_trained_models_may_try_them(log_in, generating):
    somebody = log_in("view_job")

    for address in (page_of(generating), picture_of(generating)):
        assert Client().get(address, {"question": "Hello"}).status_code == 302
        assert somebody.get(address, {"question": "Hello"}).status_code == 403


def test_who_may_view_trained_models_needs_no_more(log_in, generating):
    somebody = log_in("view_trainedmodel")

    page = ask(somebody, generating)

    assert "Hello Anna!" in page
    assert "Activate for a bot" not in page
    assert somebody.get(picture_of(generating), {"question": "Hello you"}).status_code == 200


def test_a_trained_model_that_is_gone_has_no_picture(operator, generating):
    address = picture_of(generating)
    generating.delete()

    assert operator.get(address, {"question": "Hello"}).status_code == 403
