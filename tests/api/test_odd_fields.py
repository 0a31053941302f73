"""Every field of every address with values of wrong types, negative, huge and empty ones."""

import base64

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
VALUES = (
    *(None, True, False, "", " ", "x", [], ["x"], {}, {"x": 1}, [[]]),
    *(-1, 0, 1, 2, 1.0, 1.5, -0.0, 11, 10**6, 2**31, 2**63, -(2**63), 10**30, -(10**30)),
    *(1e308, -1e308, 1e-320),
)


def is_text(value):
    return isinstance(value, str) and value.strip() != ""


def is_flag(value):
    return isinstance(value, bool)


def is_options(value):
    return isinstance(value, dict)


def is_whole(least, most):
    return lambda value: type(value) is int and least <= value <= most


def is_number(least, most):
    return lambda value: type(value) in (int, float) and least <= value <= most


def is_one_of(*values):
    return lambda value: isinstance(value, str) and value in values


def or_null(is_right):
    return lambda value: value is None or is_right(value)


def nothing(value):
    return False


ENDLESS = float("inf")
# Address -> a request that is right, and which values are right in each of its fields (docs/api.md).
ADDRESSES = {
    "/api/v1/question": (
        {"message": "hello"},
        {
            **dict.fromkeys(("message", "question", "bot", "model", "session"), is_text),
            **dict.fromkeys(("stream", "explain"), is_flag),
            "mode": is_one_of("generate", "retrieve", "hybrid"),
            "answers": is_whole(1, 10),
            "beam_size": is_whole(1, 20),
            "temperature": is_number(0, 2),
            "top_k": is_whole(0, 1_000_000),
            "top_p": is_number(0.01, 1),
            "seed": is_whole(0, 2**63 - 1),
            "max_tokens": is_whole(1, 10_000),
        },
    ),
    "/api/v1/questions": ({}, {"questions": nothing}),
    "/api/v1/feedback": (
        {"id": "x", "question": "hello", "rating": "good"},
        {
            **dict.fromkeys(("id", "question", "bot", "better"), is_text),
            "rating": is_one_of("good", "bad"),
        },
    ),
    "/api/v1/bots/default/activate": ({}, {"model": is_text}),
    "/v1/chat/completions": (
        {"model": "default", "messages": [{"role": "user", "content": "hello"}]},
        {
            "model": is_text,
            "messages": nothing,
            "n": or_null(is_whole(1, 10)),
            "temperature": or_null(is_number(0, 2)),
            "top_p": or_null(is_number(0, 1)),
            "seed": or_null(is_whole(-ENDLESS, ENDLESS)),
            "max_tokens": or_null(is_whole(1, ENDLESS)),
            "max_completion_tokens": or_null(is_whole(1, ENDLESS)),
            "stream": or_null(is_flag),
            "stream_options": or_null(is_options),
        },
    ),
}
FIELDS = [(address, field) for address, (_, fields) in ADDRESSES.items() for field in fields]


@pytest.fixture
def send(active, django_user_model):
    """Send JSON as somebody who may do everything."""
    client = APIClient()
    client.force_authenticate(django_user_model.objects.create_superuser("root", password="x"))
    return lambda address, content: client.post(address, content, format="json")


@pytest.mark.parametrize(("address", "field"), FIELDS, ids=lambda value: value)
def test_a_field_takes_what_its_kind_takes_and_names_itself_where_it_does_not(send, address, field):
    right, fields = ADDRESSES[address]
    for value in VALUES:
        response = send(address, {**right, field: value})

        if fields[field](value):
            # Of what is well-formed, not all exists.
            assert response.status_code in (200, 404) or is_unknown_answer(response), (value, response)
        else:
            assert response.status_code == 400, (value, response)
            assert complaint(response).startswith(f"{field}: "), (value, complaint(response))


def complaint(response):
    content = response.json()
    return content["errmsg"] if "errmsg" in content else content["error"]["message"]


def is_unknown_answer(response):
    return complaint(response).startswith("id: must be that of an answer")


@pytest.mark.parametrize("content", VALUES)
def test_a_message_of_a_conversation_is_a_text_or_text_parts(send, content):
    messages = [{"role": "user", "content": content}]

    response = send("/v1/chat/completions", {"model": "default", "messages": messages})

    assert response.status_code == (200 if is_text(content) else 400)


@pytest.mark.parametrize("name", ["%00", "%F0%9F%98%80", "%FF", "-1", "a" * 5000, "..%2F..", "%E2%80%AE"])
def test_an_odd_name_in_an_address_is_one_that_does_not_exist(send, client, name):
    assert send(f"/api/v1/bots/{name}/activate", {"model": "toy"}).status_code == 404
    assert send(f"/api/v1/bots/{name}/roll_back", {}).status_code == 404
    assert client.get(f"/v1/models/{name}").status_code == 404


def ask_as(user):
    sent = base64.b64encode(f"{user}:password".encode()).decode()
    return APIClient().post(
        "/api/v1/question", {"message": "hello"}, format="json", headers={"Authorization": f"Basic {sent}"}
    )


@pytest.mark.parametrize("user", ["a\0b", "😀", "\u202e", "a" * 5000, ""])
def test_an_odd_name_of_a_user_is_nobodys(active, user):
    response = ask_as(user)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_a_name_with_nul_never_reaches_a_database_that_knows_none(active, django_assert_num_queries):
    with django_assert_num_queries(0):
        ask_as("a\0b")
