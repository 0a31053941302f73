"""Loaded before Django's settings: tests write into a folder of their own and see no CHATBOT_* variable."""

import atexit
import os
import shutil
import tempfile

for name in [name for name in os.environ if name.startswith("CHATBOT_") and name != "CHATBOT_RESEARCH_DATA"]:
    del os.environ[name]
os.environ["CHATBOT_DATA_DIR"] = tempfile.mkdtemp(prefix="chatbot-tests-")
# Two test processes share two cores: a matrix library's own threads would only fight.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
atexit.register(shutil.rmtree, os.environ["CHATBOT_DATA_DIR"], ignore_errors=True)
