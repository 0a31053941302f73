import json
import math

import numpy as np
import pytest

from preprocessing.errors import SettingsError
from tests.training.seq2seq.conftest import StopWhenTold
from training.seq2seq.callbacks.sample_answers import CELL, picture
from training.seq2seq.greedy import GreedyAnswers
from training.seq2seq.validation import sample


@pytest.fixture
def with_held_out(make_dataset):
    return make_dataset(600, name="large")


@pytest.mark.parametrize(
    ("metric", "measured"),
    [
        ("", set()),
        ("perplexity", set()),
        ("recall@1", {"recall@1", "recall@2", "recall@5"}),
        ("validation/distinct-2", {"distinct-1", "distinct-2"}),
        ("token_accuracy", {"token_accuracy"}),
    ],
)
def test_a_run_measures_what_it_is_judged_by(train, with_held_out, metric, measured):
    _, trainer = train(dataset=with_held_out, batch_size=256, epochs=1, metric=metric)
    state = trainer.train()

    assert set(state.metrics) == {"training_loss", "loss", "perplexity"} | measured
    assert all(0 <= state.metrics[name] <= 1 for name in measured)
    judged = metric.rpartition("/")[2] or "loss"
    assert state.best_value == state.metrics[judged]
    assert trainer.checkpoints.best() == f"epoch=01-val_{judged}={state.metrics[judged]:.3f}"


def test_right_tokens_are_counted_in_the_parts_of_a_step(train, with_held_out):
    _, trainer = train(dataset=with_held_out, batch_size=8, metric="token_accuracy")
    whole = trainer.network.right_tokens
    sizes = []

    def right_tokens(batch):
        sizes.append(len(batch.weights))
        return whole(batch)

    trainer.network.right_tokens = right_tokens
    expected = trainer._validation.measure()["token_accuracy"]
    at_once = max(sizes)
    sizes.clear()
    trainer.halve_batch("Memory ran out")

    assert trainer._validation.measure()["token_accuracy"] == expected
    assert (at_once, max(sizes)) == (8, 4)


@pytest.mark.parametrize("architecture", ["rnn", "dual_encoder"])
def test_where_too_few_answers_differ_to_rank_them_the_loss_judges(train, make_dataset, caplog, architecture):
    pairs = [(f"say number {n}", f"answer {n % 8}") for n in range(600)]
    dataset = make_dataset(name="few", pairs=pairs)
    _, trainer = train(
        dataset=dataset, architecture=architecture, batch_size=256, epochs=1, metric="recall@1"
    )
    state = trainer.train()

    assert len(dataset.indices("validation")) >= 20
    assert state.best_value == state.metrics["loss"]
    assert trainer.checkpoints.best() == f"epoch=01-val_loss={state.metrics['loss']:.3f}"
    assert "recall@1 cannot be measured: too few held-out answers differ. The loss judges." in caplog.text


def test_a_metric_that_does_not_exist_is_refused_before_anything_begins(tiny):
    with pytest.raises(SettingsError, match=r"Received 'accuracy'\. Choose one of these"):
        tiny(metric="accuracy")


def test_the_best_may_be_the_largest(train, with_held_out):
    _, trainer = train(dataset=with_held_out, batch_size=128, epochs=2, metric="recall@1")
    state = trainer.train()

    kept = {s.epoch: s.metrics["recall@1"] for s in trainer.checkpoints.states().values() if s.metrics}
    assert state.best_value == max(kept.values())


def test_held_out_questions_are_answered_after_each_epoch(train, with_held_out):
    directory, trainer = train(dataset=with_held_out, batch_size=256, epochs=2, sample_answers=2)
    trainer.train()

    lines = [json.loads(line) for line in (directory / "samples.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [trainer.steps_an_epoch, 2 * trainer.steps_an_epoch]
    first = lines[0]["samples"][0]
    row = with_held_out.indices("validation")[0]
    assert first["question"] == with_held_out.question_text(row)
    assert first["expected"] == with_held_out.answer_text(row)
    assert "<" not in first["answer"]


def test_who_asks_to_stop_gets_the_answers_so_far_and_a_whole_checkpoint(train, with_held_out, monkeypatch):
    monitor = StopWhenTold()
    directory, trainer = train(
        monitor=monitor, dataset=with_held_out, batch_size=256, epochs=1, sample_answers=3
    )
    answer = GreedyAnswers.answer

    def answer_and_ask(self, question):
        monitor.is_asked = True
        return answer(self, question)

    monkeypatch.setattr(GreedyAnswers, "answer", answer_and_ask)
    trainer.train()

    lines = [json.loads(line) for line in (directory / "samples.jsonl").read_text().splitlines()]
    assert [len(line["samples"]) for line in lines] == [1]
    assert trainer.checkpoints.newest()[0].epoch == 1


def test_a_sample_comes_from_all_over_a_split():
    assert sample(np.arange(10), 3).tolist() == [0, 4, 9]
    assert sample(np.arange(2), 3).tolist() == [0, 1]


def test_attention_as_pixels_is_dark_where_it_is_much():
    pixels = picture(np.array([[0.0, 1.0], [0.5, 0.5]]))

    assert pixels.shape == (1, 2 * CELL, 2 * CELL, 1)
    assert pixels[0, 0, 0, 0] == 255
    assert pixels[0, 0, CELL, 0] == 0


def test_perplexity_is_that_of_the_loss(train, with_held_out):
    _, trainer = train(dataset=with_held_out, batch_size=256, epochs=1)
    metrics = trainer.train().metrics

    assert metrics["perplexity"] == pytest.approx(math.exp(metrics["loss"]))
