import base64
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from api import authentication, credentials
from api.authentication import RememberedBasicAuthentication
from api.models import ApiKey, digest
from tests.api.conftest import PASSWORD, URL

pytestmark = pytest.mark.django_db


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def ask_as(active):
    def post(authorization=None, **headers):
        given = {"Authorization": authorization} if authorization else {}
        return APIClient().post(URL, {"message": "hello"}, format="json", headers={**given, **headers})

    return post


@pytest.fixture
def key(user):
    row = ApiKey(owner=user, name="test")
    text = row.set_new_key()
    row.save()
    return text


@pytest.fixture
def hashes(monkeypatch):
    """Count how often a password is hashed."""
    counted = []
    original = authentication.check_password_slowly

    def count(*arguments):
        counted.append(1)
        return original(*arguments)

    monkeypatch.setattr(authentication, "check_password_slowly", count)
    return counted


def test_a_name_and_its_password_are_let_in(ask_as, user):
    assert ask_as(basic("reader", PASSWORD)).status_code == 200


def test_a_password_is_hashed_once_a_minute(ask_as, user, hashes, monkeypatch):
    for _ in range(3):
        assert ask_as(basic("reader", PASSWORD)).status_code == 200
    assert len(hashes) == 1

    later = credentials.time.monotonic() + 61
    monkeypatch.setattr(credentials.time, "monotonic", lambda: later)
    assert ask_as(basic("reader", PASSWORD)).status_code == 200
    assert len(hashes) == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_pay_for_one_hash(user, hashes):
    user.set_password(PASSWORD)
    user.save()

    def come():
        RememberedBasicAuthentication().authenticate_credentials("reader", PASSWORD)
        connection.close()

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(hashes) == 1


def test_a_changed_password_ends_the_old_one_at_once(ask_as, user):
    assert ask_as(basic("reader", PASSWORD)).status_code == 200
    user.set_password("another")
    user.save()

    assert ask_as(basic("reader", PASSWORD)).status_code == 401
    assert ask_as(basic("reader", "another")).status_code == 200


def test_a_deactivated_user_is_out_at_once(ask_as, user):
    assert ask_as(basic("reader", PASSWORD)).status_code == 200
    user.is_active = False
    user.save()

    assert ask_as(basic("reader", PASSWORD)).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        basic("reader", "wrong"),
        basic("nobody", "x"),
        "Basic !!!",
        "Basic",
        "Token wrong",
        "Bearer",
        "Token " + "x" * 500,
    ],
)
def test_no_or_wrong_credentials_are_401_in_the_apis_form(ask_as, user, authorization):
    response = ask_as(authorization)

    assert (response.status_code, response.json()["rc"]) == (401, 1)
    assert response.json()["code"] == "not_authenticated"
    assert response.headers["WWW-Authenticate"] == 'Basic realm="chatbot"'


def test_a_browsers_script_gets_no_challenge_that_opens_a_dialogue(ask_as):
    assert ask_as(**{"X-Requested-With": "fetch"}).headers["WWW-Authenticate"].startswith("Bearer")


def test_wrong_passwords_are_throttled_before_hashing_and_hurt_nobody_else(ask_as, user, monkeypatch):
    assert ask_as(basic("reader", PASSWORD)).status_code == 200
    for _ in range(credentials.FAILURES_ALLOWED):
        assert ask_as(basic("reader", "wrong")).status_code == 401
    monkeypatch.setattr(type(user), "check_password", lambda *_: pytest.fail("hashed all the same"))

    response = ask_as(basic("reader", "wrong"))

    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert 0 < int(response.headers["Retry-After"]) <= 60
    # Who is remembered gets in, and so does another name.
    assert ask_as(basic("reader", PASSWORD)).status_code == 200
    assert ask_as(basic("nobody", "x")).status_code == 401


def test_memory_is_bounded():
    memory = credentials.CredentialMemory()
    for number in range(credentials.MAX_ENTRIES + 10):
        memory.remember(str(number), "p", "h")

    assert not memory.knows("0", "p", "h")
    assert memory.knows(str(credentials.MAX_ENTRIES), "p", "h")


def test_parts_of_a_credential_are_not_mixed_up():
    memory = credentials.CredentialMemory()
    memory.remember("ab", "c", "h")

    assert memory.knows("ab", "c", "h")
    assert not memory.knows("a", "bc", "h")


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "bearer"])
def test_an_api_key_is_let_in(ask_as, key, scheme):
    assert ask_as(f"{scheme} {key}").status_code == 200


def test_only_a_digest_of_a_key_is_kept(key):
    row = ApiKey.objects.get()

    assert row.digest == digest(key)
    assert key not in str(vars(row))


def test_an_expired_key_and_one_of_an_inactive_user_are_refused(ask_as, key, user):
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ask_as(f"Token {key}").status_code == 401

    ApiKey.objects.update(expires_at=None)
    user.is_active = False
    user.save()
    assert ask_as(f"Token {key}").status_code == 401


def test_a_key_may_be_bound_to_origins_and_scopes(ask_as, key):
    ApiKey.objects.update(origins=["https://good.example"])
    assert ask_as(f"Token {key}", Origin="https://evil.example").status_code == 403
    assert ask_as(f"Token {key}", Origin="https://good.example").status_code == 200

    ApiKey.objects.update(origins=[], scopes=["feedback"])
    assert ask_as(f"Token {key}").status_code == 403


def test_last_use_is_noted_at_most_once_a_minute(ask_as, key, monkeypatch):
    noted = []
    monkeypatch.setattr(authentication._writer, "submit", lambda *arguments: noted.append(arguments))

    ask_as(f"Token {key}")
    ApiKey.objects.update(last_used_at=timezone.now())
    ask_as(f"Token {key}")

    assert len(noted) == 1


@pytest.mark.django_db(transaction=True)
def test_the_writers_thread_notes_the_last_use(key):
    now = timezone.now()

    authentication.write_use(ApiKey.objects.get().pk, now)

    assert ApiKey.objects.get().last_used_at == now


def test_the_command_makes_a_key_that_works(ask_as, user, capsys):
    call_command("create_api_key", "script", "--user", "reader", "--expires-days", "3")
    text = capsys.readouterr().out.strip()

    assert ask_as(f"Token {text}").status_code == 200
    assert ApiKey.objects.get().expires_at is not None


def test_a_session_needs_its_csrf_token(active, user):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)

    response = client.post(URL, {"message": "hello"}, format="json")

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
