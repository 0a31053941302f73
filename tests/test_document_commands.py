"""Commands and switches that the documents name exist."""

import re

import pytest
from django.core.management import get_commands, load_command_class

from benchmarks.tables import ROOT, documents
from training.management.job_command import JobCommand

COMMAND = re.compile(r"manage\.py ([a-z_0-9]+)([^\n`]*)")
SWITCH = re.compile(r"(?<![\w-])--?[a-z][a-z0-9-]+")
# Of other programs: curl, pip, TensorBoard, the original word2vec.
ELSEWHERE = {"-u", "-d", "--port", "-classes", "-debug", "-save-vocab", "-read-vocab"}


def switches_of(command):
    known = get_commands()[command]
    parser = load_command_class(known, command).create_parser("manage.py", command)
    return set(parser._option_string_actions)


def text_of(path):
    return path.read_text(encoding="utf-8")


def commands_in(path):
    return [
        (match[1], set(SWITCH.findall(match[2].split("#")[0]))) for match in COMMAND.finditer(text_of(path))
    ]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_exists_with_its_switches(path):
    for command, switches in commands_in(path):
        assert command in get_commands(), command
        assert switches <= switches_of(command), command


def test_every_file_that_an_export_is_told_to_write_is_one_that_it_takes():
    named = [
        match
        for path in documents()
        for match in re.findall(r"export [^\n`]*--output (\S+?)`", text_of(path))
    ]

    assert named
    assert [name for name in named if not name.endswith(".zip")] == []


@pytest.mark.parametrize("name", ["corpora", "datasets", "word-vectors", "training"])
def test_every_switch_that_is_named_alone_is_one_of_a_command(name):
    ours = (
        "preprocess",
        "select_corpus",
        "train",
        "export",
        "word2vec",
        "describe_dataset",
        "import_dataset",
        "nearest",
    )
    known = set().union(*map(switches_of, ours))
    named = {
        switch
        for code in re.findall(r"`([^`\n]+)`", text_of(ROOT / "docs" / f"{name}.md"))
        for switch in SWITCH.findall(code)
    }

    assert named - ELSEWHERE <= known


def test_every_setting_of_preprocessing_is_documented():
    told = text_of(ROOT / "docs" / "datasets.md") + text_of(ROOT / "docs" / "corpora.md")
    named = set(SWITCH.findall(told))
    general = set(JobCommand().create_parser("manage.py", "any")._option_string_actions)
    missing = {
        switch
        for switch in switches_of("preprocess") - general - {"--here", "--follow", "--json"}
        if switch.startswith("--")
        and not {switch, switch.replace("--", "--no-", 1), switch.replace("--no-", "--", 1)} & named
    }

    assert missing == set()
