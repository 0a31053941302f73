"""What a question may ask for: chance, models by name, streams, reasons; and what becomes of it."""

import json

import pytest
from django.db import IntegrityError

from answering.calibration import Calibration
from api import conversation_log as log_module
from api.conversation_log import conversation_log
from api.models import ApiKey
from api.own_answers import own_answers_of
from api.responders import loaded_for
from tests.answering.conftest import ask_backwards, write_toy_bundle
from training.models import LoggedExchange, OwnAnswer, TrainedModel, UnansweredQuestion

pytestmark = pytest.mark.django_db


def events(response):
    """Return the names and contents of a stream's events."""
    text = b"".join(response.streaming_content).decode()
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def without_moments(content):
    return {name: value for name, value in content.items() if name not in ("id", "elapsed_ms")}


# By chance


def test_the_same_seed_draws_the_same_answers(active, ask):
    drawn = [ask({"message": "hello", "temperature": 1.5, "seed": 7, "answers": 3}).json() for _ in range(2)]

    assert without_moments(drawn[0]) == without_moments(drawn[1])


def test_a_temperature_of_0_takes_the_likeliest_words(active, ask):
    assert ask({"message": "hello", "temperature": 0}).json()["msg"] == "Hello Anna!"


def test_an_answer_is_no_longer_than_asked_for(active, ask):
    assert ask({"message": "hello", "max_tokens": 1}).json()["msg"] == "Hello"


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("temperature", "hot", "must be a number"),
        ("temperature", -1, "must be at least 0.0"),
        ("temperature", 1e400, "NaN"),
        ("top_p", 0, "must be at least 0.01"),
        ("top_k", 1.5, "must be a whole number"),
        ("seed", -1, "must be at least 0"),
        ("max_tokens", 0, "must be at least 1"),
        ("stream", "yes", "must be true or false"),
        ("explain", 1, "must be true or false"),
        ("session", "a b", "must be letters, digits"),
        ("session", "", "must not be blank"),
        ("model", 7, "must be a text"),
    ],
)
def test_fields_that_make_no_sense_are_refused(active, ask, field, value, complaint):
    if value == 1e400:
        response = ask(b'{"message": "hello", "temperature": 1e400}')
        assert response.status_code == 400
        return
    response = ask({"message": "hello", field: value})

    assert response.status_code == 400
    assert f"{field}: {complaint}" in response.json()["errmsg"]


# Models by name


def test_a_trained_model_can_be_asked_by_its_name(active, ask, data_directory):
    write_toy_bundle(data_directory / "save" / "other" / "bundle", mode="retrieve")
    TrainedModel.objects.create(name="other", architecture="toy", directory="save/other/bundle")

    content = ask({"message": "Where do you live", "model": "other"}).json()

    assert (content["model"], content["msg"]) == ("other", "In a computer")
    assert ask({"message": "hello", "model": "toy"}).json()["model"] == "toy"
    assert ask({"message": "hello", "model": "none"}).status_code == 404


def test_a_mode_that_a_trained_model_lacks_is_a_conflict(active, ask, data_directory):
    ask_backwards(write_toy_bundle(data_directory / "save" / "found" / "bundle"))
    TrainedModel.objects.create(name="found", architecture="toy", directory="save/found/bundle")

    response = ask({"message": "hello", "model": "found", "mode": "hybrid"})

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert response.json()["errmsg"].startswith("mode: this trained model cannot hybrid.")
    assert ask({"message": "hello", "model": "found"}).status_code == 200


def test_trained_models_are_listed_with_their_bots(active, client):
    content = client.get("/api/v1/models").json()

    assert [(row["name"], row["active_for"]) for row in content["models"]] == [("toy", ["default"])]


# Several questions


def test_several_questions_have_a_result_or_an_error_each(active, post):
    questions = [{"message": "hello"}, {"message": ""}, {"message": "hello", "bot": "nobody"}]
    content = post("questions", {"questions": questions}).json()

    assert [result.get("code") for result in content["results"]] == [None, "invalid", "not_found"]
    assert content["results"][0]["msg"] == "Hello Anna!"


@pytest.mark.parametrize("questions", [[], "hello", [{"message": "a"}] * 257, None])
def test_too_few_or_too_many_questions_are_refused(active, post, questions):
    assert post("questions", {"questions": questions}).status_code == 400


# Streams


@pytest.mark.parametrize("mode", ["generate", "retrieve", "hybrid"])
def test_a_stream_ends_with_the_plain_answer_and_its_pieces_make_it(active, ask, mode):
    question = {"message": "how are you", "mode": mode}
    plain = ask(question).json()

    response = ask({**question, "stream": True}, accept="text/event-stream")

    assert response.headers["Content-Type"].startswith("text/event-stream")
    *tokens, last = events(response)
    assert {name for name, _ in tokens} == {"token"}
    assert "".join(content["text"] for _, content in tokens) == plain["msg"]
    assert last[0] == "answer"
    assert without_moments(last[1]) == without_moments(plain)


def test_what_is_wrong_with_a_streamed_question_has_its_own_status(active, ask):
    assert ask({"message": "hello", "stream": True, "bot": "nobody"}).status_code == 404
    assert ask({"message": "", "stream": True}).json()["code"] == "invalid"


def test_a_client_that_goes_away_ends_the_work(active, ask):
    response = ask({"message": "hello", "stream": True})
    stream = response.streaming_content
    next(iter(stream))

    response.close()

    assert conversation_log._waiting.empty()


def test_a_stream_holds_nothing_that_the_bot_is_not_sure_of(active, ask):
    calibrations = loaded_for("default").responder.rating.calibrations
    calibrations["written"] = Calibration(-5.0, {"log_probability": 0.1}, 50)
    active.threshold = 0.5
    active.save()

    *tokens, (name, content) = events(ask({"message": "hello", "mode": "generate", "stream": True}))

    assert "".join(token["text"] for _, token in tokens) == content["msg"] == active.fallback
    assert (name, content["fallback"]) == ("answer", True)


# Reasons


def test_a_found_answer_names_its_exchange(active, ask):
    content = ask({"message": "Where do you live", "mode": "retrieve", "explain": True}).json()

    [reason] = content["explanation"]
    assert reason["exchange"]["question"] == "Where do you live?"
    assert {"corpus", "conversation", "turn"} <= set(reason["exchange"])
    assert reason["scores"]["similarity"] == 1


def test_a_written_answer_shows_what_it_looked_at(active, ask):
    [reason] = ask({"message": "how are you", "explain": True}).json()["explanation"]

    assert reason["words"] == ["how", "are", "you"]
    assert len(reason["tokens"]) == 3
    assert len(reason["falls"]) == 3
    assert "explanation" not in ask({"message": "how are you"}).json()


# Below the threshold, and the log


def test_what_a_bot_is_not_sure_of_it_does_not_say(active, ask, monkeypatch):
    calibrations = loaded_for("default").responder.rating.calibrations
    calibrations["alike"] = Calibration(-4.0, {"similarity": 8.0}, 50)
    active.threshold = 0.9
    active.save()
    asked = {"mode": "retrieve"}

    sure, unsure = (ask({"message": text, **asked}).json() for text in ("Where do you live", "do you love"))

    assert (sure["fallback"], sure["answers"][0]["confidence"] > 0.9) == (False, True)
    assert (unsure["fallback"], unsure["msg"]) == (True, active.fallback)


def test_exchanges_are_logged_in_batches_and_what_had_no_answer_is_listed_once(active, ask):
    for message in ("how are you", "Quantum chromodynamics", "quantum, chromodynamics!"):
        ask({"message": message, "mode": "retrieve"})
    assert LoggedExchange.objects.count() == 0

    assert conversation_log.write_waiting() == 3

    assert LoggedExchange.objects.count() == 3
    [listed] = UnansweredQuestion.objects.all()
    assert (listed.text, listed.times) == ("Quantum chromodynamics", 2)


def test_a_bot_that_keeps_no_log_keeps_none(active, ask):
    active.log_days = 0
    active.save()
    ask({"message": "hello"})
    conversation_log.write_waiting()

    assert not LoggedExchange.objects.exists()


def test_a_question_never_fails_for_a_full_log(active, ask, monkeypatch):
    monkeypatch.setattr(conversation_log._waiting, "maxsize", 1)

    assert [ask({"message": "hello"}).status_code for _ in range(3)] == [200, 200, 200]
    assert conversation_log.dropped >= 2


# Feedback and own answers


def test_a_better_answer_is_said_from_now_on_to_questions_like_it(active, ask, post):
    first = ask({"message": "Where do you live?"}).json()
    feedback = {"id": first["id"], "question": "Where do you live?", "better": "In Berlin, since 1990."}

    given = post("feedback", feedback)

    assert (given.status_code, given.json()["own_answer"] > 0) == (200, True)
    for text in ("Where do you live?", "where do you live", "where do you lve"):
        content = ask({"message": text}).json()
        assert (content["msg"], content["answers"][0]["source"]) == ("In Berlin, since 1990.", "own")
    assert ask({"message": "how are you"}).json()["msg"] != "In Berlin, since 1990."


def test_own_answers_come_first_among_several(active, ask, post):
    first = ask({"message": "hello"}).json()
    post("feedback", {"id": first["id"], "question": "hello", "better": "Moin!"})

    content = ask({"message": "hello", "answers": 2}).json()

    assert [answer["text"] for answer in content["answers"]] == ["Moin!", "Hello Anna!"]


def test_a_rating_stands_in_the_log(active, ask, post):
    first = ask({"message": "hello"}).json()
    conversation_log.write_waiting()

    post("feedback", {"id": first["id"], "question": "hello", "rating": "bad"})

    assert LoggedExchange.objects.get().rating == -1


def test_a_rating_that_comes_before_the_log_is_written_is_not_lost(active, ask, post):
    first = ask({"message": "hello"}).json()
    post("feedback", {"id": first["id"], "question": "hello", "rating": "good"})

    conversation_log.write_early_ratings()
    conversation_log.write_waiting()
    conversation_log.write_early_ratings()

    assert LoggedExchange.objects.get().rating == 1
    assert conversation_log._early_ratings.empty()


def test_a_rating_of_what_is_never_logged_does_not_wait_for_ever(active, ask, post, monkeypatch):
    monkeypatch.setattr("api.conversation_log.SECONDS_FOR_A_ROW", 0.0)
    first = ask({"message": "hello"}).json()
    post("feedback", {"id": first["id"], "question": "hello", "rating": "good"})

    conversation_log.write_early_ratings()

    assert conversation_log._early_ratings.empty()


@pytest.mark.parametrize(
    "change",
    [
        {"id": "0" * 56},
        {"id": "x"},
        {"question": "another one"},
        {"rating": "awful"},
        {"rating": None},
        {"better": " "},
        {"bot": "nobody"},
    ],
)
def test_feedback_that_fits_no_answer_is_refused(active, ask, post, change):
    first = ask({"message": "hello"}).json()

    response = post("feedback", {"id": first["id"], "question": "hello", "rating": "good", **change})

    assert response.status_code in (400, 404)


def test_feedback_of_another_account_is_refused(active, ask, post, client, django_user_model):
    first = ask({"message": "hello"}).json()
    client.force_authenticate(django_user_model.objects.create_user("other"))

    assert post("feedback", {"id": first["id"], "question": "hello", "rating": "good"}).status_code == 400


def test_a_key_that_may_not_teach_changes_nothing_at_all(active, user, ask, post, client):
    first = ask({"message": "hello"}).json()
    conversation_log.write_waiting()
    client.force_authenticate(user, ApiKey(owner=user, name="plain", scopes=["ask"]))
    feedback = {"id": first["id"], "question": "hello", "rating": "bad", "better": "Moin!"}

    assert post("feedback", feedback).status_code == 403

    assert LoggedExchange.objects.get().rating == 0
    assert not OwnAnswer.objects.exists()


def test_a_row_that_cannot_be_written_takes_no_other_along(active, ask, monkeypatch):
    write, before = log_module.write, conversation_log.dropped

    def refuse_hello(rows):
        if any(row.question == "hello" for row in rows):
            raise IntegrityError("its bot was deleted meanwhile")
        write(rows)

    monkeypatch.setattr(log_module, "write", refuse_hello)
    for message in ("hello", "how are you"):
        ask({"message": message})

    conversation_log.write_waiting()

    assert [row.question for row in LoggedExchange.objects.all()] == ["how are you"]
    assert conversation_log.dropped == before + 1


def test_own_answers_are_loaded_once_until_one_changes(active, ask, post, django_assert_num_queries):
    first = ask({"message": "hello"}).json()
    post("feedback", {"id": first["id"], "question": "hello", "better": "Moin!"})
    active.refresh_from_db()

    with django_assert_num_queries(1):
        for _ in range(3):
            own_answers_of(active)
