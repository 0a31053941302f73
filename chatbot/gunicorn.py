"""gunicorn's settings: two processes for two cores, threads for slow clients, a model loaded before the first
question. No preload: an ONNX session does not survive a fork.
"""

import os
from typing import Any

bind = f"{os.environ.get('CHATBOT_BIND') or '127.0.0.1'}:{os.environ.get('CHATBOT_PORT') or '8000'}"
worker_class = "gthread"
workers = 2
# Of these, 32 at most work on questions or wait for that (api/admission.py).
threads = 40
preload_app = False
# Liveness of a worker process, not of a request.
timeout = 60
graceful_timeout = 5
keepalive = 5
limit_request_line = 8190
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    from django.db import DatabaseError

    from api.responders import warm_up

    try:
        warm_up()
    except DatabaseError as error:
        # The first question tries again; /readyz says what is amiss until then.
        worker.log.warning("No model was loaded at the start: %s", error)
