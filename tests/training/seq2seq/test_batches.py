import numpy as np

from preprocessing.filters import FilterSettings
from training.seq2seq.batches import BatchOrder, BatchSource
from training.seq2seq.exchange_ids import ExchangeIds


def source_of(dataset, rows=None, *, batch_size=4, reverse=False, **order):
    rows = dataset.indices("train") if rows is None else rows
    return BatchSource(ExchangeIds(dataset, reverse=reverse), rows, BatchOrder(batch_size, **order))


def rows_of(batches):
    return sorted(tuple(row) for batch in batches for row in batch.questions.tolist())


def test_an_epoch_holds_every_row_once(make_dataset):
    dataset = make_dataset(10)
    source = source_of(dataset)

    batches = list(source.shuffled(seed=0, epoch=0))

    assert len(batches) == len(source) == 3
    assert rows_of(batches) == rows_of(source.in_order())
    assert sum(len(batch.questions) for batch in batches) == 10


def test_inputs_begin_with_go_and_targets_end_with_eos(make_dataset):
    dataset = make_dataset(4)
    batch = next(source_of(dataset, np.array([0])).in_order())

    assert batch.inputs.tolist() == [[1, *dataset.answer(0).tolist()]]
    assert batch.targets.tolist() == [[*dataset.answer(0).tolist(), 2]]
    assert batch.questions.dtype == batch.inputs.dtype == np.int32


def test_seed_and_epoch_alone_decide_the_order(make_dataset):
    dataset = make_dataset(24)

    def order(seed, epoch, first=0):
        source = source_of(dataset)
        return [batch.questions.tolist() for batch in source.shuffled(seed, epoch, first)]

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(0, 2)
    assert order(0, 1) != order(1, 1)
    assert order(0, 1, first=2) == order(0, 1)[2:]


def test_batches_are_of_like_lengths_unless_lengths_shall_mix(make_dataset):
    pairs = [(f"question {number}", "word " * (1 + number % 2 * 9)) for number in range(40)]
    dataset = make_dataset(40, pairs=pairs, filters=FilterSettings(duplicates=False, near_duplicates=False))

    def lengths(**order):
        batches = list(source_of(dataset, np.arange(40), **order).shuffled(seed=0, epoch=0))
        assert rows_of(batches) == rows_of(source_of(dataset, np.arange(40)).in_order())
        return [len(set((batch.targets > 0).sum(axis=1).tolist())) for batch in batches]

    assert max(lengths()) == 1
    assert np.mean(lengths(mixes_lengths=True)) > 1.5


def weighted(make_dataset, weights):
    dataset = make_dataset(len(weights))
    # In memory alone: the file of a dataset is never changed.
    object.__setattr__(dataset.exchanges, "weights", np.array(weights, np.float32))
    return dataset


def drawn(dataset, epochs, seed=0):
    """Return how often each row came in so many epochs."""
    source = source_of(dataset)
    questions = [tuple(dataset.question(row).tolist()) for row in range(len(dataset))]
    counts = dict.fromkeys(questions, 0)
    for epoch in range(epochs):
        batches = list(source.shuffled(seed, epoch))
        assert len(batches) == len(source)
        for batch in batches:
            for row in batch.questions.tolist():
                counts[tuple(token for token in row if token)] += 1
    return [counts[question] for question in questions]


def test_an_epoch_takes_each_exchange_as_often_as_its_weight_says(make_dataset):
    dataset = weighted(make_dataset, [1, 1, 3, 1, 2, 1])

    assert drawn(dataset, epochs=1) == [1, 1, 3, 1, 2, 1]


def test_parts_of_a_weight_are_paid_over_the_epochs(make_dataset):
    dataset = weighted(make_dataset, [2.5, 0.25, 0.25, 1, 1, 1])

    counts = drawn(dataset, epochs=400)

    assert counts[3:] == [400, 400, 400]
    assert 950 < counts[0] < 1050
    assert 70 < counts[1] < 130
    assert 70 < counts[2] < 130


def test_very_small_weights_still_make_an_epoch(make_dataset):
    assert sum(drawn(weighted(make_dataset, [0.01, 0.01]), epochs=3)) == 3


def test_where_weights_count_in_the_loss_an_epoch_takes_each_exchange_once(make_dataset):
    dataset = weighted(make_dataset, [1, 1, 3, 1, 2, 1])

    batches = list(source_of(dataset, weighs_loss=True).shuffled(seed=0, epoch=0))

    assert sorted(weight for batch in batches for weight in batch.weights.tolist()) == [1, 1, 1, 1, 2, 3]


def test_reversed_exchanges_ask_with_the_answer(make_dataset):
    dataset = make_dataset(4)
    batch = next(source_of(dataset, np.array([2]), reverse=True).in_order())

    assert batch.questions.tolist() == [dataset.answer(2).tolist()]
    assert batch.targets.tolist() == [[*dataset.question(2).tolist(), 2]]


def test_distractors_are_drawn_anew_for_each_batch_and_again_for_a_resumed_one(make_dataset):
    dataset = make_dataset(24)

    def drawn(first=0):
        return [b.distractors.tolist() for b in source_of(dataset, distractors=5).shuffled(0, 0, first)]

    assert drawn() == drawn()
    assert drawn(first=2) == drawn()[2:]
    assert drawn()[0] != drawn()[1]
    assert [len(rows) for rows in drawn()] == [5] * 6
    assert next(source_of(dataset).shuffled(0, 0)).distractors.shape == (0, 1)
