import importlib.util
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.fixture
def install(monkeypatch, tmp_path):
    spec = importlib.util.spec_from_file_location("install", ROOT / "scripts" / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", str(tmp_path))
    monkeypatch.setattr(module, "ENVIRONMENT", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    (tmp_path / "some.lock").write_text("")
    return module


def test_an_empty_lock_is_installed_once(install, tmp_path, capfd):
    install.main("some.lock")
    install.main("some.lock")

    assert capfd.readouterr().out.count("Installing the packages") == 1
    assert (tmp_path / ".venv" / "bin" / "python").exists()


def test_a_changed_lock_is_installed_again(install, tmp_path, capfd):
    install.main("some.lock")
    (tmp_path / "some.lock").write_text("# changed\n")
    install.main("some.lock")

    assert capfd.readouterr().out.count("Installing the packages") == 2


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 14)])
def test_a_python_that_does_not_fit_is_one_sentence(install, monkeypatch, capsys, version):
    monkeypatch.setattr(install.sys, "version_info", (*version, 0))

    with pytest.raises(SystemExit) as stopped:
        install.main("some.lock")

    assert stopped.value.code == 1
    assert f"this is {version[0]}.{version[1]}. Install one and name it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", "The disk is full."),
        ("WARNING: Failed to establish a new connection", "The package index could not be reached."),
        ("Temporary failure in name resolution: could not resolve host", "The package index could not be"),
        ("x\nERROR: No matching distribution found for nothing\n", "ERROR: No matching distribution"),
    ],
)
def test_what_pip_says_becomes_a_sentence(install, output, sentence):
    assert sentence in install.reason_of(output)


def test_a_missing_venv_module_names_the_package_to_install(install, monkeypatch, capsys):
    failed = subprocess.CompletedProcess([], 1, "", "ensurepip is not available")
    monkeypatch.setattr(install.subprocess, "run", lambda *_, **__: failed)

    with pytest.raises(SystemExit):
        install.main("some.lock")

    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in capsys.readouterr().err


def test_too_small_a_disk_is_said_before_anything_is_made(install, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(install, "NEEDED_BYTES", 10**18)

    with pytest.raises(SystemExit):
        install.main("some.lock")

    assert "Free some space" in capsys.readouterr().err
    assert not (tmp_path / ".venv").exists()
