"""Bots over HTTP: another trained model, and back."""

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from answering import trial
from answering.asking import first_answers
from api.models import ApiKey
from api.responders import _keepers
from tests.answering.conftest import write_toy_bundle
from training.models import Bot, GateTrial, TrainedModel

pytestmark = pytest.mark.django_db
ACTIVATE, ROLL_BACK = "/api/v1/bots/default/activate", "/api/v1/bots/default/roll_back"


@pytest.fixture(autouse=True)
def quick_trial(monkeypatch):
    """Ask bundles in the tests' own process; the command's tests do it as it is done."""
    monkeypatch.setattr("training.services.switching.try_bundle", trial.try_bundle)


@pytest.fixture
def administrator(django_user_model):
    return django_user_model.objects.create_superuser("root", password="x")


@pytest.fixture
def send(administrator):
    made = APIClient()
    made.force_authenticate(administrator)

    def post(address, content=None):
        return made.post(address, content, format="json")

    return post


@pytest.fixture
def two(data_directory):
    write_toy_bundle(data_directory / "save" / "two" / "bundle", mode="retrieve")
    return TrainedModel.objects.create(name="two", architecture="toy", directory="save/two/bundle")


def test_another_trained_model_answers_and_the_one_before_comes_back(active, two, send, ask):
    assert ask({"message": "hello"}).json()["model"] == "toy"

    response = send(ACTIVATE, {"model": "two"})
    assert response.json() == {"rc": 0, "bot": "default", "model": "two", "previous": "toy"}
    _keepers["default"].look()
    assert ask({"message": "hello"}).json()["model"] == "two"

    assert send(ROLL_BACK).json() == {"rc": 0, "bot": "default", "model": "toy", "previous": "two"}
    _keepers["default"].look()
    assert ask({"message": "hello"}).json()["model"] == "toy"


def test_a_trained_model_that_does_not_answer_never_takes_over(active, two, send, data_directory):
    (data_directory / "save" / "two" / "bundle" / "generator" / "decoder.onnx").write_bytes(b"other")

    response = send(ACTIVATE, {"model": "two"})

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert response.json()["errmsg"].startswith("Bot default goes on as before; two cannot answer. ")
    active.refresh_from_db()
    assert active.active.name == "toy"


def test_one_whose_files_are_gone_does_not_come_back(active, two, send, data_directory):
    send(ACTIVATE, {"model": "two"})
    (data_directory / "save" / "toy" / "bundle").rename(data_directory / "elsewhere")

    response = send(ROLL_BACK)

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    active.refresh_from_db()
    assert active.active.name == "two"


def test_one_that_is_deleted_while_it_is_asked_does_not_take_over(active, two, send, monkeypatch):
    monkeypatch.setattr(
        "training.services.switching.try_bundle", lambda _: TrainedModel.objects.filter(name="two").delete()
    )

    response = send(ACTIVATE, {"model": "two"})

    assert response.status_code == 409
    assert "two was deleted meanwhile" in response.json()["errmsg"]


def test_without_one_before_there_is_nothing_to_go_back_to(active, send):
    response = send(ROLL_BACK)

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert "none to go back to" in response.json()["errmsg"]


def test_what_does_not_exist_and_what_is_no_name(active, send):
    assert send(ACTIVATE, {"model": "none"}).status_code == 404
    assert send("/api/v1/bots/nobody/activate", {"model": "toy"}).status_code == 404
    assert send("/api/v1/bots/nobody/roll_back").status_code == 404
    for content in ({}, {"model": 7}, {"model": ""}):
        assert send(ACTIVATE, content).status_code == 400


def test_readers_and_staff_without_the_permission_may_not(active, two, client, user):
    assert APIClient().post(ACTIVATE, {"model": "two"}, format="json").status_code == 401
    for _ in range(2):
        for address in (ACTIVATE, ROLL_BACK):
            response = client.post(address, {"model": "two"}, format="json")
            assert (response.status_code, response.json()["code"]) == (403, "forbidden")
        user.is_staff = True
        user.save()
    active.refresh_from_db()
    assert active.active.name == "toy"


@pytest.mark.parametrize(
    ("scopes", "bound_to", "status"),
    [
        ([], None, 403),
        (["ask", "teach"], None, 403),
        (["manage"], None, 200),
        (["manage"], "default", 200),
        (["manage"], "other", 403),
    ],
)
def test_a_key_needs_the_scope_and_the_bot(active, two, administrator, scopes, bound_to, status):
    Bot.objects.create(name="other")
    key = ApiKey(owner=administrator, name="x", scopes=scopes, bot=Bot.objects.filter(name=bound_to).first())
    text = key.set_new_key()
    key.save()

    response = APIClient().post(
        ACTIVATE, {"model": "two"}, format="json", headers={"Authorization": f"Bearer {text}"}
    )

    assert response.status_code == status


def test_the_admin_and_the_command_make_keys_with_scopes(active, administrator, client):
    call_command("create_api_key", "deploy", "--user", "root", "--scope", "ask", "--scope", "manage")
    assert ApiKey.objects.get(name="deploy").scopes == ["ask", "manage"]

    client.force_login(administrator)
    page = client.get("/admin/api/apikey/add/").content.decode()
    assert "manage: choose the trained models of bots" in page
    client.post("/admin/api/apikey/add/", {"name": "by hand", "scopes": ["teach"]})
    assert ApiKey.objects.get(name="by hand").scopes == ["teach"]


# The gate


@pytest.fixture
def strict(active, data_directory, monkeypatch):
    """The default bot, with a golden question that `worse` would lose."""
    monkeypatch.setattr("training.services.golden_questions.ask_bundle", first_answers)
    write_toy_bundle(
        data_directory / "save" / "worse" / "bundle", exchanges=[("Hello", "Go away")], mode="retrieve"
    )
    TrainedModel.objects.create(name="worse", architecture="toy", directory="save/worse/bundle")
    active.golden_questions.create(question="hello", acceptable="Hello Anna!")
    return active


def test_what_loses_a_golden_question_is_a_conflict_and_a_reason_overrides_it(strict, send):
    response = send(ACTIVATE, {"model": "worse"})
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert "1 of 1 golden questions would be lost: hello." in response.json()["errmsg"]

    response = send(ACTIVATE, {"model": "worse", "override": "for a test"})
    assert (response.status_code, response.json()["model"]) == (200, "worse")
    trial_row = GateTrial.objects.first()
    assert (trial_row.note, trial_row.overridden_by.username) == ("for a test", "root")


@pytest.mark.parametrize("override", ["", " ", "x" * 501, "a\0b", 7, None])
def test_a_reason_must_be_a_text_that_says_something(strict, send, override):
    response = send(ACTIVATE, {"model": "worse", "override": override})

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert not GateTrial.objects.exists()


def test_going_back_asks_no_gate(strict, send):
    send(ACTIVATE, {"model": "worse", "override": "for a test"})
    strict.golden_questions.update(acceptable="Go away")

    assert send(ROLL_BACK).json()["model"] == "toy"
