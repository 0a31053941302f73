import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rich.cells import cell_len

from tests.training.test_dataset_report import INFORMATION, REPORT, write_report
from training.models import Dataset

HOSTILE = "\x1b[31m[red]\u202e你好\x07" + "你" * 60


@pytest.fixture
def directory(data_directory):
    return write_report(data_directory / "data" / "toy" / "1")


@pytest.fixture
def row(db, directory):
    return Dataset.objects.create(
        name="toy", directory="data/toy/1", max_length=20, exchanges=750, vocabulary_size=8000
    )


def describe_dataset(wanted, *options):
    output = StringIO()
    call_command("describe_dataset", str(wanted), *options, stdout=output)
    return output.getvalue()


def test_a_folder_is_described_without_a_database(directory):
    said = describe_dataset(directory)

    for text in ("Dataset toy", "750 of 1,000 exchanges", "240  Duplicate", "question 4", "Hello Gwent!"):
        assert text in said
    assert "question 5" not in said
    assert "<unknown>" in said
    assert "ERROR" not in said


def test_bars_show_shares(directory):
    lines = [line.split() for line in describe_dataset(directory).splitlines()]

    assert ["2-3", "500", "█" * 16, "150", "█" * 4] in lines


def test_a_dataset_is_found_by_name_and_by_id(row):
    assert describe_dataset("toy") == describe_dataset(row.pk)


def test_it_fits_80_columns_and_nothing_steers_the_terminal(data_directory):
    sample = {**REPORT["samples"][0], "question": HOSTILE, "answer_tokens": [HOSTILE]}
    report = {**REPORT, "samples": [sample], "frequent_answers": [[HOSTILE, 3]]}
    dropped = {"duplicate": [{"question": HOSTILE, "answer": HOSTILE}]}
    said = describe_dataset(write_report(data_directory / "d", report, name=HOSTILE[:9], examples=dropped))

    assert max(map(cell_len, said.splitlines())) <= 80
    assert "[red]" in said
    assert not {"\x1b", "\x07", "\u202e"} & set(said)


def test_duplicates_between_splits_stand_out(data_directory):
    said = describe_dataset(write_report(data_directory / "d", {**REPORT, "duplicates_between_splits": 2}))

    assert "ERROR: Duplicates between splits must be 0. There are 2" in said


def test_a_dataset_without_figures_says_so(data_directory):
    said = describe_dataset(write_report(data_directory / "d", None))

    assert "There is no report.json beside this dataset" in said
    assert "750 of 1,000 exchanges" in said


def test_everything_is_printed_as_json(directory):
    printed = json.loads(describe_dataset(directory, "--json"))

    assert printed == {"directory": str(directory), "information": INFORMATION, "report": REPORT}


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_folder_that_is_no_dataset_ends_with_exit_code_2(tmp_path, options):
    with pytest.raises(CommandError, match=r"must hold a readable dataset\.json") as raised:
        describe_dataset(tmp_path, *options)

    assert raised.value.returncode == 2


def test_an_unknown_name_says_which_there_are(row):
    with pytest.raises(CommandError, match=r"Received nothing\. There are: toy") as raised:
        describe_dataset("nothing")

    assert raised.value.returncode == 2


def test_a_row_whose_folder_is_gone_ends_with_a_sentence(row, directory):
    (directory / "dataset.json").unlink()

    with pytest.raises(CommandError, match="must hold a readable"):
        describe_dataset("toy")
