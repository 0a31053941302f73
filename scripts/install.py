"""Makes the virtual environment and installs the pinned packages; says in one sentence what is in the way.

Runs on the system's Python before anything is installed, so it needs the standard library only and must
be readable by a Python that is too old. Installed once for each content of the lock file.
"""

from __future__ import print_function

import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)  # the newest for which TensorFlow has wheels
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENVIRONMENT = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(ENVIRONMENT, "bin", "python")
NEEDED_BYTES = 4 * 1024**3


def stop(sentence):
    print("install: " + sentence, file=sys.stderr)
    sys.exit(1)


def check_python():
    version = tuple(sys.version_info[:2])
    if not OLDEST <= version <= NEWEST:
        stop(
            "Python %d.%d to %d.%d is needed, this is %d.%d. Install one and name it: "
            "make PYTHON=python3.12 run" % (OLDEST + NEWEST + version)
        )


def stamp_path(lock):
    with open(lock, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()[:16]
    return os.path.join(ENVIRONMENT, "installed-%s-%s" % (os.path.basename(lock), digest))


def make_environment():
    if os.path.exists(PYTHON):
        return
    if shutil.disk_usage(ROOT).free < NEEDED_BYTES:
        stop("The packages need 4 GB on disk and less is free. Free some space, then try again.")
    made = subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        stop(
            "Python's venv module could not make .venv. On Debian or Ubuntu: apt install python%d.%d-venv"
            % sys.version_info[:2]
        )


def install(lock):
    # The lock names every package, so nothing has to be resolved.
    command = [PYTHON, "-m", "pip", "install", "--no-deps", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--quiet", "--requirement", lock]
    pip = subprocess.run(command, capture_output=True, text=True)
    if pip.returncode:
        stop(reason_of(pip.stdout + pip.stderr))


def reason_of(output):
    lowered = output.lower()
    if "no space left" in lowered:
        return "The disk is full. Free 4 GB, then try again."
    if any(sign in lowered for sign in ("connection", "resolve", "timed out", "network", "unreachable")):
        return "The package index could not be reached. Check the network (or pip's proxy), then try again."
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    return "pip could not install the packages. " + (errors or [output.strip()[-300:]])[0]


def main(lock_name):
    check_python()
    lock = os.path.join(ROOT, lock_name)
    make_environment()
    stamp = stamp_path(lock)
    if os.path.exists(stamp):
        return
    print("Installing the packages of %s (once; some minutes) ..." % lock_name)
    sys.stdout.flush()
    try:
        install(lock)
        open(stamp, "w").close()
    except OSError as error:
        stop("%s. Mend that, then try again." % error)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
