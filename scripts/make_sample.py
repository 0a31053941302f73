"""Makes db.sqlite3.sample: every migration applied, the default bot, no user, key or session."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "CHATBOT_DATA_DIR": directory, "CHATBOT_DATABASE_URL": ""}
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        with sqlite3.connect(Path(directory) / "db.sqlite3") as database:
            # One file without a log beside it, as small as it can be.
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("VACUUM")
        database.close()
        (Path(directory) / "db.sqlite3").replace(ROOT / "db.sqlite3.sample")


if __name__ == "__main__":
    main()
