import pytest

from preprocessing.errors import SettingsError
from training.architectures import ARCHITECTURES
from training.parameters import Hyperparameters
from training.presets import SIZES, chosen_preset, preset_notes, preset_values, with_preset


def resolved(exchanges=1000, has_gpu=False, **asked):
    return with_preset(Hyperparameters(**asked), exchanges=exchanges, has_gpu=has_gpu)


def test_a_preset_fills_in_what_nobody_has_set():
    found = resolved(preset="small", hidden_size=64)

    assert found.max_minutes == SIZES["small"]["max_minutes"]
    assert found.hidden_size == 64
    assert found.preset == "small"


@pytest.mark.parametrize(
    ("exchanges", "has_gpu", "name"),
    [(1_000, False, "small"), (500_000, False, "medium"), (1_000, True, "large")],
)
def test_auto_chooses_by_the_dataset_and_the_device_and_says_what(exchanges, has_gpu, name):
    assert chosen_preset(exchanges, has_gpu=has_gpu) == name
    assert resolved(exchanges, has_gpu, preset="auto").preset == name


def test_without_a_preset_nothing_changes():
    assert resolved() == Hyperparameters()


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("architecture", [name for name, found in ARCHITECTURES.items() if found.network])
def test_every_preset_is_legal_for_every_architecture(name, architecture):
    found = resolved(preset=name, architecture=architecture)

    assert {field: getattr(found, field) for field in preset_values(name, architecture)} == preset_values(
        name, architecture
    )


def test_what_was_filled_in_is_not_filled_in_again():
    once = resolved(preset="auto", exchanges=1000)

    assert with_preset(once, exchanges=10**9, has_gpu=True) == once


def test_what_was_given_wins_also_at_its_default():
    asked = {"preset": "medium", "hidden_size": 256}

    assert resolved(**asked).hidden_size == SIZES["medium"]["hidden_size"]
    assert resolved(**asked, kept=("hidden_size",)).hidden_size == 256


def test_only_settings_can_be_kept():
    with pytest.raises(SettingsError, match="Received 'colour'"):
        Hyperparameters(kept=("colour",))


@pytest.mark.parametrize("architecture", ["rnn", "transformer"])
def test_a_preset_leaves_smoothing_out_where_words_are_sampled(architecture):
    found = resolved(preset="small", architecture=architecture, softmax_samples=512)

    assert (found.softmax_samples, found.label_smoothing) == (512, 0)


def test_people_are_told_what_the_presets_are_before_a_start():
    notes = preset_notes(3000)

    assert notes[0] == "Preset auto takes small for 3,000 training exchanges on a CPU, large on a GPU."
    assert [note.partition(":")[0] for note in notes[1:]] == ["small", "medium", "large"]
