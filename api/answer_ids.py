"""Ids of answers: signed, so that only who got an answer can say what they think of it."""

import hashlib
import hmac
import json
import uuid

from django.conf import settings

SIGNATURE_LENGTH = 24


def new_id(user_id: int | None, bot_id: int, question: str) -> str:
    """Return an id for the answer to a question that an account asked a bot."""
    random = uuid.uuid4().hex
    return random + signature(random, user_id, bot_id, question)


def is_id_of(given: str, user_id: int | None, bot_id: int, question: str) -> bool:
    """Whether this id went out with an answer to this question, of this bot, to this account."""
    random, signed = given[:-SIGNATURE_LENGTH], given[-SIGNATURE_LENGTH:]
    return hmac.compare_digest(signed.encode(), signature(random, user_id, bot_id, question).encode())


def signature(random: str, user_id: int | None, bot_id: int, question: str) -> str:
    content = json.dumps([random, user_id, bot_id, question])
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()[:SIGNATURE_LENGTH]
