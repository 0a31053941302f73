import math
import time

import bm25s
import numpy as np
import pytest
from gensim.corpora import Dictionary
from gensim.matutils import cossim
from gensim.models import TfidfModel

from training.evaluation.lexical import Bm25, Collection, LexicalRanker, TfIdf, characters, words

TEXTS = [
    "the cat sat on the mat",
    "the dog sat on the log",
    "a bird in the hand",
    "the cat and the dog",
    "two birds in a bush",
    "a hand on the log",
    "the bush and the mat",
]
DOCUMENTS = [text.split() for text in TEXTS]
QUESTION = ["where", "is", "the", "cat", "and", "the", "bird"]


def ranker_of(weighting, documents=DOCUMENTS, terms=words):
    return LexicalRanker("", weighting(Collection.of(documents, terms), terms))


def test_tfidf_is_the_cosine_of_gensim():
    dictionary = Dictionary(DOCUMENTS)
    model = TfidfModel(dictionary=dictionary, id2word=dictionary)
    known = [token for token in QUESTION if token in dictionary.token2id]

    found = ranker_of(TfIdf).score(known, DOCUMENTS)

    vectors = [model[dictionary.doc2bow(tokens)] for tokens in [known, *DOCUMENTS]]
    assert found.tolist() == pytest.approx([cossim(vectors[0], other) for other in vectors[1:]])


def test_tfidf_by_hand():
    # Of four texts a stands in two (log 2), b in one (log 4); what was never seen tells as much as b.
    ranker = ranker_of(TfIdf, [["a", "b"], ["a"], ["c"], ["d"]])

    assert ranker.score(["a"], [["a"], ["a", "b"], ["x"], []]).tolist() == pytest.approx(
        [1, 1 / math.sqrt(5), 0, 0]
    )
    assert ranker.score(["x"], [["x"], ["x", "b"]]).tolist() == pytest.approx([1, math.sqrt(0.5)])


def test_a_word_of_all_texts_tells_nothing():
    assert ranker_of(TfIdf, [["a"], ["a", "b"]]).score(["a"], [["a"], ["a", "b"]]).tolist() == [0, 0]


def test_bm25_is_that_of_bm25s():
    peer = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
    peer.index(DOCUMENTS, show_progress=False)
    known = [token for token in QUESTION if any(token in document for document in DOCUMENTS)]

    found = ranker_of(Bm25).score(known, DOCUMENTS)

    assert found.tolist() == pytest.approx(peer.get_scores(known).tolist(), rel=1e-5)
    assert int(found.argmax()) == 3


def test_characters_find_what_words_do_not():
    asked, answers = ["forgot"], [["forgotten"], ["remember"]]

    assert ranker_of(TfIdf).score(asked, answers).tolist() == [0, 0]
    close, far = ranker_of(TfIdf, terms=characters).score(asked, answers).tolist()
    assert close > 0.5 > far


def test_how_chinese_is_cut_into_words_does_not_matter_for_characters():
    assert list(characters(["我们", "走"])) == list(characters(["我", "们走"]))
    assert list(characters(["a", "b"])) == ["a", " ", "b", "a ", " b", "a b"]
    assert list(characters([])) == []


@pytest.mark.parametrize("weighting", [TfIdf, Bm25])
@pytest.mark.parametrize("terms", [words, characters])
def test_without_texts_to_learn_from_words_weigh_alike(weighting, terms):
    scores = ranker_of(weighting, [], terms).score(["a", "b"], [["a", "b"], ["a", "c"], ["d"], []]).tolist()

    assert scores[0] > scores[1] > scores[2] == scores[3] == 0


@pytest.mark.parametrize("weighting", [TfIdf, Bm25])
def test_a_question_without_a_word_finds_nothing(weighting):
    scores = ranker_of(weighting).score([], [["a"], []])

    assert scores.dtype == np.float64
    assert scores.tolist() == [0, 0]
    assert ranker_of(weighting).score(["a"], []).shape == (0,)


@pytest.mark.parametrize("weighting", [TfIdf, Bm25])
@pytest.mark.parametrize(("terms", "seconds"), [(words, 5), (characters, 20)])
def test_ten_thousand_answers_take_moments(weighting, terms, seconds):
    random = np.random.default_rng(0)
    lexicon = ["".join(random.choice(list("etaoinshr"), 5)) for _ in range(500)]
    texts = [random.choice(lexicon, 12).tolist() for _ in range(1000)]
    ranker = ranker_of(weighting, texts, terms)
    started = time.monotonic()

    for question in range(1000):
        ranker.score(texts[question], texts[question % 100 : question % 100 + 10])

    assert time.monotonic() - started < seconds
