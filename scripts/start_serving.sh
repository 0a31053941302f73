#!/usr/bin/env bash
# Starts the web server alone, at CHATBOT_PORT (8000): what a machine needs that only answers.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python manage.py prepare
exec .venv/bin/python -m gunicorn -c chatbot/gunicorn.py chatbot.wsgi "$@"
