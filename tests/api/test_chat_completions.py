"""OpenAI's addresses: what its official client asks, and what it is told."""

import json

import pytest
from openai import (
    APIError,
    AuthenticationError,
    BadRequestError,
    DefaultHttpxClient,
    InternalServerError,
    NotFoundError,
    OpenAI,
)
from rest_framework.test import APIClient

from api import chat_completions
from api.conversation_log import conversation_log
from api.models import ApiKey
from api.responders import loaded_for
from training.models import Bot
from training.services.own_answers import own_answer_write

pytestmark = pytest.mark.django_db
URL = "/v1/chat/completions"
HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture
def key(user):
    row = ApiKey(owner=user, name="program")
    text = row.set_new_key()
    row.save()
    return text


@pytest.fixture
def complete(client):
    """Ask without a server; the messages are those of somebody who says hello."""

    def send(**fields):
        body = json.dumps({"model": "default", "messages": HELLO, **fields})
        return client.post(URL, body, content_type="application/json")

    return send


@pytest.fixture
def openai(live_server, active, key):
    """The official client; it tries nothing twice."""
    with (
        DefaultHttpxClient(trust_env=False) as http,
        OpenAI(
            base_url=f"{live_server.url}/v1", api_key=key, max_retries=0, timeout=30, http_client=http
        ) as made,
    ):
        yield made


def text(said):
    return {"type": "text", "text": said}


def chunks_of(response):
    """Return a stream's chunks; the last line must say that it is done."""
    *lines, last = b"".join(response.streaming_content).decode().strip().split("\n\n")
    assert last == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines]


# The official client against a running server


def test_the_official_client_gets_an_answer(openai):
    completion = openai.chat.completions.create(model="default", messages=HELLO)

    [choice] = completion.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "Hello Anna!")
    assert choice.finish_reason == "stop"
    assert (completion.object, completion.model, completion.system_fingerprint) == (
        "chat.completion",
        "default",
        "toy",
    )
    assert completion.id.startswith("chatcmpl-")
    assert completion.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 1,
        "completion_tokens": 3,
        "total_tokens": 4,
    }


def test_the_official_client_streams(openai):
    chunks = list(
        openai.chat.completions.create(
            model="default", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )

    *told, last = chunks
    assert told[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in told) == "Hello Anna!"
    assert len(told) == 5
    assert [chunk.choices[0].finish_reason for chunk in told] == [None, None, None, None, "stop"]
    assert {chunk.usage for chunk in told} == {None}
    assert (last.choices, last.usage.total_tokens) == ([], 4)
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_official_client_lists_the_bots(openai):
    [model] = openai.models.list().data

    assert (model.id, model.object, model.owned_by) == ("default", "model", "deepqa3")
    assert model.created > 1_700_000_000
    assert openai.models.retrieve("default") == model


def test_the_official_client_raises_its_own_errors(openai):
    with pytest.raises(NotFoundError, match="there is no bot called gpt-4") as unknown:
        openai.chat.completions.create(model="gpt-4", messages=HELLO)
    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")

    with pytest.raises(BadRequestError) as refused:
        openai.chat.completions.create(model="default", messages=HELLO, logprobs=True)
    assert (refused.value.type, refused.value.param) == ("invalid_request_error", "logprobs")

    with pytest.raises(AuthenticationError):
        openai.with_options(api_key="wrong").models.list()

    Bot.objects.update(active=None)
    with pytest.raises(NotFoundError):
        openai.models.retrieve("nobody")
    assert openai.models.list().data == []


def test_the_official_client_learns_what_ends_a_stream_half_way(openai, monkeypatch):
    def told(_):
        yield "Hello"
        raise OSError("the disk is gone")

    monkeypatch.setattr(chat_completions.Asked, "events", told)

    with pytest.raises(APIError, match="Something went wrong while the answer was written"):
        list(openai.chat.completions.create(model="default", messages=HELLO, stream=True))


def test_a_bot_without_a_trained_model_is_unavailable(openai, active):
    Bot.objects.create(name="empty")

    with pytest.raises(InternalServerError, match="no trained model yet") as raised:
        openai.chat.completions.create(model="empty", messages=HELLO)

    assert (raised.value.status_code, raised.value.code) == (503, "no_model")
    assert int(raised.value.response.headers["Retry-After"]) > 0


# What is asked


def test_messages_before_the_question_are_earlier_turns(active, complete, monkeypatch):
    responder, asked = loaded_for("default").responder, []
    answer = responder.answer
    monkeypatch.setattr(responder, "answer", lambda question: asked.append(question) or answer(question))

    complete(
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": "hello"},
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": "Ann"}],
            },
            {"role": "assistant", "content": None},
            {"role": "user", "content": [text("how are you")]},
        ]
    )

    assert (asked[0].text, asked[0].earlier) == ("how are you", ("hello", "Hi\nAnn"))


def test_a_long_conversation_is_read_from_its_end(active, complete, monkeypatch):
    conversation = [
        {"role": role, "content": f"{number} " + "a" * 3000}
        for number in range(40)
        for role in ("user", "assistant")
    ]
    question = chat_completions.question_of(
        {"model": "default", "messages": [*conversation, {"role": "user", "content": "hello"}]}
    )

    assert [len(turn) for turn in question["earlier"]] == [2000] * 20
    assert complete(messages=[*conversation, *HELLO]).status_code == 200


def test_several_answers_are_choices(active, complete):
    plain = complete(n=2).json()
    texts = [choice["message"]["content"] for choice in plain["choices"]]
    assert texts == ["Hello Anna!", "How are you"]

    told = {0: "", 1: ""}
    ended = {}
    for chunk in chunks_of(complete(n=2, stream=True)):
        [choice] = chunk["choices"]
        assert choice["index"] not in ended
        told[choice["index"]] += choice["delta"].get("content", "")
        if choice["finish_reason"]:
            ended[choice["index"]] = choice["finish_reason"]
    assert list(told.values()) == texts
    assert ended == {0: "stop", 1: "stop"}


def test_an_answer_that_the_limit_ends_says_so(active, complete):
    for limit in ({"max_tokens": 1}, {"max_completion_tokens": 1, "max_tokens": 50}):
        content = complete(**limit).json()
        assert (content["choices"][0]["message"]["content"], content["choices"][0]["finish_reason"]) == (
            "Hello",
            "length",
        )
    assert complete(max_tokens=10**12).json()["choices"][0]["finish_reason"] == "stop"


def test_chance_is_asked_for_as_openai_does(active):
    def asked(**fields):
        return chat_completions.question_of({"model": "default", "messages": HELLO, **fields})

    assert asked()["temperature"] is None
    assert (asked(top_p=0.0)["temperature"], asked(top_p=0.0)["top_p"]) == (1.0, 0.01)
    assert asked(top_p=1)["temperature"] is None
    assert asked(temperature=0.0, top_p=0.5)["temperature"] == 0.0
    assert asked(seed=-1)["seed"] == 2**63 - 1


def test_the_same_seed_draws_the_same_answers(active, complete):
    drawn = [complete(temperature=1.5, seed=7, n=3).json()["choices"] for _ in range(2)]

    assert drawn[0] == drawn[1]


def test_a_bot_that_may_say_its_fallback_streams_what_it_decided(active, complete, monkeypatch):
    active.threshold = 0.9
    active.save()
    monkeypatch.setattr(chat_completions.Asked, "is_sure", lambda *_: False)

    chunks = chunks_of(complete(stream=True))

    told = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert told == active.fallback == complete().json()["choices"][0]["message"]["content"]


def test_a_client_that_goes_away_ends_the_work(active, complete):
    response = complete(stream=True)
    next(iter(response.streaming_content))

    response.close()

    assert conversation_log._waiting.empty()


def test_own_answers_are_given(active, complete):
    own_answer_write(bot=active, question="hello", answer="Moin, moin!", created_by_id=None)

    assert complete().json()["choices"][0]["message"]["content"] == "Moin, moin!"
    told = "".join(
        chunk["choices"][0]["delta"].get("content", "") for chunk in chunks_of(complete(stream=True))
    )
    assert told == "Moin, moin!"


def test_a_completion_can_be_given_a_better_answer(active, complete, post):
    answer_id = complete().json()["id"].removeprefix("chatcmpl-")

    given = post("feedback", {"id": answer_id, "question": "hello", "better": "Moin!"})

    assert given.status_code == 200
    assert complete().json()["choices"][0]["message"]["content"] == "Moin!"


def test_fields_that_ask_for_nothing_are_left_aside(active, complete):
    response = complete(
        user="u-1",
        stop=["\n"],
        tools=[],
        tool_choice="auto",
        response_format={"type": "text"},
        logprobs=False,
        modalities=["text"],
        n=None,
        temperature=None,
        stream=None,
        stream_options=None,
        frequency_penalty=0.5,
        metadata={"a": "b"},
    )

    assert response.status_code == 200, response.content


# What is refused


@pytest.mark.parametrize(
    ("fields", "param", "complaint"),
    [
        ({"model": None}, "model", "must be a text"),
        ({"messages": None}, "messages", ""),
        ({"messages": "hello"}, "messages", "must be a list"),
        ({"messages": []}, "messages", "must hold at least 1 message"),
        ({"messages": ["hello"]}, "messages", ""),
        ({"messages": [{"role": "tool", "content": "4"}]}, "messages", "role: must be one of system"),
        (
            {"messages": [{"role": "system", "content": "a"}]},
            "messages",
            "must hold a message of the role user",
        ),
        ({"messages": [{"role": "user", "content": " "}]}, "messages", "must ask something"),
        ({"messages": [{"role": "user"}]}, "messages", "must ask something"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages", "content: must be a text"),
        ({"messages": [{"role": "user", "content": "a\0"}]}, "messages", "content: must not hold NUL"),
        ({"messages": [{"role": "user", "content": "a" * 10_001}]}, "messages", "must ask in at most 10000"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages",
            "content: must be a text or a list of parts of the type text; a bot cannot read image_url",
        ),
        ({"messages": [{"role": "user", "content": ["a"]}]}, "messages", "cannot read other things"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages", "must have a text"),
        ({"n": 0}, "n", "must be at least 1"),
        ({"n": 11}, "n", "must be at most 10"),
        ({"n": "2"}, "n", "must be a whole number"),
        ({"temperature": 2.1}, "temperature", "must be at most 2.0"),
        ({"top_p": "all"}, "top_p", "must be a number"),
        ({"seed": 1.5}, "seed", "must be a whole number"),
        ({"max_tokens": 0}, "max_tokens", "must be at least 1"),
        ({"stream": "yes"}, "stream", "must be true or false"),
        ({"stream_options": {"include_usage": 1}}, "stream_options", "must be true or false"),
        ({"tools": [{"type": "function"}]}, "tools", "asks for what a bot cannot do"),
        ({"tool_choice": "required"}, "tool_choice", "asks for what a bot cannot do"),
        ({"functions": [{"name": "f"}]}, "functions", "asks for what a bot cannot do"),
        ({"response_format": {"type": "json_object"}}, "response_format", "asks for what a bot cannot do"),
        ({"logprobs": True}, "logprobs", "asks for what a bot cannot do"),
        ({"top_logprobs": 3}, "top_logprobs", "asks for what a bot cannot do"),
        ({"audio": {"voice": "alloy"}}, "audio", "asks for what a bot cannot do"),
        ({"modalities": ["text", "audio"]}, "modalities", "asks for what a bot cannot do"),
    ],
)
def test_bad_input_is_refused_in_openais_form_and_names_its_field(active, complete, fields, param, complaint):
    response = complete(**fields)

    error = response.json()["error"]
    assert response.status_code == 400
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, "invalid_value")
    assert error["message"].startswith(f"{param}: ")
    assert complaint in error["message"]


def test_what_is_wrong_with_a_streamed_question_has_its_own_status(active, complete):
    assert complete(stream=True, model="nobody").status_code == 404
    assert complete(stream=True, n=11).json()["error"]["param"] == "n"


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_below_v1_fails_in_openais_form(active, client, method):
    def error_of(response):
        return response.status_code, response.json()["error"]["type"], response.json()["error"]["code"]

    send = getattr(client, method)
    assert error_of(client.get("/v1/models/a%00b")) == (404, "invalid_request_error", "model_not_found")
    assert error_of(send("/v1/nothing")) == (404, "invalid_request_error", None)
    wrong = URL if method == "get" else "/v1/models"
    assert error_of(send(wrong)) == (405, "invalid_request_error", "method_not_supported")
    assert send(wrong).headers["Allow"]
    assert error_of(getattr(APIClient(), method)(URL)) == (401, "invalid_request_error", "invalid_api_key")


def test_a_body_that_is_no_json_is_refused_in_openais_form(active, client):
    def error_of(body, content_type="application/json"):
        response = client.post(URL, body, content_type=content_type)
        return response.status_code, response.json()["error"]["code"]

    assert error_of(b"{") == (400, "not_json")
    assert error_of(b"[]") == (400, "invalid_value")
    assert error_of(b'{"model": "' + b"a" * 1_100_000 + b'"}') == (413, "too_large")
    assert error_of("model=default", "application/x-www-form-urlencoded") == (415, "unsupported_media_type")


def test_too_many_wrong_passwords_are_told_in_openais_form(active, user):
    client = APIClient()
    for _ in range(11):
        response = client.post(URL, {}, format="json", headers={"Authorization": "Basic cmVhZGVyOng="})

    assert (response.status_code, response.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert int(response.headers["Retry-After"]) > 0


def test_what_nobody_expected_says_no_more_than_a_request_id(active, complete, monkeypatch):
    monkeypatch.setattr("api.chat_completion_views.chat_completion", lambda **_: 1 / 0)

    response = complete()

    assert response.status_code == 500
    assert response.json()["error"]["type"] == "server_error"
    assert response.headers["X-Request-ID"] in response.json()["error"]["message"]


def test_a_key_for_one_bot_names_no_other(active, client, user):
    other = Bot.objects.create(name="other", active=active.active)
    key = ApiKey(owner=user, name="x", bot=other)
    key.set_new_key()
    key.save()
    client.force_authenticate(user, token=key)

    for model in ("default", "nobody"):
        response = client.post(URL, {"model": model, "messages": HELLO}, format="json")
        assert (response.status_code, response.json()["error"]["type"]) == (403, "permission_error")
    assert client.post(URL, {"model": "other", "messages": HELLO}, format="json").status_code == 200
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["other"]
    assert client.get("/v1/models/default").status_code == 403
