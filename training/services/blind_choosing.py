"""Choosing blind: which pair a person sees next, which answer on which side, and what was chosen.

Side and order come from keyed hashes of pair and person: nobody can tell whose answer is whose, two people
see different orders, and who comes back sees the one that was there before.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.crypto import salted_hmac

from preprocessing.errors import SettingsError
from training.models import BlindChoice, BlindComparison, BlindPair
from training.services.blind_comparisons import different_pairs

LEFT, RIGHT = "left", "right"
Choice = BlindChoice.Choice
# What a person may say of a pair.
SIDES = (LEFT, RIGHT, Choice.NEITHER_BETTER.value, Choice.BOTH_BAD.value)


@dataclass(frozen=True)
class BlindTurn:
    """A pair as one person sees it: its place from 1, and the side or else that was `chosen`, if any."""

    at: int
    question: str
    left: str
    right: str
    chosen: str


class Sitting:
    """One person's way through a comparison, in an order of the person's own."""

    def __init__(self, comparison: BlindComparison, person: Any) -> None:
        self._person = person
        self._pairs = sorted(
            different_pairs(comparison).order_by("pk"), key=lambda pair: keyed_hash("order", pair, person)
        )
        chosen = BlindChoice.objects.filter(pair__comparison=comparison, person=person)
        self._chosen = dict(chosen.values_list("pair_id", "choice"))

    def __len__(self) -> int:
        return len(self._pairs)

    @property
    def number_chosen(self) -> int:
        return sum(pair.pk in self._chosen for pair in self._pairs)

    @property
    def next_at(self) -> int | None:
        """The place of the first pair without a choice; None where all have one."""
        missing = (at for at, pair in enumerate(self._pairs, start=1) if pair.pk not in self._chosen)
        return next(missing, None)

    @property
    def is_finished(self) -> bool:
        return self.next_at is None

    def may_see(self, at: int) -> bool:
        """Whether a place lies on the way gone so far: nobody looks ahead."""
        return 1 <= at <= (self.next_at or len(self))

    def turn(self, at: int) -> BlindTurn:
        pair = self.pair(at)
        answers = {Choice.ONE: pair.answer_of_one, Choice.OTHER: pair.answer_of_other}
        sides = sides_of(pair, self._person)
        chosen = self._chosen.get(pair.pk, "")
        by_choice = {choice.value: side for side, choice in sides.items()}
        return BlindTurn(
            at,
            pair.question,
            answers[sides[LEFT]],
            answers[sides[RIGHT]],
            by_choice.get(chosen, chosen),
        )

    def pair(self, at: int) -> BlindPair:
        if not self.may_see(at):
            raise SettingsError(
                f"A choice must be for a pair that was shown, 1 to {self.next_at or len(self)}. "
                f"Received {at}. Choose again."
            )
        return self._pairs[at - 1]


def blind_choose(*, comparison: BlindComparison, person: Any, at: int, side: str) -> BlindChoice:
    """Keep what a person chose for the pair at a place of the person's order, or change it.

    Raises:
        SettingsError: the person has not come to that place, or there is no such choice.
    """
    if side not in SIDES:
        raise SettingsError(f"A choice must be one of {', '.join(SIDES)}. Received {side[:20]!r}.")
    pair = Sitting(comparison, person).pair(at)
    choice = sides_of(pair, person).get(side, side)
    kept, _ = BlindChoice.objects.update_or_create(pair=pair, person=person, defaults={"choice": choice})
    return kept


def sides_of(pair: BlindPair, person: Any) -> dict[str, BlindChoice.Choice]:
    """Return whose answer stands left and whose right."""
    is_one_left = keyed_hash("side", pair, person)[0] % 2 == 0
    left, right = (Choice.ONE, Choice.OTHER) if is_one_left else (Choice.OTHER, Choice.ONE)
    return {LEFT: left, RIGHT: right}


def keyed_hash(purpose: str, pair: BlindPair, person: Any) -> bytes:
    """Return a hash that nobody can reckon who does not know the site's secret key."""
    return salted_hmac(f"blind comparison {purpose}", f"{pair.pk} {person.pk}", algorithm="sha256").digest()
