"""What a trained model cannot be expected to do, in plain words: what it never saw, what it does badly."""

from collections.abc import Callable, Iterator, Mapping

from answering.bundle import Bundle

# Below this share a language was seen too seldom to be learned.
LEAST_LANGUAGE_SHARE = 0.01
CHANCE_OF_TEN = 0.1
MANY_ALIKE, MANY_FALLBACKS, MANY_UNKNOWN, UNSURE = 0.5, 0.3, 0.05, 0.15
LANGUAGES = {"en": "English", "zh": "Chinese"}
ALIKE, FEWEST_TO_BE_ALIKE = "share of the 20 most frequent answers", 100
Figures = Mapping[str, float]


def limits_of(bundle: Bundle, figures: Figures, languages: Mapping[str, float], questions: int) -> list[str]:
    """Return sentences.

    Args:
        languages: the shares of languages in what was trained on, where known.
        questions: how many were answered; few of them have few different answers anyway.
    """
    known = dict(figures)
    if questions < FEWEST_TO_BE_ALIKE:
        known.pop(ALIKE, None)
    return [*language_limits(languages), *reading_limits(bundle), *figure_limits(known)]


def language_limits(languages: Mapping[str, float]) -> Iterator[str]:
    if not languages:
        yield "In which languages it was trained is not known here."
        return
    for code, name in LANGUAGES.items():
        if languages.get(code, 0.0) < LEAST_LANGUAGE_SHARE:
            yield f"Answers in {name} were not trained."


def reading_limits(bundle: Bundle) -> Iterator[str]:
    settings = [part.tokeniser_settings() for part in bundle.manifest.parts]
    turns = max(each.context_turns for each in settings)
    if turns == 1:
        yield "It reads the last question alone, not what was said before it."
    else:
        yield f"It reads the last {turns} turns, not what was said before them."
    if bundle.part("generator") is not None:
        longest = min(each.max_length for each in settings)
        yield f"Of a longer question it reads the last {longest} tokens."
    else:
        yield "It only says what somebody in its corpus said: it writes nothing new."


def figure_limits(figures: Figures) -> Iterator[str]:
    recall = figures.get("recall@1 of 10")
    if recall is None:
        yield "How often it finds the true answer among others was not measured: too few answers differ."
    elif recall < 2 * CHANCE_OF_TEN:
        yield f"It finds the true answer among ten in {recall:.0%} of cases; by chance that is 10%."
    for name, bound, told in BOUNDS:
        value = figures.get(name)
        if value is not None and value > bound:
            yield told(value)


BOUNDS: tuple[tuple[str, float, Callable[[float], str]], ...] = (
    (
        ALIKE,
        MANY_ALIKE,
        lambda value: f"{value:.0%} of its answers are one of the 20 that it gives most often.",
    ),
    ("fallbacks", MANY_FALLBACKS, lambda value: f"It has nothing to say to {value:.0%} of the questions."),
    ("unknown words", MANY_UNKNOWN, lambda value: f"{value:.0%} of the questions' words are unknown to it."),
    (
        "calibration error",
        UNSURE,
        lambda value: f"Its confidence is off by {value:.2f} on average: a threshold means little.",
    ),
)
