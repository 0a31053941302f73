#!/usr/bin/env bash
# Asks the running server a question: scripts/ask.sh "good to know"
# With an API key where CHATBOT_API_KEY holds one, else as the first administrator.
set -euo pipefail
if [[ $# -ne 1 || -z $1 ]]; then
  echo 'Usage: scripts/ask.sh "good to know"' >&2
  exit 2
fi
project=$(cd "$(dirname "$0")/.." && pwd)
data=${CHATBOT_DATA_DIR:-$project}
python=$project/.venv/bin/python
[[ -x $python ]] || python=python3
body=$("$python" -c 'import json, sys; print(json.dumps({"message": sys.argv[1]}))' "$1")

# A secret never stands on a command line, where other users of the machine see it.
secret() {
  if [[ -n ${CHATBOT_API_KEY:-} ]]; then
    printf 'header = "Authorization: Token %s"\n' "$CHATBOT_API_KEY"
  elif [[ -r $data/admin-password ]]; then
    "$python" -c 'import json, sys; print("user =", json.dumps("admin:" + open(sys.argv[1]).read().strip()))' \
      "$data/admin-password"
  else
    echo "CHATBOT_API_KEY must hold a key, or $data/admin-password must be readable. Make a key with:" \
      "manage.py create_api_key" >&2
    return 1
  fi
}

credentials=$(secret)
answer=$(curl --silent --max-time 30 --config - --header 'Content-Type: application/json' --data-binary "$body" \
  "http://127.0.0.1:${CHATBOT_PORT:-8000}/api/v1/question" <<<"$credentials") || {
  echo "Nothing answers at port ${CHATBOT_PORT:-8000}. Start it with: make run" >&2
  exit 1
}
"$python" -c '
import json, sys
reply = json.loads(sys.argv[1])
if reply["rc"]:
    sys.exit(reply["errmsg"])
print(reply["msg"])
' "$answer"
