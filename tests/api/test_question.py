import pytest

from api.models import ApiKey
from api.responders import _keepers
from tests.answering.conftest import write_toy_bundle
from tests.api.conftest import URL
from training.models import Bot, TrainedModel
from training.services.bots import bot_activate

pytestmark = pytest.mark.django_db


def test_a_question_is_answered_with_every_field_of_the_contract(active, ask):
    response = ask({"message": "how are you"})

    content = response.json()
    assert response.status_code == 200
    assert len(content.pop("id")) == 56
    assert content.pop("elapsed_ms") >= 0
    score = content["answers"][0].pop("score")
    assert -5 < score < 0
    assert content == {
        "rc": 0,
        "msg": "Hello Anna!",
        "answers": [{"text": "Hello Anna!", "confidence": None, "source": "generated"}],
        "bot": "default",
        "model": "toy",
        "language": "en",
        "fallback": False,
        "truncated": False,
        "unknown_words": [],
    }
    assert response.headers["X-Request-ID"]


def test_question_is_another_name_for_message(active, ask):
    assert ask({"question": "hello"}).json()["msg"] == "Hello Anna!"
    assert ask({"question": "", "message": "hello"}).status_code == 400


def test_several_answers_a_wider_beam_and_a_mode_can_be_asked_for(active, ask):
    several = ask({"message": "hello", "answers": 2, "beam_size": 4}).json()
    assert [answer["text"] for answer in several["answers"]] == ["Hello Anna!", "How are you"]

    found = ask({"message": "Where do you live", "mode": "retrieve"}).json()
    assert found["answers"][0] == {
        "text": "In a computer",
        "score": None,
        "confidence": None,
        "source": "retrieved",
    }


def test_further_fields_are_left_alone(active, ask):
    assert ask({"message": "hello", "colour": "blue"}).status_code == 200


def test_where_nothing_is_found_the_bot_says_its_own_sentence(active, ask):
    Bot.objects.update(fallback="Ask me something else.")

    content = ask({"message": "Quantum chromodynamics", "mode": "retrieve"}).json()

    assert (content["msg"], content["fallback"], content["answers"][0]["source"]) == (
        "Ask me something else.",
        True,
        "own",
    )
    assert content["unknown_words"] == ["Quantum", "chromodynamics"]


def test_a_question_that_is_cut_says_so(active, ask):
    assert ask({"message": "hello " * 50}).json()["truncated"] is True


def test_without_a_trained_model_the_answer_is_503_and_what_to_do(bot, ask):
    response = ask({"message": "hello"})

    assert response.status_code == 503
    assert response.json()["code"] == "no_model"
    assert "manage.py train" in response.json()["errmsg"]
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("body", "status", "code", "complaint"),
    [
        (b"", 400, "invalid", "message: is required"),
        (b"hello", 400, "not_json", "body: must be JSON"),
        (b'{"message": "a"', 400, "not_json", "body: must be JSON"),
        (b'{"message": NaN}', 400, "not_json", "NaN is no JSON number"),
        (b'{"message": "\xff"}', 400, "not_json", "body: must be UTF-8; byte 13 is not"),
        (b"[" * 60_000, 400, "not_json", "body: must"),
        (b'["message"]', 400, "invalid", "body: must be a JSON object"),
        (b'"message"', 400, "invalid", "body: must be a JSON object"),
        (b"null", 400, "invalid", "body: must be a JSON object"),
        ({}, 400, "invalid", "message: is required"),
        ({"message": None}, 400, "invalid", "message: must be a text, not null"),
        ({"message": 7}, 400, "invalid", "message: must be a text"),
        ({"message": ["a"]}, 400, "invalid", "message: must be a text"),
        ({"message": ""}, 400, "invalid", "message: must not be blank"),
        ({"message": " \t\n "}, 400, "invalid", "message: must not be blank"),
        ({"message": "a" * 10_001}, 400, "invalid", "message: must have at most 10000 characters"),
        ({"message": "a\0b"}, 400, "invalid", "message: must not hold NUL"),
        (b'{"message": "\\ud800"}', 400, "invalid", "message: must be whole Unicode"),
        ({"message": "a", "answers": 0}, 400, "invalid", "answers: must be at least 1"),
        ({"message": "a", "answers": 11}, 400, "invalid", "answers: must be at most 10"),
        ({"message": "a", "answers": "2"}, 400, "invalid", "answers: must be a whole number"),
        ({"message": "a", "answers": True}, 400, "invalid", "answers: must be a whole number"),
        ({"message": "a", "beam_size": 10**30}, 400, "invalid", "beam_size: must be at most 20"),
        ({"message": "a", "mode": "dream"}, 400, "invalid", "mode: must be one of generate, retrieve"),
        ({"message": "a", "bot": "nobody"}, 404, "not_found", "bot: there is none called nobody"),
        (b'{"message": "' + b"a" * 70_000 + b'"}', 413, "too_large", "body: must have at most 65,536 bytes"),
    ],
)
def test_bad_input_gets_its_status_its_code_and_what_to_do(active, ask, body, status, code, complaint):
    response = ask(body)

    content = response.json()
    assert (response.status_code, content["rc"], content["code"]) == (status, 1, code)
    assert complaint in content["errmsg"]
    assert "Traceback" not in content["errmsg"]


def test_another_content_type_is_refused(active, client):
    response = client.post(URL, "message=hello", content_type="application/x-www-form-urlencoded")

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    assert "application/json" in response.json()["errmsg"]


@pytest.mark.parametrize("accept", ["text/html", "text/event-stream", "image/png", "nonsense"])
def test_whatever_a_client_accepts_it_gets_json(active, ask, client, accept):
    assert ask({"message": "hello"}, accept=accept).json()["msg"] == "Hello Anna!"
    assert ask({"message": ""}, accept=accept).json()["errmsg"] == "message: must not be blank"
    assert client.get("/api/v1/models", headers={"accept": accept}).json()["rc"] == 0
    assert client.get("/api/schema/?format=json").headers["Content-Type"].startswith("application/")


def test_other_methods_are_refused(active, client):
    response = client.get(URL)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in response.headers["Allow"]


def test_an_address_below_api_that_does_not_exist_is_json(client, db):
    response = client.get("/api/v1/nothing")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_what_nobody_expected_says_no_more_than_a_request_id(active, ask, monkeypatch, caplog):
    def fail(**_):
        raise KeyError("secret")

    monkeypatch.setattr("api.views.question_answer", fail)

    response = ask({"message": "hello"}, **{"X-Request-ID": "abc-1"})

    assert (response.status_code, response.headers["X-Request-ID"]) == (500, "abc-1")
    assert response.json() == {"rc": 1, "errmsg": "Something went wrong; request abc-1.", "code": "error"}
    assert "Request abc-1 failed" in caplog.text


def test_a_strange_request_id_is_replaced(active, ask):
    assert ask({"message": "hello"}, **{"X-Request-ID": "a b\x7f"}).headers["X-Request-ID"] != "a b\x7f"


def test_another_active_model_is_answered_from_without_a_restart(active, ask, data_directory):
    assert ask({"message": "hello"}).json()["model"] == "toy"
    write_toy_bundle(data_directory / "save" / "two" / "bundle", mode="retrieve")
    two = TrainedModel.objects.create(name="two", architecture="toy", directory="save/two/bundle")

    bot_activate(bot=active, trained_model=two)
    _keepers["default"].look()

    assert ask({"message": "hello"}).json()["model"] == "two"


def test_a_bundle_with_a_wrong_checksum_is_refused_and_the_old_one_goes_on(active, ask, data_directory):
    ask({"message": "hello"})
    write_toy_bundle(data_directory / "save" / "bad" / "bundle")
    (data_directory / "save" / "bad" / "bundle" / "generator" / "decoder.onnx").write_bytes(b"other")
    bad = TrainedModel.objects.create(name="bad", architecture="toy", directory="save/bad/bundle")

    bot_activate(bot=active, trained_model=bad)
    _keepers["default"].look()

    assert ask({"message": "hello"}).json()["model"] == "toy"


def test_a_key_for_one_bot_asks_no_other(active, client, user):
    other = Bot.objects.create(name="other")
    key = ApiKey(owner=user, name="x", bot=other)
    key.set_new_key()
    key.save()
    client.force_authenticate(user, token=key)

    response = client.post(URL, {"message": "hello"}, format="json")

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
