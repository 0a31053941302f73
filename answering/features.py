"""What two questions are compared by: their words and the character n-grams in them.

N-grams forgive a missing letter; words tell apart what is spelled alike.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from preprocessing.script import HAN_CHARACTER

NGRAM = 3
WORD, LETTERS = "w", "c"


def features(tokens: Iterable[str]) -> list[str]:
    """Return the features of folded tokens, in their order and with repetitions.

    >>> features(["hi", "!"])
    ['whi', 'c^hi', 'chi$', 'w!']
    """
    found: list[str] = []
    for token in tokens:
        found.append(WORD + token)
        found.extend(LETTERS + gram for gram in ngrams(token))
    return found


def ngrams(token: str) -> list[str]:
    """Return the n-grams of a word with its edges marked; of Chinese, its characters."""
    if HAN_CHARACTER.search(token):
        return list(token)
    if not any(character.isalnum() for character in token):
        return []
    marked = f"^{token}$"
    return [marked[start : start + NGRAM] for start in range(max(len(marked) - NGRAM + 1, 1))]


def similarity(left: Counter[str], right: Counter[str], weight: Callable[[str], float]) -> float:
    """Return Dice's coefficient of two weighted bags: 1 for equal ones, 0 for nothing in common.

    >>> similarity(Counter("ab"), Counter("bc"), {"a": 1, "b": 2, "c": 1}.__getitem__)
    0.6666666666666666
    """
    total = weigh(left, weight) + weigh(right, weight)
    return 2 * weigh(left & right, weight) / total if total else 0.0


def weigh(bag: Counter[str], weight: Callable[[str], float]) -> float:
    return sum(weight(feature) * number for feature, number in bag.items())


def letters(all_features: Iterable[str]) -> Counter[str]:
    """Return the bag of what people do not leave out when they type carelessly: no punctuation."""
    return Counter(feature for feature in all_features if any(map(str.isalnum, feature[1:])))
