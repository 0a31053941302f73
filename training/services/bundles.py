"""Bundles on their way between machines: packed into one file, or taken in after every check."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

import training
from answering.bundle import MANIFEST, Bundle, Manifest, expected_files, new_bundle
from answering.errors import BundleError
from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.errors import CorpusError, DatasetError
from preprocessing.new_directory import make_new_directory
from preprocessing.readers.archives import Allowance, unpacked
from preprocessing.request import NAME
from training.models import Dataset, TrainedModel
from training.models.paths import stored_path
from training.services.jobs import remove_directory
from training.services.trained_models import free_model_name, require_free_model_name

PROJECT_DIRECTORY = Path(training.__path__[0]).parent
# Opening takes a second; a network that never ends would take for ever.
TRIAL_SECONDS = 300
MAX_METRICS_BYTES = 1_000_000
# A page writes one within another.
DEEPEST_FIGURES = 8
LONGEST_ARCHITECTURE = 32


def bundle_pack(*, trained_model: TrainedModel, path: Path) -> int:
    """Write a trained model's bundle, checked before, as a .zip that must not exist; return its bytes.

    Raises:
        BundleError: the bundle is damaged, or the file cannot be written.
    """
    require_new_zip(path)
    bundle = Bundle.open(trained_model.location)
    folder = trained_model.name if NAME.fullmatch(trained_model.name) else "bundle"
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    try:
        with zipfile.ZipFile(partial, "x", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for name in (MANIFEST, *expected_files(bundle.manifest)):
                archive.write(bundle.directory / name, f"{folder}/{name}")
        partial.rename(path)
    except OSError as error:
        raise BundleError(f"{path} could not be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)
    return path.stat().st_size


def require_new_zip(path: Path) -> None:
    if path.suffix.lower() != ".zip" or path.exists() or not path.parent.is_dir():
        raise BundleError(
            f"The file to write must end in .zip, lie in a folder that exists, and be new. Received {path}."
        )


def bundle_import(*, path: Path, name: str | None = None) -> TrainedModel:
    """Take in a bundle from elsewhere, a folder or a .zip; it is hostile until every check held.

    Raises:
        BundleError: it was refused, with the reason; nothing of it is left behind.
        JobStateError: the name is taken.
    """
    chosen = import_name(path, name)
    with bundle_folder(path) as source:
        bundle = Bundle.open(source)
        check_figures(bundle.manifest)
        with new_bundle_place(chosen) as place:
            keep_bundle(bundle, place)
            return TrainedModel.objects.create(
                name=chosen,
                architecture=bundle.manifest.architecture,
                # Where it was trained on one that is here as well, it can be evaluated and composed with.
                dataset=dataset_with_fingerprint(bundle.manifest.source_hashes.get("dataset", "")),
                directory=stored_path(place),
                metrics=bundle.manifest.metrics,
            )


def dataset_with_fingerprint(fingerprint: str) -> Dataset | None:
    """Return the dataset here with that content, if any."""
    for dataset in Dataset.objects.all():
        # One whose files are gone is not it.
        with contextlib.suppress(DatasetError):
            if fingerprint and DatasetFiles.open(dataset.location).fingerprint == fingerprint:
                return dataset
    return None


@contextlib.contextmanager
def new_bundle_place(name: str) -> Iterator[Path]:
    """Yield where a bundle that no run made shall lie; where anything goes wrong nothing is left there."""
    home = make_new_directory(Path(settings.DATA_DIR) / "save", name)
    try:
        yield home / "bundle"
    except BaseException:
        remove_directory(home)
        raise


def import_name(path: Path, name: str | None) -> str:
    """Return what the trained model is called: as was asked for, or else like its file."""
    if name is None:
        return free_model_name(
            re.sub(r"[^A-Za-z0-9_.-]+", "-", stem_of(path)).strip("-._")[:60] or "imported"
        )
    if not NAME.fullmatch(name):
        raise BundleError(
            f"A name must have 1 to 64 letters, digits, dots, dashes or underscores. Received {name!r}."
        )
    require_free_model_name(name)
    return name


def stem_of(path: Path) -> str:
    """Return what tells a bundle apart: its file's name, or that of the run that its folder lies in."""
    if path.is_file():
        return path.stem
    resolved = path.resolve()
    return resolved.parent.name if resolved.name == "bundle" else resolved.name


@contextlib.contextmanager
def bundle_folder(path: Path) -> Iterator[Path]:
    """Yield the folder with the manifest: the path itself, or what an archive unpacks to."""
    if path.is_dir():
        yield path
        return
    if not path.is_file() or path.suffix.lower() != ".zip":
        raise BundleError(f"A bundle must be a folder, or a .zip of one. Received {path}.")
    try:
        with unpacked(path, path.name, Allowance(path.stat().st_size)) as folder:
            yield manifest_folder(folder, path.name)
    except CorpusError as error:
        raise BundleError(str(error)) from None


def manifest_folder(folder: Path, name: str) -> Path:
    """Return where the manifest lies: at the top of an archive, or in its only folder that has one."""
    if (folder / MANIFEST).is_file():
        return folder
    found = [entry for entry in folder.iterdir() if (entry / MANIFEST).is_file()]
    if len(found) != 1:
        raise BundleError(
            f"{name} must hold one bundle, with its {MANIFEST} at the top or in one folder. "
            f"It holds {len(found) or 'none'}."
        )
    return found[0]


def check_figures(manifest: Manifest) -> None:
    """Refuse what no row and no page could hold."""
    check_metrics(manifest.metrics)
    # A composed one is named after all of its parts.
    names = manifest.architecture[: LONGEST_ARCHITECTURE + 1].split("+")
    is_named = all(NAME.fullmatch(name) for name in names)
    if not is_named or len(manifest.architecture) > LONGEST_ARCHITECTURE:
        raise BundleError(
            f"A bundle must name its architecture in at most {LONGEST_ARCHITECTURE} letters. "
            f"Received {manifest.architecture[:40]!r}."
        )


def check_metrics(metrics: dict[str, Any]) -> None:
    try:
        size = len(json.dumps(metrics, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, RecursionError) as error:
        raise BundleError(f"A bundle's metrics must be plain figures: {error}.") from None
    if size > MAX_METRICS_BYTES:
        raise BundleError(
            f"A bundle's metrics must have at most {MAX_METRICS_BYTES:,} bytes. Received {size:,}."
        )
    if is_deeper(metrics, DEEPEST_FIGURES):
        raise BundleError(
            f"A bundle's metrics must lie at most {DEEPEST_FIGURES} levels deep in lists and objects. "
            "These lie deeper."
        )
    if holds_nul(metrics):
        raise BundleError(
            "A bundle's metrics must hold no NUL characters, which databases do not keep. These hold some."
        )


def is_deeper(value: Any, levels: int) -> bool:
    """Say whether more lists and dictionaries than so many lie within one another."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(is_deeper(one, levels - 1) for one in inner)


def holds_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(holds_nul, (*value, *value.values())))
    if isinstance(value, list):
        return any(map(holds_nul, value))
    return isinstance(value, str) and "\0" in value


def keep_bundle(bundle: Bundle, home: Path) -> None:
    """Copy what the manifest names; the copy gets its name once it was checked again and has answered."""
    try:
        with new_bundle(home) as partial:
            for name in (MANIFEST, *expected_files(bundle.manifest)):
                (partial / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(bundle.directory / name, partial / name, follow_symlinks=False)
            try_bundle(partial)
    except OSError as error:
        raise BundleError(f"The bundle could not be copied to {home}: {error.strerror}.") from None


def try_bundle(directory: Path) -> None:
    """Open the bundle and ask it in a process of its own, which may crash or never end."""
    command = [sys.executable, "-m", "answering.trial", str(directory)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=PROJECT_DIRECTORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BundleError(f"A bundle must answer; this one did not within {TRIAL_SECONDS} s.") from None
    if done.returncode:
        raise BundleError(trial_failure(done.stdout.decode("utf-8", "replace"), done.returncode))


def trial_failure(said: str, return_code: int) -> str:
    lines = [line for line in said.splitlines() if line.startswith('{"code"')]
    if lines:
        return str(json.loads(lines[-1])["text"])
    return (
        f"A bundle must answer; the process that asked this one ended with {return_code}: it crashed, or "
        "needed too much memory."
    )
