"""A bundle: the folder with which a trained model answers, and the manifest that says what belongs to it.

Checked before it is served: every file named, of its size and checksum, nothing beside them, no links.
"""

import contextlib
import hashlib
import json
import shutil
import uuid
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import UnionType
from typing import Any, Self, get_args, get_origin, get_type_hints

from answering.bundle_versions import FORMAT_VERSION, at_current_version
from answering.errors import BundleError
from preprocessing.durable_file import sync_path
from preprocessing.errors import SettingsError
from preprocessing.text_settings import TextSettings

MANIFEST = "manifest.json"
ROLES = ("generator", "reverse_generator", "ranker", "retriever")
GENERATE, RETRIEVE, HYBRID = "generate", "retrieve", "hybrid"
# Which parts answer in which mode.
PARTS_FOR_MODE = {
    GENERATE: ("generator",),
    RETRIEVE: ("retriever",),
    HYBRID: ("generator", "retriever"),
}
MODES = tuple(PARTS_FOR_MODE)
MAX_MANIFEST_BYTES = 10_000_000
MAX_BUNDLE_BYTES = 20_000_000_000
MOST_TOKENS = 10_000


@dataclass(frozen=True)
class FileRecord:
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Part:
    """One thing that a bundle can do: its role, its folder, how text becomes its tokens."""

    role: str
    folder: str
    text_settings: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    files: dict[str, FileRecord] = field(default_factory=dict)

    def tokeniser_settings(self) -> TextSettings:
        try:
            settings = TextSettings.from_json(self.text_settings)
        except (SettingsError, TypeError) as error:
            raise BundleError(f"Part {self.role}: {error}") from None
        check_types(settings)
        if not all(
            1 <= length <= MOST_TOKENS for length in (settings.max_length, settings.max_answer_length)
        ):
            raise BundleError(
                f"A generator must see 1 to {MOST_TOKENS:,} tokens. "
                f"Received max_length {settings.max_length}, max_answer_length {settings.max_answer_length}."
            )
        return settings


@dataclass(frozen=True, kw_only=True)
class Manifest:
    architecture: str
    default_mode: str
    parts: tuple[Part, ...]
    created: str
    configuration: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    seed: int | None = None
    source_hashes: dict[str, str] = field(default_factory=dict)
    calibration: dict[str, Any] | None = None
    format_version: int = FORMAT_VERSION


class Bundle:
    """A bundle that passed its checks."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Check every file and return the bundle.

        Raises:
            BundleError: anything is missing, changed, too large, unexpected or of another version.
        """
        try:
            manifest = read_manifest(directory)
            check_files(directory, manifest)
        except OSError as error:
            raise BundleError(f"A bundle's files must be readable: {error}.") from None
        return cls(directory, manifest)

    @property
    def modes(self) -> list[str]:
        return modes_of([part.role for part in self.manifest.parts])

    def part(self, role: str) -> Part | None:
        return next((part for part in self.manifest.parts if part.role == role), None)

    def part_directory(self, part: Part) -> Path:
        return self.directory / part.folder


def read_manifest(directory: Path) -> Manifest:
    path = directory / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise BundleError(f"{directory} must hold a readable {MANIFEST}, not a link.")
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        raise BundleError(f"{MANIFEST} must have at most {MAX_MANIFEST_BYTES:,} bytes.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{directory} must hold a readable {MANIFEST}: {error}.") from None
    try:
        content = at_current_version(content)
        parts = tuple(read_part(part) for part in content.pop("parts"))
        manifest = Manifest(**content, parts=parts)
    except (KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"{MANIFEST} must name the parts and how they were made: {error}.") from None
    check_manifest(manifest)
    return manifest


def read_part(content: dict[str, Any]) -> Part:
    files = {name: FileRecord(**record) for name, record in content["files"].items()}
    return Part(**{**content, "files": files})


def check_types(record: object) -> None:
    """Refuse a record whose fields hold something else than they say: JSON can hold anything anywhere."""
    for name, hint in get_type_hints(type(record)).items():
        hints = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        kinds = [get_origin(each) or each for each in hints]
        value = getattr(record, name)
        # A bool is an int to isinstance.
        if type(value) not in kinds:
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise BundleError(f"{type(record).__name__} {name} must be {wanted}. Received {value!r:.100}.")


def check_manifest(manifest: Manifest) -> None:
    check_types(manifest)
    for part in manifest.parts:
        check_part(part)
    roles = [part.role for part in manifest.parts]
    if not roles or len(set(roles)) != len(roles) or not set(roles) <= set(ROLES):
        raise BundleError(
            f"A bundle's parts must have different roles of {', '.join(ROLES)}. Received {roles}."
        )
    if len({part.folder for part in manifest.parts}) != len(roles):
        raise BundleError("A bundle's parts must have a folder each. Two name the same.")
    if manifest.default_mode not in modes_of(roles):
        raise BundleError(
            f"The default mode must be one of {', '.join(MODES)}, and the bundle must hold its parts. "
            f"Received {manifest.default_mode} with the parts {', '.join(roles)}."
        )


def modes_of(roles: Collection[str]) -> list[str]:
    """Return the modes in which a bundle with parts of these roles can answer."""
    return [mode for mode, needed in PARTS_FOR_MODE.items() if set(needed) <= set(roles)]


def check_part(part: Part) -> None:
    check_types(part)
    for name in (part.folder, *part.files):
        check_name(name)
    for record in part.files.values():
        check_types(record)
    part.tokeniser_settings()


def check_name(name: str) -> None:
    """Refuse names that lead out of their folder."""
    if name in ("", ".", "..") or any(character in name for character in "/\\\0"):
        raise BundleError(f"Names in a bundle must be plain file names. Received {name!r}.")


def check_files(directory: Path, manifest: Manifest) -> None:
    if directory.is_symlink():
        raise BundleError(f"A bundle must be a folder, not a link. Received {directory}.")
    expected = expected_files(manifest)
    total = sum(record.bytes for record in expected.values())
    if total > MAX_BUNDLE_BYTES:
        raise BundleError(f"A bundle must have at most {MAX_BUNDLE_BYTES:,} bytes. Received {total:,}.")
    known = {MANIFEST, *expected, *(part.folder for part in manifest.parts)}
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_symlink():
            raise BundleError(f"A bundle must hold no links. {name} is one.")
        if name not in known:
            raise BundleError(f"A bundle must hold nothing that its manifest does not name. {name} is there.")
    for name, record in expected.items():
        check_file(directory / name, name, record)


def expected_files(manifest: Manifest) -> dict[str, FileRecord]:
    return {f"{part.folder}/{name}": record for part in manifest.parts for name, record in part.files.items()}


def check_file(path: Path, name: str, record: FileRecord) -> None:
    size = path.stat().st_size if path.is_file() else -1
    if size != record.bytes:
        received = f"{size:,} bytes" if size >= 0 else "nothing"
        raise BundleError(
            f"{name} must have {record.bytes:,} bytes. Received {received}. Export the run again."
        )
    if checksum(path) != record.sha256:
        raise BundleError(
            f"{name} must have the checksum in the manifest; it was changed. Export the run again."
        )


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest of a folder whose parts are in place; sizes and checksums are filled in here."""
    parts = [asdict(with_checksums(directory, part)) for part in manifest.parts]
    content = {**asdict(manifest), "parts": parts}
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")


def with_checksums(directory: Path, part: Part) -> Part:
    folder = directory / part.folder
    files = {
        path.name: FileRecord(checksum(path), path.stat().st_size)
        for path in sorted(folder.iterdir())
        if path.is_file()
    }
    return Part(part.role, part.folder, part.text_settings, part.settings, files)


@contextlib.contextmanager
def new_bundle(directory: Path) -> Iterator[Path]:
    """Yield a folder to write a bundle into; it gets its name only when all of it is on disk."""
    partial = directory.with_name(f".{directory.name}.{uuid.uuid4().hex}.partial")
    partial.mkdir(parents=True)
    try:
        yield partial
        sync_tree(partial)
        if directory.exists():
            # Left by an export that was killed before anybody knew of it.
            shutil.rmtree(directory)
        partial.rename(directory)
        sync_path(directory.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def sync_tree(directory: Path) -> None:
    for path in [*directory.rglob("*"), directory]:
        sync_path(path)
