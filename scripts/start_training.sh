#!/usr/bin/env bash
# Starts a Celery worker that does the jobs, and the sweeper beside it; both end with Ctrl-C.
# For a machine on which `make run` does not run: CHATBOT_REDIS_URL and CHATBOT_DATABASE_URL name the shared ones.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python manage.py prepare
.venv/bin/python manage.py sweep_jobs &
sweeper=$!
trap 'kill "$sweeper" 2>/dev/null || true' EXIT
.venv/bin/python -m celery -A chatbot worker --queues "${CHATBOT_QUEUES:-preprocess,train}" --loglevel INFO "$@"
