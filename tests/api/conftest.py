"""A client, a user, a bot that answers from a toy bundle."""

import json

import pytest
from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from api import authentication, conversation_log, credentials, own_answers, responders
from tests.answering.conftest import write_toy_bundle
from training.models import Bot, TrainedModel
from training.services.bots import bot_activate

PASSWORD = "a good password"
URL = "/api/v1/question"


@pytest.fixture(autouse=True)
def fresh_process(settings, monkeypatch):
    """Nothing remembered from another test, and no thread that looks into its database."""
    monkeypatch.setattr(authentication._writer, "submit", lambda *_: None)
    monkeypatch.setattr(conversation_log.conversation_log, "_start", lambda: None)
    conversation_log.conversation_log._waiting.queue.clear()
    conversation_log.conversation_log._early_ratings.queue.clear()
    own_answers.forget_all()
    settings.RESPONDER_POLL_SECONDS = 3600.0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    credentials.credentials.forget_all()
    credentials.failures.forget_all()
    yield
    responders.forget_all()


@pytest.fixture
def user(db):
    return get_user_model().objects.create_user("reader", password=PASSWORD)


@pytest.fixture
def bot(db):
    return Bot.objects.get_or_create(name="default")[0]


@pytest.fixture
def trained_model(data_directory):
    write_toy_bundle(data_directory / "save" / "toy" / "bundle")
    return TrainedModel.objects.create(name="toy", architecture="toy", directory="save/toy/bundle")


@pytest.fixture
def active(bot, trained_model):
    """The default bot answers from the toy bundle."""
    bot_activate(bot=bot, trained_model=trained_model)
    bot.refresh_from_db()
    return bot


@pytest.fixture
def client(user):
    made = APIClient()
    made.force_authenticate(user)
    return made


@pytest.fixture
def ask(client):
    def post(content=None, **headers):
        body = content if isinstance(content, bytes | str) else json.dumps(content)
        return client.post(URL, body, content_type="application/json", headers=headers)

    return post


@pytest.fixture
def post(client):
    """Send JSON to any address of the API."""

    def send(address, content, **headers):
        return client.post(
            f"/api/v1/{address}", json.dumps(content), content_type="application/json", headers=headers
        )

    return send
