"""Bundles are asked in a process of their own, which keeps their memory and their crashes to itself."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from answering.asking import FirstAnswer
from answering.errors import BundleError
from training.services.bundles import PROJECT_DIRECTORY, TRIAL_SECONDS, trial_failure

# A short answer takes some milliseconds; what takes longer than this for each of many never ends.
SECONDS_A_QUESTION = 1


def ask_bundle(directory: Path, questions: Sequence[str], language: str = "") -> list[FirstAnswer]:
    """Return a bundle's first answer to each question, in their order.

    Raises:
        BundleError: it cannot be opened or answered, crashed, or took too long.
    """
    if not questions:
        return []
    seconds = TRIAL_SECONDS + SECONDS_A_QUESTION * len(questions)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "answering.asking", str(directory)],
            cwd=PROJECT_DIRECTORY,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            input=json.dumps({"questions": list(questions), "language": language}).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BundleError(
            f"A bundle must answer {len(questions):,} questions within {seconds:,} s; this one did not."
        ) from None
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        raise BundleError(trial_failure(said, done.returncode))
    return [FirstAnswer(**answer) for answer in json.loads(said.splitlines()[-1])["answers"]]
