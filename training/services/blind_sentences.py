"""A blind comparison's result in plain sentences, for its page and for a terminal."""

from training.evaluation.preference import WILSON, Rate
from training.models import BlindChoice
from training.services.blind_results import BlindResult

Choice = BlindChoice.Choice
SMALLEST_SHOWN = 0.001


def blind_sentences(result: BlindResult) -> list[str]:
    """Return what was chosen and by how many, how the intervals were found, whether it may be chance."""
    return [
        number_sentence(result),
        *method_sentences(result),
        difference_sentence(result),
        agreement_sentence(result),
    ]


def number_sentence(result: BlindResult) -> str:
    return (
        f"{len(result.pairs)} questions were asked. Both gave the same answer to {result.equal}, which "
        f"nobody is shown; of the other {result.different} pairs {result.judged} were chosen. "
        f"People: {len(result.by_person)}."
    )


def method_sentences(result: BlindResult) -> list[str]:
    if result.rates is None:
        return ["There are no win rates yet: nobody has chosen."]
    told = ["A win rate is a share of the questions; what several people chose for one of them is averaged."]
    if result.equal_counted:
        counted = f"{result.equal_counted} of {result.equal} so far"
        told.append(f"Equal answers count as won by neither: {counted}.")
    return [*told, *interval_sentences(result.rates)]


def interval_sentences(rates: dict[str, Rate]) -> list[str]:
    """Say once how the intervals were found where both were found the same way."""
    ways = {
        "Wilson's score interval, as of independent choices"
        if rate.method == WILSON
        else "a bootstrap over pairs, since what several people chose for one pair hangs together"
        for rate in rates.values()
    }
    return [f"95 % intervals come from {' and '.join(sorted(ways))}."]


def difference_sentence(result: BlindResult) -> str:
    wins = result.wins
    if not wins.one + wins.other:
        return "No answer was preferred to another yet, so nothing speaks for a difference."
    names = result.comparison.one.name, result.comparison.other.name
    verdict = "significant at 5 %" if result.is_significant else "not significant: it may be chance"
    return (
        f"Of the pairs, {names[0]} won {wins.one} and {names[1]} won {wins.other}; {wins.tied} tied and "
        f"count for neither. By the exact sign test {shown_p(result.p_value)}: the difference is {verdict}."
    )


def agreement_sentence(result: BlindResult) -> str:
    if result.agreement is None:
        return "No pair was chosen by two people, so it is not known how far they agree."
    share, pairs = result.agreement
    return f"Two people chose the same in {percent(share)} of the {pairs} pairs that several people chose."


def rate_in_words(rate: Rate) -> str:
    """Return a rate with its interval.

    >>> rate_in_words(Rate(0.5, 0.2366, 0.7634, "Wilson"))
    '50.0 % (23.7 % to 76.3 %)'
    """
    return f"{percent(rate.rate)} ({percent(rate.low)} to {percent(rate.high)})"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def shown_p(value: float) -> str:
    return f"p < {SMALLEST_SHOWN}" if value < SMALLEST_SHOWN else f"p = {value:.3f}"


def choice_names(result: BlindResult) -> dict[str, str]:
    """Return what each choice means in this comparison."""
    return {
        Choice.ONE: result.comparison.one.name,
        Choice.OTHER: result.comparison.other.name,
        Choice.NEITHER_BETTER: "neither is better",
        Choice.BOTH_BAD: "both are bad",
    }
