"""Numbers from 0 to 1 as a table of darker and lighter cells: words across, words down."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from training.services.charts import WIDTH, frame, message_svg, readable

MARGIN, CELL_HEIGHT = 16, 24
SMALLEST_CELL, LARGEST_CELL = 11, 56
# Below this a number would not fit into its cell.
CELL_WITH_NUMBER = 34
MOST_COLUMNS = MOST_ROWS = 60
# In letters, and how wide one is; a slanted text is as high as this share of its length.
LONGEST_LABEL, LETTER_WIDTH, SLANTED = 14, 7.5, 0.71
DARK = 0.55

Shares = npt.NDArray[np.floating]


def heat_map_svg(
    words: str, description: str, across: Sequence[str], down: Sequence[str], shares: Shares
) -> str:
    """Draw `shares` (down, across); what is too much for a picture is left out at its end."""
    across, down = across[:MOST_COLUMNS], down[:MOST_ROWS]
    if not across or not down:
        return message_svg(words)
    shown = np.clip(shares[: len(down), : len(across)], 0.0, 1.0)
    place = Place.of(across, down)
    body = [place.head(column, word) for column, word in enumerate(across)]
    body += [place.side(row, word) for row, word in enumerate(down)]
    highest = float(shown.max()) or 1.0
    body += [place.cell(row, column, float(share), highest) for (row, column), share in np.ndenumerate(shown)]
    # Slanted heads lean over the last column.
    width = max(WIDTH, place.left + place.cell_width * len(across) + place.top)
    height = place.top + CELL_HEIGHT * len(down) + MARGIN
    return frame(words, "".join(body), width=width, height=height, description=description)


@dataclass(frozen=True)
class Place:
    """Where the cells begin, and how wide they are."""

    left: int
    top: int
    cell_width: int

    @classmethod
    def of(cls, across: Sequence[str], down: Sequence[str]) -> Self:
        left = round(LETTER_WIDTH * max(map(columns_of, down))) + 2 * MARGIN
        top = round(SLANTED * LETTER_WIDTH * max(map(columns_of, across))) + 2 * MARGIN
        room = (WIDTH - left - top) // len(across)
        return cls(left, top, min(max(room, SMALLEST_CELL), LARGEST_CELL))

    def head(self, column: int, word: str) -> str:
        x, y = self.left + self.cell_width * (column + 0.5), self.top - 8
        return f'<text x="{x}" y="{y}" transform="rotate(-45 {x} {y})">{readable(shortened(word))}</text>'

    def side(self, row: int, word: str) -> str:
        y = self.top + CELL_HEIGHT * row + 16
        return f'<text x="{self.left - 8}" y="{y}" text-anchor="end">{readable(shortened(word))}</text>'

    def cell(self, row: int, column: int, share: float, highest: float) -> str:
        x, y = self.left + self.cell_width * column, self.top + CELL_HEIGHT * row
        width, strength = self.cell_width - 1, share / highest
        drawn = (
            f'<rect class="filled series-0" x="{x}" y="{y}" width="{width}" height="{CELL_HEIGHT - 1}"'
            f' fill-opacity="{strength:.3f}"/>'
        )
        if width < CELL_WITH_NUMBER:
            return drawn
        css = "label over" if strength > DARK else "label"
        middle = x + width / 2
        return (
            drawn + f'<text class="{css}" x="{middle}" y="{y + 16}" text-anchor="middle">{share:.0%}</text>'
        )


def shortened(word: str) -> str:
    """Return as much of a word as there is room for; Chinese characters are twice as wide.

    >>> shortened("incomprehensibilities"), shortened("很长很长的一个句子")
    ('incomprehensi…', '很长很长的一…')
    """
    room, kept = LONGEST_LABEL, ""
    for character in word:
        room -= columns_of(character)
        if room < 0 or (room == 0 and len(kept) + 1 < len(word)):
            return f"{kept}…"
        kept += character
    return kept


def columns_of(word: str) -> int:
    """Return how wide a word is shown, in letters: Chinese characters are twice as wide."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in word)
    return min(len(word) + wide, LONGEST_LABEL)
