"""Columns of rows that differ in length, memory-mapped: flat values and where each row begins."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from preprocessing.errors import DatasetError

Ids = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


def load_array(path: Path) -> npt.NDArray[np.generic]:
    """Map a .npy file; never one that holds Python objects."""
    try:
        loaded: npt.NDArray[np.generic] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path.name} must be a whole NumPy file without objects: {error}.") from None
    return loaded


class IdColumn:
    """Token ids of many texts."""

    def __init__(self, ids: Ids, offsets: Offsets) -> None:
        self.ids, self.offsets = ids, offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> Ids:
        return self.ids[self.offsets[row] : self.offsets[row + 1]]

    def lengths(self) -> Offsets:
        return np.diff(self.offsets)

    def save(self, directory: Path, name: str) -> None:
        np.save(directory / f"{name}_ids.npy", self.ids)
        np.save(directory / f"{name}_offsets.npy", self.offsets)

    @classmethod
    def open(cls, directory: Path, name: str) -> "IdColumn":
        return cls(
            load_array(directory / f"{name}_ids.npy").view(np.int32),
            load_array(directory / f"{name}_offsets.npy").view(np.int64),
        )

    @classmethod
    def from_rows(cls, rows: Iterable[Ids]) -> "IdColumn":
        kept = list(rows)
        offsets = np.zeros(len(kept) + 1, np.int64)
        np.cumsum([len(row) for row in kept], out=offsets[1:])
        return cls(np.concatenate([np.zeros(0, np.int32), *kept]).astype(np.int32), offsets)


class TextColumn:
    """Texts, byte for byte as they were given."""

    def __init__(self, blob: npt.NDArray[np.uint8], offsets: Offsets) -> None:
        self.blob, self.offsets = blob, offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        return self.blob[self.offsets[row] : self.offsets[row + 1]].tobytes().decode("utf-8")

    def save(self, directory: Path, name: str) -> None:
        self.blob.tofile(directory / f"{name}_texts.bin")
        np.save(directory / f"{name}_text_offsets.npy", self.offsets)

    @classmethod
    def open(cls, directory: Path, name: str) -> "TextColumn":
        path = directory / f"{name}_texts.bin"
        offsets = load_array(directory / f"{name}_text_offsets.npy").view(np.int64)
        size = path.stat().st_size if path.exists() else -1
        if size != int(offsets[-1]):
            raise DatasetError(f"{path.name} must have {int(offsets[-1]):,} bytes. It has {size:,}.")
        blob = np.memmap(path, np.uint8, "r") if size else np.zeros(0, np.uint8)
        return cls(blob, offsets)

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> "TextColumn":
        encoded = [text.encode("utf-8", "replace") for text in texts]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)
