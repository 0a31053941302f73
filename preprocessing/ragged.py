"""Columns of rows that differ in length, memory-mapped: flat values and where each row begins."""

from array import array
from collections.abc import Iterable
from itertools import pairwise
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
        ids, offsets = array("i"), array("q", [0])
        for row in rows:
            ids.frombytes(row.astype(np.int32, copy=False).tobytes())
            offsets.append(len(ids))
        return cls(np.frombuffer(ids, np.int32), np.frombuffer(offsets, np.int64))


class TextColumn:
    """Texts, byte for byte as they were given."""

    def __init__(self, blob: npt.NDArray[np.uint8], offsets: Offsets) -> None:
        self.blob, self.offsets = blob, offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        return self.blob[self.offsets[row] : self.offsets[row + 1]].tobytes().decode("utf-8")

    def part(self, start: int, stop: int) -> "TextColumn":
        """Return some rows as a column of their own, which is small to send to another process."""
        offsets = self.offsets[start : stop + 1]
        return TextColumn(self.blob[offsets[0] : offsets[-1]], offsets - offsets[0])

    def texts(self) -> list[str]:
        """Return all texts: faster than one by one, where they are not too many."""
        content = self.blob.tobytes()
        return [content[start:stop].decode("utf-8") for start, stop in pairwise(self.offsets.tolist())]

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
        blob, offsets = bytearray(), array("q", [0])
        for text in texts:
            blob += text.encode("utf-8", "replace")
            offsets.append(len(blob))
        return cls(np.frombuffer(blob, np.uint8), np.frombuffer(offsets, np.int64))
