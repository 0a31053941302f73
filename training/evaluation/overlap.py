"""How much of what was really said stands in an answer: BLEU, chrF and ROUGE-L.

Q questions, each with an answer and one or more references; how many may differ from question to question.
An empty answer is one that has nothing in common with them.
"""

from collections.abc import Hashable, Sequence
from functools import cache
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from preprocessing.errors import DatasetError
from preprocessing.script import contains_han
from training.evaluation.metrics import Values
from training.evaluation.resampling import interval_of

CHINESE, OTHERS = "zh", "13a"
ORDER = 4
# What is summed up over questions: the lengths of answer and reference; n-grams in common; n-grams.
Statistics = npt.NDArray[np.int64]
Texts = Sequence[str]
Tokens = Sequence[Hashable]


def sentence_bleu(answers: Texts, references: Sequence[Texts]) -> Values:
    """Return each answer's BLEU (Q,) from 0 to 100 (Papineni et al. 2002), smoothed for short texts.

    As sacreBLEU has it (Post 2018): n-grams that an answer is too short for are left out, and those without
    a match count a half, a quarter and so on (Chen and Cherry 2014, method 3).
    """
    return np.array([bleu_score(row, for_sentence=True) for row in bleu_statistics(answers, references)])


def corpus_bleu(answers: Texts, references: Sequence[Texts]) -> float:
    """Return BLEU from 0 to 100 over all answers (Papineni et al. 2002, section 2.3), as sacreBLEU has it.

    It is no mean of the sentences' values: matches of all answers are summed up before they are divided.
    Each question is tokenised as its references are written, so a corpus in two languages has one figure.
    """
    return bleu_score(bleu_statistics(answers, references).sum(axis=0))


def corpus_bleu_interval(
    answers: Texts,
    references: Sequence[Texts],
    *,
    share: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the bootstrap interval of BLEU over all answers (Koehn 2004, bootstrap resampling)."""
    statistics = bleu_statistics(answers, references)
    return interval_of(bleu_score, statistics, share=share, resamples=resamples, seed=seed)


def bleu_statistics(answers: Texts, references: Sequence[Texts]) -> Statistics:
    """Return what BLEU is computed from, a row (2 + 2 * ORDER,) a question; sums of rows give that of them.

    Raises:
        DatasetError: there are no questions, or one has no reference.
    """
    require_references(answers, references)
    rows = []
    for answer, expected in zip(answers, references, strict=True):
        found = bleu_of(tokenisation_of(expected)).sentence_score(answer, expected)
        rows.append([found.sys_len, found.ref_len, *found.counts, *found.totals])
    return np.array(rows, np.int64)


def bleu_score(statistics: npt.NDArray[Any], *, for_sentence: bool = False) -> float:
    answer_length, reference_length, *counts = statistics.astype(np.int64).tolist()
    found = BLEU.compute_bleu(
        correct=counts[:ORDER],
        total=counts[ORDER:],
        sys_len=answer_length,
        ref_len=reference_length,
        smooth_method="exp",
        effective_order=for_sentence,
    )
    return float(found.score)


@cache
def bleu_of(tokenisation: str) -> BLEU:
    return BLEU(tokenize=tokenisation, effective_order=True)


def tokenisation_of(texts: Texts) -> str:
    """Return how sacreBLEU is to cut texts: Chinese by characters."""
    return CHINESE if any(map(contains_han, texts)) else OTHERS


def sentence_chrf(answers: Texts, references: Sequence[Texts]) -> Values:
    """Return each answer's chrF (Q,) from 0 to 100 (Popović 2015): n-grams of 1 to 6 characters, beta 2.

    Of several references the one counts that gives the most.
    """
    require_references(answers, references)
    chrf = CHRF()
    pairs = zip(answers, references, strict=True)
    return np.array([chrf.sentence_score(answer, expected).score for answer, expected in pairs])


def corpus_chrf(answers: Texts, references: Sequence[Texts]) -> float:
    """Return chrF from 0 to 100 over all answers (Popović 2015): n-grams are summed up, then divided."""
    require_references(answers, references)
    # As sacreBLEU takes them: first all questions' first references; None where a question has no more.
    streams: Any = list(zip_longest(*references))
    return float(CHRF().corpus_score(list(answers), streams).score)


def rouge_l(answers: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> Values:
    """Return each answer's ROUGE-L (Q,) from 0 to 1 (Lin 2004, section 3.1), over tokens.

    The F-measure with beta 1 of the longest common subsequence. Of several references the one counts that
    gives the most (section 2.1).

    >>> rouge_l(["police kill the gunman".split()], [["police killed the gunman".split()]]).tolist()
    [0.75]
    """
    require_references(answers, references)
    return np.array(
        [
            max(common_share(answer, reference) for reference in expected)
            for answer, expected in zip(answers, references, strict=True)
        ]
    )


def common_share(answer: Tokens, reference: Tokens) -> float:
    total = len(answer) + len(reference)
    return 2 * LCSseq.similarity(answer, reference) / total if total else 0.0


def require_references(answers: Sequence[Any], references: Sequence[Sequence[Any]]) -> None:
    if not answers or len(answers) != len(references) or not all(references):
        raise DatasetError(
            "Answers must be those to at least one question, each with at least one reference. Received "
            f"{len(answers):,} answers and {len(references):,} lists of references, "
            f"{sum(not expected for expected in references):,} of them empty. "
            "Take the questions that have a true answer."
        )
