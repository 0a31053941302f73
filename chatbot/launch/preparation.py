"""What an installation needs before its first start: database, secret key, administrator. Safe to repeat."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from chatbot.launch.files import make_private_directory, write_private
from preprocessing.errors import ChatbotError

ADMIN_NAME = "admin"


def prepare() -> str | None:
    """Bring the data directory up to date; return the first administrator's password if just made."""
    make_data_directories()
    with preparation_lock():
        copy_sample_database()
        keep_secret_key()
        call_command("migrate", verbosity=0, interactive=False)
        return make_first_administrator()


def run_directory() -> Path:
    return Path(settings.DATA_DIR) / "run"


def log_directory() -> Path:
    return Path(settings.DATA_DIR) / "logs"


def password_file() -> Path:
    return Path(settings.DATA_DIR) / "admin-password"


def make_data_directories() -> None:
    make_private_directory(run_directory())
    for name in ("data", "save", "logs"):
        (Path(settings.DATA_DIR) / name).mkdir(parents=True, exist_ok=True)


def lock_data_directory() -> IO[str]:
    """Let one `make run` use a data directory at a time; hold the result as long as it does."""
    lock = (run_directory() / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise ChatbotError(
            f"Another copy is running with {settings.DATA_DIR}. End it first, or give this one a folder of "
            "its own: CHATBOT_DATA_DIR=/some/folder CHATBOT_PORT=8001 make run"
        ) from None
    return lock


@contextmanager
def preparation_lock() -> Iterator[None]:
    """Let two copies that start at once prepare one after the other."""
    with (run_directory() / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def copy_sample_database() -> None:
    """Start from the sample, which has every migration applied already: that saves seconds."""
    database = Path(str(settings.DATABASES["default"]["NAME"]))
    if connection.vendor != "sqlite" or database.exists():
        return
    partial = database.with_name(f"{database.name}.{os.getpid()}.partial")
    shutil.copyfile(settings.BASE_DIR / "db.sqlite3.sample", partial)
    partial.chmod(0o600)
    partial.replace(database)


def keep_secret_key() -> None:
    path = Path(settings.DATA_DIR) / "secret-key"
    if not settings.CONFIGURATION.secret_key and not path.exists():
        write_private(path, secrets.token_urlsafe(50) + "\n")


def make_first_administrator() -> str | None:
    """Make the first administrator where there is no superuser; an existing one is never touched."""
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return None
    password = os.environ.get("CHATBOT_ADMIN_PASSWORD") or secrets.token_urlsafe(12)
    write_private(password_file(), password + "\n")
    users.create_superuser(ADMIN_NAME, password=password)
    return password
