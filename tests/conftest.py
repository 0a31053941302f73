"""Fixtures that every package's tests may use."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

# The same examples each time: a test that fails now and then tells nothing. A busy machine is no failure.
hypothesis_settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis_settings.load_profile("steady")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def data_directory(settings, tmp_path):
    """A data directory of the test's own."""
    settings.DATA_DIR = tmp_path / "data-dir"
    settings.DATA_DIR.mkdir()
    return settings.DATA_DIR


@pytest.fixture
def research_data() -> Path:
    """The real corpora, which a user's machine does not have."""
    folder = Path(os.environ.get("CHATBOT_RESEARCH_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"the research corpora are not at {folder}; name them in CHATBOT_RESEARCH_DATA")
    return folder


@pytest.fixture
def nothing_unpacked_left(tmp_path, monkeypatch):
    """Hold what unpacks archives to leaving nothing in the folder for temporary files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    yield
    assert list((tmp_path / "temporary").iterdir()) == []
