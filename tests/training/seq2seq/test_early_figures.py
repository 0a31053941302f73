import logging

import pytest

from training.seq2seq.architectures import make_network
from training.seq2seq.callbacks.early_figures import batch_bytes
from training.seq2seq.loss import PARTS


@pytest.fixture
def activations(tiny):
    """Return a function that tells what a network holds for rows of 5 tokens and 6 tokens."""

    def of(size=1000, rows=4, **changes):
        settings = tiny(**changes)
        return make_network(settings, size).activations(rows, 5, 6, settings)

    return of


def test_how_large_the_work_is_is_told_before_the_first_step(train, caplog):
    caplog.set_level(logging.INFO)
    _, trainer = train(epochs=1)
    trainer.train()

    assert "Training on CPU: " in caplog.text
    assert trainer.figures["parameters"] > 0
    whole = batch_bytes(trainer)
    trainer.halve_batch("Memory ran out")
    assert batch_bytes(trainer) == pytest.approx(whole / 2, abs=1)


def test_a_generator_holds_states_and_a_part_of_all_scores(activations):
    states = activations(size=4) - 3 * 4 * 6 * 4 / PARTS

    assert states == 12 * 4 * (5 + 6) * 8 * 2
    assert activations() == states + 3 * 4 * 6 * 1000 / PARTS
    assert activations(softmax_samples=50) == states + 3 * 4 * 6 * 50
    assert activations(softmax_samples=1000) == activations(softmax_samples=5000) == activations()


def test_mechanism_holds_the_answers_of_all_its_mechanisms_and_all_their_scores(activations):
    held = activations(architecture="mechanism", mechanisms=3)

    assert held == 12 * 4 * (5 + 3 * 6) * 8 * 2 + 3 * 3 * 4 * 6 * 1000


def test_a_ranker_has_no_scores_of_words(activations):
    held = activations(architecture="dual_encoder")

    assert held == activations(architecture="dual_encoder", size=9)
    assert activations(architecture="dual_encoder", distractors=10) > held
    assert held < activations()
