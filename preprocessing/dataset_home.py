"""Where a dataset lives: a folder that nobody else has, and the link that points to the newest pickle."""

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from preprocessing.new_directory import make_new_directory

PARTIAL = ".partial"
# Writing takes minutes at most, and each file that is added touches its folder.
ABANDONED_SECONDS = 3600


@contextlib.contextmanager
def new_dataset_directory(home: Path, digest: str) -> Iterator[tuple[Path, Path]]:
    """Yield a folder to write into and the one that it becomes: `<home>/<UTC time>-<digest>`.

    The latter is nobody else's; where the block fails, neither is left.
    """
    home.mkdir(parents=True, exist_ok=True)
    remove_abandoned(home)
    partial = home / f".{uuid.uuid4().hex}{PARTIAL}"
    partial.mkdir()
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    directory = make_new_directory(home, f"{stamp}-{digest}")
    try:
        yield partial, directory
        sync_files(partial)
        partial.rename(directory)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        with contextlib.suppress(OSError):
            directory.rmdir()
        raise


def remove_abandoned(home: Path) -> None:
    """Remove what a killed process left: hidden folders, and names whose folder never came."""
    for path in home.iterdir():
        if path.is_dir() and time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
            if path.name.startswith(".") and path.name.endswith(PARTIAL):
                shutil.rmtree(path, ignore_errors=True)
            else:
                # Refuses a folder that holds anything.
                with contextlib.suppress(OSError):
                    path.rmdir()


def sync_files(directory: Path) -> None:
    """Have every file on disk before the folder gets its name."""
    for path in directory.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def replace_link(link: Path, target: Path) -> Path:
    """Let `link` point to `target`, relative to its own folder, at no moment to nothing."""
    partial = link.with_name(f".{link.name}.{uuid.uuid4().hex}")
    partial.symlink_to(target.relative_to(link.parent))
    partial.replace(link)
    return link
