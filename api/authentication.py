"""Who asks: an API key, a name and password, or a session."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, BasicAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.request import Request

from api.credentials import credentials, failures
from api.models import ApiKey, digest

logger = logging.getLogger(__name__)
KEY_SCHEMES = ("token", "bearer")
LAST_USE_PRECISION = timedelta(minutes=1)
LONGEST_KEY = 200
# A question must not wait for a write to the database.
_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="api-key-use")


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Token KEY` or `Bearer KEY`; `request.auth` is the key's row."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in KEY_SCHEMES:
            return None
        api_key = find_key(key.strip())
        if api_key is None:
            raise AuthenticationFailed("The API key is not valid: unknown, expired, or of an inactive user.")
        check_origin(api_key, request.headers.get("Origin"))
        note_use(api_key)
        return api_key.owner, api_key

    def authenticate_header(self, request: Request) -> str:
        # A browser would answer a Basic challenge to the chat page's script with a dialogue of its own.
        is_script = bool(request.headers.get("X-Requested-With"))
        return 'Bearer realm="chatbot"' if is_script else 'Basic realm="chatbot"'


def find_key(key: str) -> ApiKey | None:
    if not key or len(key) > LONGEST_KEY:
        return None
    found = ApiKey.objects.select_related("owner", "bot").filter(digest=digest(key)).first()
    if found is None or found.is_expired or not found.owner.is_active:
        return None
    return found


def check_origin(api_key: ApiKey, origin: str | None) -> None:
    if origin and api_key.origins and origin not in api_key.origins:
        raise PermissionDenied(f"This API key may not be used from {origin}.")


def note_use(api_key: ApiKey) -> None:
    """Write the last use down, at most once a minute, behind the answer's back."""
    now = timezone.now()
    if api_key.last_used_at is None or now - api_key.last_used_at > LAST_USE_PRECISION:
        _writer.submit(write_use, api_key.pk, now)


def write_use(key_id: int, moment: Any) -> None:
    try:
        ApiKey.objects.filter(pk=key_id).update(last_used_at=moment)
    except Exception:
        logger.warning("The last use of API key %s could not be written.", key_id, exc_info=True)
    finally:
        connection.close()


class RememberedBasicAuthentication(BasicAuthentication):
    """HTTP Basic whose right passwords are remembered for a minute."""

    www_authenticate_realm = "chatbot"

    def authenticate_credentials(
        self, userid: str, password: str, request: Any = None
    ) -> tuple[AbstractBaseUser, None]:
        users = get_user_model()
        named = users._default_manager.filter(**{users.USERNAME_FIELD: userid})
        # PostgreSQL does not even compare with a text that holds NUL.
        user = None if "\0" in userid else named.first()
        address = address_of(request)
        if not is_remembered(user, userid, password):
            with credentials.turn(userid, address):
                if not is_remembered(user, userid, password):
                    check_password_slowly(user, userid, password, address)
        assert user is not None
        return user, None


def is_remembered(user: Any, name: str, password: str) -> bool:
    return user is not None and user.is_active and credentials.knows(name, password, user.password)


def check_password_slowly(user: Any, name: str, password: str, address: str) -> None:
    """Pay for a hash, unless this name was tried wrongly too often from this address."""
    wait = failures.seconds_to_wait(name, address)
    if wait > 0:
        raise Throttled(wait=wait, detail="Too many wrong passwords. Wait, then try again.")
    if user is None:
        # As slow as for a known name, so that names cannot be found out.
        make_password(password)
    elif user.check_password(password) and user.is_active:
        credentials.remember(name, password, user.password)
        return
    failures.add(name, address)
    raise AuthenticationFailed("The name or the password is wrong.")


def address_of(request: Any) -> str:
    return str(request.META.get("REMOTE_ADDR", "")) if request is not None else ""


class JsonSessionAuthentication(SessionAuthentication):
    """The chat page's session, with Django's CSRF check."""
