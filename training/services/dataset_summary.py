"""What became of a corpus, in a few sentences: what it was taken for, what was kept, what was thrown away."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

TITLES = {
    "dropped": "Dropped",
    "replaced": "Replaced",
    "cut": "Cut",
    "moved": "Moved to the split of what they nearly equal",
}


def summary_sentences(counts: Mapping[str, Any]) -> list[str]:
    """Return sentences for what a dataset's summary or information counts; what is unknown is left out."""
    sentences = [f"Read as {read_as(counts['formats'])}."] if counts.get("formats") else []
    if counts.get("exchanges") and "kept" in counts:
        sentences.append(f"Kept {counts['kept']:,} of {counts['exchanges']:,} exchanges.")
    for verb in TITLES:
        listed = named_numbers(counts.get(verb, {}))
        if listed:
            sentences.append(f"{TITLES[verb]}: {listed}.")
    return sentences


def read_as(formats: Mapping[str, str]) -> str:
    """Return formats with how many files were taken for each, the most frequent first.

    >>> read_as({"a.csv": "table", "b.csv": "table", "c.txt": "plain-text"})
    'table (2 files), plain-text (1 file)'
    """
    return ", ".join(
        f"{name} ({'1 file' if number == 1 else f'{number:,} files'})"
        for name, number in Counter(formats.values()).most_common()
    )


def named_numbers(numbers: Mapping[str, int]) -> str:
    ranked = sorted(numbers.items(), key=lambda item: -item[1])
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in ranked if number)
