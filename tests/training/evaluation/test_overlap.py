import time

import numpy as np
import pytest
from nltk.translate.bleu_score import corpus_bleu as nltk_corpus_bleu
from sacrebleu.metrics import BLEU, CHRF

from preprocessing.errors import DatasetError
from training.evaluation.overlap import (
    bleu_statistics,
    corpus_bleu,
    corpus_bleu_interval,
    corpus_chrf,
    rouge_l,
    sentence_bleu,
    sentence_chrf,
)

# The example of sacreBLEU's own documentation: three sentences with two references.
ANSWERS = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
FIRST = ["The dog bit the man.", "It was not unexpected.", "The man bit him first."]
SECOND = ["The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."]
REFERENCES = list(zip(FIRST, SECOND, strict=True))


def test_corpus_values_are_those_that_sacrebleu_documents():
    assert corpus_bleu(ANSWERS, REFERENCES) == pytest.approx(48.53, abs=0.005)
    assert corpus_chrf(ANSWERS, REFERENCES) == pytest.approx(59.73, abs=0.005)


def test_corpus_bleu_without_smoothing_is_that_of_nltk():
    answers = ["the cat is on the mat today", "there is a cat here now"]
    references = [["the cat is on the mat", "a cat is on the mat today"], ["there is a cat here"]]
    cut = [[text.split() for text in expected] for expected in references]

    assert corpus_bleu(answers, references) == pytest.approx(
        100 * nltk_corpus_bleu(cut, [answer.split() for answer in answers])
    )


def test_a_sentence_of_the_reference_has_all_and_a_foreign_one_nothing():
    assert sentence_bleu(["Yes.", "No!"], [["Yes."], ["Well, yes."]]).tolist() == pytest.approx([100, 0])
    assert sentence_chrf(["Yes.", "No!"], [["Yes."], ["Well, yes."]]).tolist() == pytest.approx([100, 0])


def test_sentence_bleu_of_three_words_of_four():
    # Precisions 3/4, 2/3, 1/2, and a half of 1/1 since there is no match of four.
    expected = 100 * (3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** 0.25

    assert sentence_bleu(["a b c x"], [["a b c d"]])[0] == pytest.approx(expected)


def test_sentence_values_are_those_of_sacrebleu():
    bleu, chrf = BLEU(effective_order=True), CHRF()
    pairs = list(zip(ANSWERS, REFERENCES, strict=True))

    assert sentence_bleu(ANSWERS, REFERENCES).tolist() == [bleu.sentence_score(*pair).score for pair in pairs]
    assert sentence_chrf(ANSWERS, REFERENCES).tolist() == [chrf.sentence_score(*pair).score for pair in pairs]


def test_questions_may_have_different_numbers_of_references():
    uneven = [["The dog bit the man.", "The dog had bit the man."], ["It was not unexpected."], FIRST]
    streams = [[each[place] if place < len(each) else None for each in uneven] for place in range(3)]

    assert corpus_bleu(ANSWERS, uneven) == pytest.approx(BLEU().corpus_score(ANSWERS, streams).score)
    assert corpus_chrf(ANSWERS, uneven) == pytest.approx(CHRF().corpus_score(ANSWERS, streams).score)


def test_chinese_is_compared_by_characters():
    answers, references = ["我很喜欢你", "他走了"], [["我也喜欢你"], ["他走了。", "他不在"]]
    streams = [["我也喜欢你", "他走了。"], [None, "他不在"]]

    # 我, 喜, 欢 and 你 of five; 喜欢 and 欢你 of four; 喜欢你 of three; a half of one of two.
    expected = 100 * (4 / 5 * 2 / 4 * 1 / 3 * 1 / 2 / 2) ** 0.25
    assert sentence_bleu(answers, references)[0] == pytest.approx(expected)
    assert corpus_bleu(answers, references) == pytest.approx(
        BLEU(tokenize="zh").corpus_score(answers, streams).score
    )


def test_statistics_are_lengths_matches_and_n_grams():
    [row] = bleu_statistics(["a b c x"], [["a b c d e"]]).tolist()

    assert row == [4, 5, 3, 2, 1, 0, 4, 3, 2, 1]


def test_the_interval_holds_the_corpus_value_and_follows_the_seed():
    answers, references = ANSWERS * 30, REFERENCES * 30
    low, high = corpus_bleu_interval(answers, references)

    assert low < corpus_bleu(answers, references) < high
    assert (low, high) == corpus_bleu_interval(answers, references, seed=0)
    assert (low, high) != corpus_bleu_interval(answers, references, seed=1)


def test_the_interval_is_that_of_corpora_drawn_anew():
    random = np.random.default_rng(7)
    answers, references = ANSWERS * 10, REFERENCES * 10
    drawn = random.integers(30, size=(400, 30)).tolist()
    values = [corpus_bleu([answers[i] for i in row], [references[i] for i in row]) for row in drawn]

    assert corpus_bleu_interval(answers, references, resamples=4000) == pytest.approx(
        tuple(np.quantile(values, [0.025, 0.975])), abs=1.5
    )


def test_equal_answers_have_no_width():
    assert corpus_bleu_interval(["a b c d"] * 5, [["a b c d"]] * 5) == pytest.approx((100, 100))


def test_a_thousand_questions_and_resamples_take_seconds():
    answers = [f"I think number {number} is {number % 7} of them." for number in range(1000)]
    references = [[f"Number {number} is not one of them."] for number in range(1000)]
    started = time.monotonic()

    corpus_bleu_interval(answers, references)

    assert time.monotonic() - started < 10


def test_an_answer_without_a_word_has_nothing_in_common():
    assert sentence_bleu([""], [["Yes."]]).tolist() == [0]
    assert sentence_chrf([""], [["Yes."]]).tolist() == [0]
    assert rouge_l([[], []], [[["yes"]], [[]]]).tolist() == [0, 0]
    assert corpus_bleu([""], [["Yes."]]) == corpus_chrf([""], [["Yes."]]) == 0


def test_rouge_l_of_the_sentences_in_its_paper():
    reference = [["police", "killed", "the", "gunman"]]
    answers = ["police kill the gunman", "the gunman kill police", "the gunman police killed"]

    # Lin 2004, section 3.1: 3/4, and twice 2/4, with beta 1.
    assert rouge_l([answer.split() for answer in answers], [reference] * 3).tolist() == [0.75, 0.5, 0.5]


def test_rouge_l_weighs_precision_and_recall_alike_and_takes_the_best_reference():
    far, near = ["x", "y"], ["a", "b", "c", "d", "e", "f"]

    # Precision 3/4, recall 3/6.
    assert rouge_l([["a", "b", "c", "z"]], [[far, near]]).tolist() == [0.6]


def test_rouge_l_takes_ids_too():
    assert rouge_l([[4, 5, 6]], [[[4, 6]]]).tolist() == [0.8]


def test_a_lone_surrogate_and_nul_do_not_crash():
    odd = ["\ud800 \0 yes"]

    assert sentence_bleu(odd, [odd]).tolist() == pytest.approx([100])
    assert sentence_chrf(odd, [odd]).tolist() == pytest.approx([100])


@pytest.mark.parametrize("measure", [sentence_bleu, corpus_bleu, sentence_chrf, corpus_chrf, rouge_l])
@pytest.mark.parametrize(("answers", "references"), [([], []), (["a"], []), (["a"], [[]])])
def test_what_has_no_reference_is_refused(measure, answers, references):
    with pytest.raises(DatasetError, match=r"at least one reference\. Received"):
        measure(answers, references)
