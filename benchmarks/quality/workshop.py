"""Where a quality run works, by the commands that users have; it goes on where it was stopped."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.tables import ROOT

SECONDS_BETWEEN = 10
UNFINISHED = ("running", "queued")


@dataclass(frozen=True)
class Workshop:
    """What was done is noted in `steps.json`; a step that is there is not done again."""

    directory: Path

    @cached_property
    def steps(self) -> dict[str, Any]:
        path = self.directory / "steps.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def note(self, name: str, value: Any) -> Any:
        self.steps[name] = value
        (self.directory / "steps.json").write_text(json.dumps(self.steps, indent=1), encoding="utf-8")
        return value

    def step(self, name: str, do: Callable[[], Any]) -> Any:
        """Return what a step gave, now or before."""
        if name in self.steps:
            return self.steps[name]
        started = time.monotonic()
        given = do()
        self.note(f"{name}: minutes", round((time.monotonic() - started) / 60, 1))
        return self.note(name, given)

    def prepared(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.step("database", lambda: self.manage("migrate", "-v0"))

    def dataset(self, name: str, corpus: Path, *options: str) -> int:
        """Return the id of a dataset made from a corpus."""

        def make() -> int:
            done = json.loads(self.manage("preprocess", name, str(corpus), "--here", "--json", *options))
            return int(done["datasets"][0])

        return int(self.step(f"dataset {name}", make))

    def mixed_dataset(self, name: str, weights: dict[str, float], *options: str) -> int:
        """Return the id of a dataset made from several known corpora."""
        corpora = [word for one, weight in weights.items() for word in ("--corpus", f"{one}={weight:g}")]

        def make() -> int:
            done = json.loads(self.manage("preprocess", name, *corpora, "--here", "--json", *options))
            return int(done["datasets"][0])

        return int(self.step(f"dataset {name}", make))

    def trained(self, name: str, dataset: int, *options: str) -> int:
        """Return the id of a trained model; a training that was stopped goes on."""

        def train() -> int:
            begun = self.begun(name)
            command = (
                ("resume_job", str(begun)) if begun else ("train", str(dataset), "--no-evaluate", *options)
            )
            self.note("begun", name)
            done = json.loads(self.manage(*command, "--here", "--json"))
            return int(done["trained_models"][0])

        return int(self.step(f"trained {name}", train))

    def begun(self, name: str) -> int | None:
        """Return the id of the job that trained under this name until it was stopped."""
        if self.steps.get("begun") != name:
            return None
        while True:
            job = next((job for job in self.jobs() if job["kind"] == "train"), None)
            if job is None or job["state"] == "succeeded":
                return None
            if job["state"] not in UNFINISHED:
                return int(job["id"])
            # One that was killed is found dead when its heartbeat is old.
            self.manage("sweep_jobs", "--once")
            if job["state"] == "queued":
                self.manage("cancel_job", str(job["id"]))
            time.sleep(SECONDS_BETWEEN)

    def jobs(self) -> list[dict[str, Any]]:
        return list(json.loads(self.manage("list_jobs", "--json")))

    def composed(self, name: str, *parts: int) -> int:
        """Return the id of a trained model that joins the parts of others."""

        def compose() -> int:
            done = self.manage("compose", *map(str, parts), "--name", name, "--json")
            return int(json.loads(done)["id"])

        return int(self.step(f"composed {name}", compose))

    def evaluated(self, name: str, trained_model: int, *options: str) -> dict[str, Any]:
        """Return the report of a trained model."""
        path = self.directory / f"{name.replace(' ', '-')}.json"

        def evaluate() -> str:
            self.manage("evaluate", str(trained_model), "--json", str(path), *options)
            return path.name

        self.step(f"evaluated {name}", evaluate)
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def manage(self, *arguments: str) -> str:
        """Run a command of the project here; what it tells of its progress is seen.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        environment = {**os.environ, "CHATBOT_DATA_DIR": str(self.directory.resolve())}
        print(f"$ manage.py {' '.join(arguments)}", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout
