"""Where Redis and the database are: a variable names a real one, else the embedded one is meant."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import environ

from preprocessing.errors import SettingsError

REDIS_URL_FILE = "redis-url"


def redis_url(environment: Mapping[str, str], data_directory: Path) -> str:
    """Return the address of Redis; that of the embedded one is written down when it starts."""
    named = environment.get("CHATBOT_REDIS_URL", "")
    if named:
        return checked_redis_url(named)
    written = data_directory / "run" / REDIS_URL_FILE
    if written.is_file():
        return written.read_text(encoding="ascii").strip()
    return f"unix://{data_directory / 'run' / 'redis.sock'}"


def checked_redis_url(url: str) -> str:
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError(
            "CHATBOT_REDIS_URL must start with redis://, rediss:// or unix://. "
            f"Received {url.split('@')[-1]!r}. Leave it empty to use the embedded Redis."
        )
    return url


def broker_url(url: str) -> str:
    """Return `url` in kombu's spelling: its scheme for a Unix socket is another than redis-py's."""
    return url.replace("unix://", "redis+socket://", 1)


def database(environment: Mapping[str, str], data_directory: Path) -> dict[str, Any]:
    named = environment.get("CHATBOT_DATABASE_URL", "")
    if named:
        config: dict[str, Any] = environ.Env.db_url_config(named)
    else:
        config = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(data_directory / "db.sqlite3")}
    if config.get("ENGINE") == "django.db.backends.sqlite3":
        # Threads and worker processes of a test see one database, which an in-memory one would not give.
        config["TEST"] = {"NAME": str(data_directory / "test.sqlite3")}
        # Opening it for each request took a tenth of the request.
        config["CONN_MAX_AGE"] = 60
        # Writers queue up instead of failing half-way, and readers never wait for them.
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # Pages are cached for each of forty threads' connections: a quarter of a megabyte, not two.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-256;",
        }
    return config
