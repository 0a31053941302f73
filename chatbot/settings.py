"""All settings. A fresh checkout runs on the defaults; `CHATBOT_*` variables and config.ini change them."""

import os
import secrets
from pathlib import Path

from chatbot.addresses import broker_url, database, redis_url
from preprocessing.errors import SettingsError
from training.configuration_file import read_configuration


def environment_flag(name: str) -> bool:
    value = os.environ.get(name, "")
    if value not in ("", "0", "1"):
        raise SettingsError(f"{name} must be 0 or 1. Received {value!r}.")
    return value == "1"


def environment_number(name: str, default: int, minimum: int, maximum: int) -> int:
    value = os.environ.get(name, "") or str(default)
    if not value.isascii() or not value.isdigit() or not minimum <= int(value) <= maximum:
        raise SettingsError(f"{name} must be a whole number from {minimum} to {maximum}. Received {value!r}.")
    return int(value)


def secret_key() -> str:
    """Return the configured key, else the kept one, else one for this process alone.

    `manage.py prepare` keeps one; importing the settings writes nothing, since type checkers do it too.
    """
    if CONFIGURATION.secret_key:
        return CONFIGURATION.secret_key
    kept = DATA_DIR / "secret-key"
    return kept.read_text(encoding="ascii").strip() if kept.is_file() else secrets.token_urlsafe(50)


BASE_DIR = Path(__file__).resolve().parent.parent
# Everything the program writes lies below this folder.
DATA_DIR = Path(os.environ.get("CHATBOT_DATA_DIR") or BASE_DIR).expanduser().resolve()
CONFIGURATION = read_configuration(DATA_DIR / "config.ini", os.environ)

PORT = environment_number("CHATBOT_PORT", 8000, 1, 65535)
DEBUG = environment_flag("CHATBOT_DEBUG")
SECRET_KEY = secret_key()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
if CONFIGURATION.hostname:
    ALLOWED_HOSTS.append(CONFIGURATION.hostname)

# Folders, besides the data directory's own, below which the admin may name a corpus by its path.
CORPUS_ROOTS = [
    Path(root).expanduser().resolve()
    for root in os.environ.get("CHATBOT_CORPUS_ROOTS", "").split(os.pathsep)
    if root
]
MAX_UPLOAD_BYTES = environment_number("CHATBOT_MAX_UPLOAD_MB", 1024, 1, 1_000_000) * 1024 * 1024

INSTALLED_APPS = [
    # Before the admin, whose start page it adds to.
    "training",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "chatbot",
    "api",
]

MIDDLEWARE = [
    "api.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "chatbot.urls"
WSGI_APPLICATION = "chatbot.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "api.interface_texts.interface",
            ],
        },
    },
]

DATABASES = {"default": database(os.environ, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "chat"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
# Static files are served from the installed packages: no collecting step, no second web server.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
    # Its schema page writes styles of its own into the document.
    "EXCLUDE_URL_PREFIXES": ["/api/docs"],
}
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.ApiKeyAuthentication",
        "api.authentication.RememberedBasicAuthentication",
        "api.authentication.JsonSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.negotiation.ForgivingNegotiation",
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJsonParser"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "api.errors.handle_exception",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "DeepQA3",
    "DESCRIPTION": (
        "Ask a bot that was trained on your own conversations.\n\n"
        'Errors are `{"rc": 1, "errmsg": "...", "code": "..."}`; below `/v1/` they have OpenAI\'s form. Each '
        "response carries `X-Request-ID`; those with the status 429 or 503 say in `Retry-After` when to try "
        "again."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # it would only say each value twice
}
# A question's body; longer is refused before it is read.
MAX_BODY_BYTES = 64 * 1024
# That of many questions together.
MAX_BATCH_BYTES = 1024 * 1024
MAX_MESSAGE_CHARACTERS = 10_000

REDIS_URL = redis_url(os.environ, DATA_DIR)

# Jobs. The row is the truth, a message carries its id only (docs/architecture.md, "Jobs").
CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]  # a pickle is code
CELERY_TASK_ACKS_LATE = True  # a worker that is stopped gives its message back
CELERY_TASK_REJECT_ON_WORKER_LOST = True  # also one that was killed; the row bounds how often
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # no second job waits unseen behind one of hours
CELERY_WORKER_CONCURRENCY = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1  # a fresh process a job: TensorFlow's memory goes back to the system
CELERY_WORKER_POOL_START_METHOD = "spawn"  # TensorFlow does not survive a fork
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # Redis gone: the job ends all the same
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 604_800,  # under it, a job of hours would be delivered twice
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": CONFIGURATION.log_level},
    "loggers": {
        # What a client did wrong is answered, not logged as our failure.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "ERROR"},
    },
}
