from tests.conftest import ROOT
from training import run_files


def test_every_file_of_a_run_stands_in_the_documents():
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    section = text.partition("## The run directory")[2].partition("\n## ")[0]
    names = [value for name, value in vars(run_files).items() if name.isupper()]

    assert "metrics.jsonl" in names
    assert [name for name in names if f"`{name}`" not in section and f"`{name}/`" not in section] == []
