#!/usr/bin/env bash
# Shows the curves of every run at http://127.0.0.1:6006/ (another port: scripts/start_tensorboard.sh --port 7007).
set -euo pipefail
cd "$(dirname "$0")/.."
runs="${CHATBOT_DATA_DIR:-$PWD}/save"
if [[ ! -x .venv/bin/tensorboard ]]; then
  echo "TensorBoard must be installed. Run: make install" >&2
  exit 1
fi
exec .venv/bin/tensorboard --logdir "$runs" --host 127.0.0.1 "$@"
