"""Whether questions can be answered, and what else is amiss."""

import os
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from answering.responder import Responder
from api.responders import is_refused, loaded_for
from training.models import TrainedModel, Worker
from training.models.bot import DEFAULT_BOT
from training.services.sending import redis_connection

REDIS_TIMEOUT_SECONDS = 1.0
LEAST_FREE_BYTES = 500_000_000
# Without these no question can be answered.
NEEDED = ("database", "model")


def readiness(*, for_jobs: bool) -> tuple[bool, dict[str, Any]]:
    """Return whether to answer 200, and the state of every part."""
    checks = {"database": check_database()}
    checks["model"] = check_model() if checks["database"] == "ok" else "unknown"
    checks["redis"] = check_redis()
    checks["workers"] = check_workers() if checks["database"] == "ok" else "unknown"
    checks["disk"] = check_disk()
    needed = checks if for_jobs else {name: checks[name] for name in NEEDED}
    is_ready = all(state == "ok" for state in needed.values())
    degraded = any(state != "ok" for state in checks.values())
    cache = cache_use() if checks["model"] == "ok" else {}
    return is_ready, {"ready": is_ready, "degraded": degraded, "checks": checks, "answer_cache": cache}


def check_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def check_model() -> str:
    if loaded_for(DEFAULT_BOT):
        return "ok"
    if is_refused(DEFAULT_BOT):
        return "the active trained model cannot be loaded"
    is_active = TrainedModel.objects.filter(active_for__name=DEFAULT_BOT).exists()
    return "the active trained model is being loaded" if is_active else "no trained model is active"


def cache_use() -> dict[str, int]:
    """Return how often this process had the default bot's answer at hand, since its model was loaded."""
    loaded = loaded_for(DEFAULT_BOT)
    if loaded is None or not isinstance(loaded.responder, Responder):
        return {}
    return {"hits": loaded.responder.cache.hits, "misses": loaded.responder.cache.misses}


def check_redis() -> str:
    try:
        with redis_connection(REDIS_TIMEOUT_SECONDS) as redis:
            redis.ping()
    except (RedisError, OSError):
        return "does not answer"
    return "ok"


def check_workers() -> str:
    return "ok" if any(worker.is_present for worker in Worker.objects.all()) else "none is running"


def check_disk() -> str:
    directory = Path(settings.DATA_DIR)
    if not os.access(directory, os.W_OK):
        return "the data directory cannot be written"
    free = shutil.disk_usage(directory).free
    return "ok" if free >= LEAST_FREE_BYTES else f"only {free // 1_000_000} MB are free"
