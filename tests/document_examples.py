"""The examples of a document, run against a live site: what they print is what the document says.

`python -m tests.document_examples docs/api.md` writes the outputs of all of them anew.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.live_site import LiveSite

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
ASSIGNMENT = re.compile(r"([A-Z_]+)=(\S+)")
DOCUMENTED_URL = "http://127.0.0.1:8000"
# What no two runs print alike; the first three stand in later examples too.
REMEMBERED = ("key", "id", "prefix")
VOLATILE = (*REMEMBERED, "elapsed_ms", "created", "created_at", "hits", "misses")
REQUEST_ID = re.compile(r"(?<=x-request-id: )\S+", re.IGNORECASE)


@dataclass
class Example:
    command: str
    output: list[str] = field(default_factory=list)


def examples_in(block: str) -> list[Example]:
    """Return the commands, which begin with a dollar sign and go on in indented lines, with their outputs."""
    examples: list[Example] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            examples.append(Example(line[2:]))
        elif examples and not examples[-1].output and examples[-1].command.endswith("\\"):
            examples[-1].command += f"\n{line}"
        elif examples:
            examples[-1].output.append(line)
    return examples


class Shell:
    """Runs examples one after the other: what one of them printed, a later one may name."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._variables: dict[str, str] = {}
        self._printed: dict[str, str] = {}

    def run(self, example: Example) -> str:
        """Return what an example prints, remembering what it named otherwise."""
        command = self._named_here(example.command)
        assignment = ASSIGNMENT.fullmatch(command)
        if assignment:
            self._variables[assignment[1]] = assignment[2]
            return ""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self._site.directory,
            env={**self._site.environment, **self._variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        printed = done.stdout
        self._remember("\n".join(example.output), printed)
        return printed

    def named_anew(self, command: str) -> str:
        """Return a command with the ids and keys that were printed this time."""
        for documented, printed in self._printed.items():
            command = command.replace(documented, printed)
        return command

    def _named_here(self, command: str) -> str:
        command = self.named_anew(command).replace(DOCUMENTED_URL, self._site.url)
        return command.replace(".venv/bin/python manage.py", f"{sys.executable} {ROOT / 'manage.py'}")

    def _remember(self, documented: str, printed: str) -> None:
        for name in REMEMBERED:
            pattern = re.compile(rf'"{name}": ?"([^"]+)"')
            found = zip(pattern.findall(documented), pattern.findall(printed), strict=False)
            self._printed.update(found)


def steady(output: str) -> list[str]:
    """Return an output's lines without what no two runs print alike."""
    return [steady_line(line.rstrip()) for line in output.strip().splitlines()]


def steady_line(line: str) -> str:
    prefix, brace, rest = line.partition("{")
    try:
        content, end = json.JSONDecoder().raw_decode(brace + rest)
    except ValueError:
        return REQUEST_ID.sub("…", line)
    return f"{prefix}{json.dumps(steady_content(content), ensure_ascii=False)}{(brace + rest)[end:]}"


def steady_content(content: Any) -> Any:
    if isinstance(content, list):
        return [steady_content(entry) for entry in content]
    if not isinstance(content, dict):
        return content
    return {name: "…" if name in VOLATILE else steady_content(value) for name, value in content.items()}


def outcomes(text: str, site: LiveSite) -> Iterator[tuple[Example, str]]:
    """Run a document's examples in its order, and yield each with what it printed."""
    shell = Shell(site)
    for block in BLOCK.finditer(text):
        for example in examples_in(block[1]):
            yield example, shell.run(example)


def with_outputs(text: str, site: LiveSite) -> str:
    """Return a document whose outputs are those of now."""
    shell = Shell(site)

    def renewed(block: "re.Match[str]") -> str:
        lines = []
        for example in examples_in(block[1]):
            printed = shell.run(example)
            lines += [f"$ {shell.named_anew(example.command)}", *printed.rstrip().splitlines()]
        return (
            "```console\n" + "".join(f"{line}\n" for line in lines).replace(site.url, DOCUMENTED_URL) + "```"
        )

    return BLOCK.sub(renewed, text)


def main() -> None:
    path = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        site = LiveSite(Path(directory)).start()
        try:
            path.write_text(with_outputs(path.read_text(encoding="utf-8"), site), encoding="utf-8")
        finally:
            site.stop()


if __name__ == "__main__":
    main()
