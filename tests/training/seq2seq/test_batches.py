import numpy as np

from training.seq2seq.batches import BatchSource


def rows_of(batches):
    return sorted(tuple(row) for batch in batches for row in batch.questions.tolist())


def test_an_epoch_holds_every_row_once(make_dataset):
    dataset = make_dataset(10)
    source = BatchSource(dataset, dataset.indices("train"), 4)

    batches = list(source.shuffled(seed=0, epoch=0))

    assert len(batches) == len(source) == 3
    assert rows_of(batches) == rows_of(source.in_order())
    assert sum(len(batch.questions) for batch in batches) == 10


def test_inputs_begin_with_go_and_targets_end_with_eos(make_dataset):
    dataset = make_dataset(4)
    batch = next(BatchSource(dataset, np.array([0]), 1).in_order())

    assert batch.inputs.tolist() == [[1, *dataset.answer(0).tolist()]]
    assert batch.targets.tolist() == [[*dataset.answer(0).tolist(), 2]]
    assert batch.questions.dtype == batch.inputs.dtype == np.int32


def test_seed_and_epoch_alone_decide_the_order(make_dataset):
    dataset = make_dataset(24)

    def order(seed, epoch, first=0):
        source = BatchSource(dataset, dataset.indices("train"), 4)
        return [batch.questions.tolist() for batch in source.shuffled(seed, epoch, first)]

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(0, 2)
    assert order(0, 1) != order(1, 1)
    assert order(0, 1, first=2) == order(0, 1)[2:]
