"""What came out of a blind comparison: win rates, counts, agreement, and every pair with what was chosen."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from training.evaluation.preference import Rate, Wins, agreement, pairs_won, sign_test, win_rate
from training.models import BlindChoice, BlindComparison
from training.services.blind_comparisons import different_pairs

Choice = BlindChoice.Choice
EQUAL = "equal"
# A difference that comes about by chance less often is called significant.
SIGNIFICANT_BELOW = 0.05


@dataclass(frozen=True)
class JudgedPair:
    """A question, both answers, and who chose what."""

    number: int
    question: str
    answer_of_one: str
    answer_of_other: str
    chosen: dict[str, str]

    @property
    def is_equal(self) -> bool:
        return self.answer_of_one == self.answer_of_other


@dataclass(frozen=True)
class BlindResult:
    """`rates` is None as long as nothing can be said.

    `equal_counted` is how many pairs with equal answers are in the rates.
    """

    comparison: BlindComparison
    pairs: list[JudgedPair]
    rates: dict[str, Rate] | None
    equal_counted: int
    wins: Wins
    p_value: float
    agreement: tuple[float, int] | None
    by_person: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def different(self) -> int:
        return sum(not pair.is_equal for pair in self.pairs)

    @property
    def equal(self) -> int:
        return len(self.pairs) - self.different

    @property
    def judged(self) -> int:
        """How many pairs somebody chose for."""
        return sum(bool(pair.chosen) for pair in self.pairs)

    @property
    def counts(self) -> dict[str, int]:
        """How often each choice was made, by all people."""
        return {choice: sum(by[choice] for by in self.by_person.values()) for choice in Choice.values}

    @property
    def is_significant(self) -> bool:
        return self.p_value < SIGNIFICANT_BELOW

    def as_json(self) -> dict[str, Any]:
        rates, agreed = self.rates, self.agreement
        return {
            "id": self.comparison.pk,
            "name": self.comparison.name,
            "one": self.comparison.one.name,
            "other": self.comparison.other.name,
            "questions": len(self.pairs),
            "equal": self.equal,
            "judged": self.judged,
            "people": len(self.by_person),
            "win_rates": rates and {choice: asdict(rate) for choice, rate in rates.items()},
            "equal_counted": self.equal_counted,
            "sign_test": {**asdict(self.wins), "p": self.p_value, "significant": self.is_significant},
            "agreement": agreed and {"share": agreed[0], "pairs": agreed[1]},
            "choices": self.counts,
            "by_person": self.by_person,
            "pairs": [{**asdict(pair), EQUAL: pair.is_equal} for pair in self.pairs],
        }


def blind_result(comparison: BlindComparison) -> BlindResult:
    """Return the result so far; people may still be choosing."""
    pairs = judged_pairs(comparison)
    judged = [list(pair.chosen.values()) for pair in pairs if pair.chosen]
    equal = equal_counted(pairs, len(judged))
    counted = judged + [[EQUAL]] * equal
    rates = {each.value: win_rate(counted, each) for each in (Choice.ONE, Choice.OTHER)} if counted else None
    wins = pairs_won(judged, Choice.ONE, Choice.OTHER)
    return BlindResult(
        comparison=comparison,
        pairs=pairs,
        rates=rates,
        equal_counted=equal,
        wins=wins,
        p_value=sign_test(wins.one, wins.other),
        agreement=agreement(judged),
        by_person=choices_by_person(pairs),
    )


def judged_pairs(comparison: BlindComparison) -> list[JudgedPair]:
    chosen: dict[int, dict[str, str]] = {}
    choices = BlindChoice.objects.filter(pair__comparison=comparison).select_related("person")
    for choice in choices.order_by("person_id"):
        chosen.setdefault(choice.pair_id, {})[choice.person.get_username()] = choice.choice
    return [
        JudgedPair(
            pair.number, pair.question, pair.answer_of_one, pair.answer_of_other, chosen.get(pair.pk, {})
        )
        for pair in comparison.pairs.order_by("number")
    ]


def equal_counted(pairs: list[JudgedPair], judged: int) -> int:
    """Return how many pairs with equal answers go into the win rates.

    As long as not all others are chosen, as large a part of the equal ones: else they would weigh too much.
    """
    equal = sum(pair.is_equal for pair in pairs)
    different = len(pairs) - equal
    return round(equal * judged / different) if different else equal


def choices_by_person(pairs: list[JudgedPair]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for pair in pairs:
        for person, choice in pair.chosen.items():
            counted.setdefault(person, Counter())[choice] += 1
    return {
        person: {choice: by[choice] for choice in Choice.values} for person, by in sorted(counted.items())
    }


def blind_state(comparison: BlindComparison) -> str:
    """Say how far people have come, for a list.

    Counted in the database: a list holds many comparisons.
    """
    to_choose = different_pairs(comparison).count()
    if not to_choose:
        return "all answers are equal"
    finished = [chosen == to_choose for chosen in chosen_by_people(comparison).values()]
    return f"{sum(finished)} of {len(finished)} people have finished" if finished else "nobody has begun"


def chosen_by_people(comparison: BlindComparison) -> Counter[int]:
    """Return how many pairs each person, by id, has chosen for."""
    people = BlindChoice.objects.filter(pair__comparison=comparison).order_by()
    return Counter(people.values_list("person_id", flat=True))
