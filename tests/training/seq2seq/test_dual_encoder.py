import numpy as np
import pytest
import tensorflow as tf

from preprocessing.vocabulary import SPECIAL_TOKENS, Vocabulary
from training.parameters import Hyperparameters
from training.seq2seq.architectures import make_network
from training.seq2seq.batches import Batch
from training.seq2seq.dual_encoder import (
    ANSWER_PLACE,
    LARGEST_SCALE,
    QUESTION_PLACE,
    equal_rows,
    ranking_losses,
    recall_of,
    wrong_pairs,
)
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.ranking_test import RankingTest
from training.seq2seq.text_features import (
    BUCKETS,
    Dropout,
    Letters,
    letters_of,
    pair_numbers,
    pairs_of,
    summed,
    summed_at_once,
    words_of,
)
from training.seq2seq.xla import compiling

QUESTIONS = tf.constant([[5, 6, 7], [8, 9, 0], [6, 0, 0]], tf.int32)
INPUTS = tf.constant([[1, 5, 6, 7], [1, 9, 0, 0], [1, 8, 0, 0]], tf.int32)
TARGETS = tf.constant([[5, 6, 7, 2], [9, 2, 0, 0], [8, 2, 0, 0]], tf.int32)
NONE = tf.zeros((0, 1), tf.int32)
BATCH = Batch(QUESTIONS, INPUTS, TARGETS, tf.ones(3), NONE)
SEED = tf.constant([0, 1])
SEPARATOR_ID = 4
# Three turns, two, and one.
CONTEXTS = tf.constant([[9, 4, 8, 8, 4, 5, 6], [8, 4, 7, 0, 0, 0, 0], [6, 0, 0, 0, 0, 0, 0]], tf.int32)


def make(size=11, **changes):
    tf.keras.utils.set_random_seed(1)
    settings = {"layers": 2, "hidden_size": 8, "embedding_size": 10, "dropout": 0.5, **changes}
    network = make_network(Hyperparameters(architecture="dual_encoder", **settings), size)
    # The towers begin as the identity, through which nothing could go wrong.
    for tower in (network.question_tower, network.answer_tower):
        for layer in tower.narrowed:
            layer.kernel.assign(tf.random.stateless_normal(layer.kernel.shape, (1, 2)))
    network.separator = SEPARATOR_ID
    network.letters = Letters(tf.constant([3, 4, 4]), tf.constant([5, 5, 6]))
    return network


@pytest.fixture
def network():
    return make()


def distractors(*rows):
    return tf.constant(rows, tf.int32)


def losses(network, batch):
    return float(network.batch_loss(batch).total)


def test_a_text_becomes_a_vector_of_length_1(network):
    for vectors in (network.question_vectors(QUESTIONS), network.answer_vectors(TARGETS)):
        assert vectors.shape == (3, 8)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_padding_and_the_end_of_an_answer_change_nothing(network):
    whole = network.answer_vectors(TARGETS)

    np.testing.assert_allclose(network.answer_vectors(tf.pad(TARGETS, [[0, 0], [0, 4]])), whole, atol=1e-5)
    np.testing.assert_allclose(network.answer_vectors(tf.constant([[9]])), whole[1:2], atol=1e-5)
    np.testing.assert_allclose(
        network.question_vectors(QUESTIONS[1:2, :2]), network.question_vectors(QUESTIONS)[1:2], atol=1e-5
    )


def test_neighbours_in_a_batch_change_no_vector(network):
    together = network.question_vectors(QUESTIONS)

    np.testing.assert_allclose(network.question_vectors(QUESTIONS[:1]), together[:1], atol=1e-5)


def test_the_order_of_words_counts(network):
    there, back = network.question_vectors(tf.constant([[5, 6, 7], [7, 6, 5]]))

    assert np.abs(there - back).max() > 0.01


def test_nothing_to_read_is_a_vector_too(network):
    assert np.isfinite(network.question_vectors(tf.zeros((1, 3), tf.int32))).all()


def test_each_pair_of_neighbours_has_a_bucket_and_padding_none():
    pairs = pair_numbers(tf.constant([[5, 6, 0, 0], [6, 5, 6, 999_999]])).numpy()

    assert pairs.shape == (2, 5)
    assert pairs[0, 3:].tolist() == [0, 0]
    assert ((pairs[0, :3] > 0) & (pairs[0, :3] < BUCKETS)).all()
    assert pairs[0, 1] == pairs[1, 2]
    # The beginning of a text, and its end, are neighbours as well.
    assert len(set(pairs[1].tolist())) == 5


def test_pairs_do_not_reach_from_turn_to_turn():
    pairs = pairs_of(words_of(CONTEXTS, SEPARATOR_ID))

    alone = [pair_numbers(tf.constant([turn])).numpy()[0].tolist() for turn in ([9], [8, 8], [5, 6])]
    assert pairs.ids[0].numpy().tolist() == [number for turn in alone for number in turn]
    assert pairs.places[0].numpy().tolist() == [0, 0, 1, 1, 1, 2, 2, 2]


def test_words_stand_at_the_place_of_their_turn():
    words = words_of(tf.constant([[9, 4, 8, 4, 7, 4, 5, 6, 0]]), SEPARATOR_ID)

    assert words.ids.numpy().tolist() == [[9, 0, 8, 0, 7, 0, 5, 6, 0]]
    assert words.places.numpy()[0, [0, 2, 4, 6, 7, 8]].tolist() == [0, 0, 1, 2, 2, 2]


def test_what_was_said_before_counts_and_is_not_the_last_turn(network):
    vectors = network.question_vectors(tf.constant([[5, 6, 0, 0], [7, 4, 5, 6], [5, 4, 7, 6], [4, 5, 6, 0]]))
    alone, behind, before, empty = vectors.numpy()

    assert np.abs(alone - behind).max() > 0.01
    assert np.abs(before - behind).max() > 0.01
    np.testing.assert_allclose(empty, alone, atol=1e-5)


def test_padding_behind_several_turns_changes_nothing(network):
    whole = network.question_vectors(CONTEXTS)

    np.testing.assert_allclose(network.question_vectors(tf.pad(CONTEXTS, [[0, 0], [0, 3]])), whole, atol=1e-5)
    np.testing.assert_allclose(network.question_vectors(CONTEXTS[1:2, :3]), whole[1:2], atol=1e-5)


def test_training_and_serving_sum_the_same():
    table = tf.random.stateless_normal((11, 5), (1, 2))
    texts = [words_of(CONTEXTS, SEPARATOR_ID), words_of(TARGETS), words_of(tf.zeros((2, 3), tf.int32))]

    for here, there in zip(summed(table, texts), summed_at_once(table, texts), strict=True):
        np.testing.assert_allclose(here, there, atol=1e-6)
    assert summed(table, texts)[0].shape == (3, 3, 5)
    np.testing.assert_allclose(summed(table, texts)[1][1, 0], table[9])
    np.testing.assert_allclose(summed(table, texts)[0][0, 2], (table[5] + table[6]) / 2**0.5, atol=1e-6)


def test_padding_in_a_batch_does_not_change_its_loss(network):
    batch = BATCH._replace(distractors=distractors([7, 2, 0, 0, 0]))
    wider = Batch(
        *(tf.pad(ids, [[0, 0], [0, 3]]) for ids in batch[:3]), batch.weights, batch.distractors[:, :2]
    )

    assert losses(network, wider) == pytest.approx(losses(network, batch), abs=1e-5)


def test_dropout_comes_from_the_seed_alone(network):
    one, again, other = (
        float(network.batch_loss(BATCH, seed).total) for seed in (SEED, SEED, tf.constant([0, 2]))
    )

    assert one == again
    assert one != other
    assert losses(network, BATCH) == losses(network, BATCH) != one


def test_question_and_answer_do_not_miss_the_same():
    """What is missing in both would tell a question its answer."""
    ids = tf.range(4, 404)[tf.newaxis]
    left_out = [
        Dropout(0.5, SEED, place).of_ids(ids, 0).numpy() == 0 for place in (QUESTION_PLACE, ANSWER_PLACE)
    ]

    assert [missing.mean() for missing in left_out] == pytest.approx([0.5, 0.5], abs=0.1)
    assert (left_out[0] == left_out[1]).mean() == pytest.approx(0.5, abs=0.1)


def test_whole_turns_are_left_out_at_times_but_none_that_stands_alone():
    words = words_of(tf.tile(CONTEXTS[:1], [2000, 1]), SEPARATOR_ID)
    alone = words_of(tf.tile(CONTEXTS[2:], [2000, 1]), SEPARATOR_ID)

    left = Dropout(0.5, SEED, 0).of_turns(words, 2).ids.numpy()

    assert (left[:, [0, 2, 5]] == 0).mean(axis=0).tolist() == pytest.approx([0.5, 0.5, 0.25], abs=0.05)
    assert ((left[:, 2] == 0) == (left[:, 3] == 0)).all()
    assert ((left[:, 0] == 0) != (left[:, 2] == 0)).any()
    np.testing.assert_array_equal(Dropout(0.5, SEED, 0).of_turns(alone, 2).ids, alone.ids)
    np.testing.assert_array_equal(Dropout(0.0, SEED, 0).of_turns(words, 2).ids, words.ids)


def test_the_count_of_a_batch_is_the_weight_of_its_questions(network):
    weighted = BATCH._replace(weights=tf.constant([2.0, 0.5, 1.0]))

    assert float(network.batch_count(BATCH)) == float(network.batch_loss(BATCH).count) == 3
    assert float(network.batch_count(weighted)) == float(network.batch_loss(weighted).count) == 3.5


def test_every_weight_learns(network):
    with tf.GradientTape() as tape:
        loss = network.batch_loss(BATCH._replace(questions=CONTEXTS), tf.constant([0, 11])).total
    gradients = tape.gradient(loss, network.trainable_variables)

    unmoved = [
        variable.path
        for gradient, variable in zip(gradients, network.trainable_variables, strict=True)
        if gradient is None or not np.any(tf.convert_to_tensor(gradient))
    ]
    assert unmoved == []


def test_the_loss_is_the_cross_entropy_of_finding_each_other(network):
    scores = float(network.scale()) * np.matmul(
        network.question_vectors(QUESTIONS), np.transpose(network.answer_vectors(TARGETS))
    )
    found = [tf.nn.log_softmax(table).numpy().diagonal() for table in (scores, scores.T)]

    assert losses(network, BATCH) == pytest.approx(-0.5 * (found[0] + found[1]).sum(), abs=1e-4)


def test_weights_multiply_the_losses_of_their_questions(network):
    def weighted(*weights):
        return losses(network, BATCH._replace(weights=tf.constant(weights)))

    ones = [
        weighted(2.0, 1.0, 1.0) - losses(network, BATCH),
        weighted(1.0, 1.5, 1.0) - losses(network, BATCH),
    ]

    assert weighted(2.0, 1.5, 1.0) == pytest.approx(losses(network, BATCH) + sum(ones), abs=1e-4)


def test_rows_that_fill_a_batch_up_are_not_there(network):
    filled = Batch(
        *(tf.concat([ids, ids[:1] + 1], 0) for ids in BATCH[:3]), tf.constant([1.0, 1, 1, 0]), NONE
    )

    assert losses(network, filled) == pytest.approx(losses(network, BATCH), abs=1e-5)


def test_what_equals_the_right_answer_is_no_wrong_one():
    answers = tf.constant([[9, 2, 0], [9, 2, 0], [9, 8, 2], [9, 2, 0], [7, 2, 0]])
    batch = Batch(QUESTIONS, INPUTS, answers[:3], tf.ones(3), answers[3:])

    assert wrong_pairs(batch, answers).numpy().tolist() == [
        [False, False, True, False, True],
        [False, False, True, False, True],
        [True, True, False, True, True],
    ]


def test_what_answers_an_equal_question_is_no_wrong_answer():
    questions = tf.constant([[5, 6, 7], [5, 6, 7], [5, 6, 0]])
    batch = Batch(questions, INPUTS, TARGETS, tf.ones(3), NONE)

    assert wrong_pairs(batch, TARGETS).numpy().tolist() == [
        [False, False, True],
        [False, False, True],
        [True, True, False],
    ]


def test_a_distractor_makes_it_harder_unless_it_is_the_answer(network):
    one = Batch(QUESTIONS[:1], INPUTS[:1], TARGETS[:1], tf.ones(1), NONE)

    assert losses(network, one) == pytest.approx(0, abs=1e-6)
    assert losses(network, one._replace(distractors=TARGETS[:1])) == pytest.approx(0, abs=1e-6)
    assert losses(network, one._replace(distractors=distractors([7, 2]))) > 0.01


def test_smoothing_spreads_a_share_of_the_target_over_the_candidates():
    scores = tf.constant([[0.0, np.log(3.0), 9.0]], tf.float32)
    is_wrong = tf.constant([[False, True, False]])

    assert float(ranking_losses(scores, is_wrong, 0.0)[0]) == pytest.approx(-np.log(0.25))
    expected = -(0.9 * np.log(0.25) + 0.1 * np.log(0.75))
    assert float(ranking_losses(scores, is_wrong, 0.2)[0]) == pytest.approx(expected, abs=1e-6)


def test_rows_are_equal_only_where_every_id_is():
    left = tf.constant([[999_999, 1, 0], [1, 999_999, 0]])

    assert equal_rows(left, tf.concat([left, [[999_999, 1, 1]]], 0)).numpy().tolist() == [
        [True, False, False],
        [False, True, False],
    ]


@pytest.mark.parametrize("temperature", [-1e3, 1e3])
def test_scores_stay_bounded_whatever_is_learned(network, temperature):
    network.temperature.assign(temperature)

    assert 0 <= float(network.scale()) <= LARGEST_SCALE


def test_held_out_questions_are_ranked_among_ten_answers(make_dataset, network):
    dataset = make_dataset(600)
    network = make(len(dataset.vocabulary))
    rows = dataset.indices("validation")

    figures = network.validation_metrics(dataset, ExchangeIds(dataset), rows)

    assert list(figures) == ["recall@1", "recall@2", "recall@5"]
    assert 0 <= figures["recall@1"] <= figures["recall@2"] <= figures["recall@5"] <= 1
    assert network.validation_metrics(dataset, ExchangeIds(dataset), rows[:5]) == {}


def test_recall_is_one_where_only_the_true_answer_is_close():
    test = RankingTest(np.arange(10), (np.arange(10)[:, np.newaxis] + np.arange(10)) % 10)
    apart, alike = np.eye(10, dtype=np.float32), np.ones((10, 10), np.float32)

    assert recall_of(test, apart, apart)["recall@1"] == 1
    assert recall_of(test, alike, alike)["recall@1"] == pytest.approx(0.1)


WORDS = Vocabulary([*SPECIAL_TOKENS, "<turn>", "play", "plays", "zebra", "?", "好", "你好"])


def test_words_spelled_alike_share_rows_of_letters():
    letters = letters_of(WORDS)
    of = {
        word: set(letters.buckets.numpy()[letters.words.numpy() == number].tolist())
        for number, word in enumerate(WORDS.decode(range(len(WORDS))))
    }

    assert len(of["play"] & of["plays"]) == 3
    assert not of["play"] & of["zebra"]
    assert of["好"] < of["你好"]
    assert of["<turn>"] == of["?"] == of["<go>"] == set()


def test_a_word_is_its_row_and_its_letters(network):
    network.read_vocabulary(WORDS)
    table, letters = network.word_table().numpy(), network.letter_embedding.embeddings.numpy()
    own = letters_of(WORDS).buckets.numpy()[letters_of(WORDS).words.numpy() == 5]

    expected = network.embedding.embeddings.numpy()[5] + letters[own].sum(axis=0) / len(own) ** 0.5
    np.testing.assert_allclose(table[5], expected, atol=1e-6)
    with compiling(True):
        np.testing.assert_allclose(network.word_table(), table, atol=1e-6)


def test_folded_letters_change_no_vector(network):
    network.read_vocabulary(WORDS)
    before = network.question_vectors(CONTEXTS).numpy()

    network.fold_letters()

    assert network.letters is None
    np.testing.assert_allclose(network.question_vectors(CONTEXTS), before, atol=1e-6)


def test_a_vocabulary_without_letters_is_one_too(network):
    network.read_vocabulary(Vocabulary([*SPECIAL_TOKENS, "?", "!", ".", ",", ":", "-", "/"]))

    assert np.isfinite(losses(network, BATCH))
    assert network.separator == -1
