import pytest

from preprocessing.errors import SettingsError
from tests.conftest import ROOT
from training.configuration_file import SECTIONS, read_configuration


@pytest.fixture
def write_ini(tmp_path):
    def write(text):
        path = tmp_path / "config.ini"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_every_key_of_deepqa2_is_read(write_ini):
    path = write_ini(
        "[log]\nlog_level = debug\n[corpus]\ncorpus_name = cornell\ncorpus_max_length = 10\n"
        "[hyparams]\ntrain_learning_rate = 0.01\ntrain_num_epoch = 5\ntrain_num_layers = 3\n"
        "train_hidden_size = 512\ntrain_num_embedding = 64\ntrain_softmax_samples = 128\n"
        "train_num_batch_size = 32\ntrain_save_every = 2000\n"
        "[serve]\nhostname = bot.example\nsecret_key = s\n"
    )

    configuration = read_configuration(path, {})

    assert configuration.log_level == "DEBUG"
    assert (configuration.corpus_name, configuration.corpus_max_length) == ("cornell", 10)
    assert (configuration.hostname, configuration.secret_key) == ("bot.example", "s")
    assert configuration.hyperparameters == {
        "learning_rate": 0.01,
        "epochs": 5,
        "layers": 3,
        "hidden_size": 512,
        "embedding_size": 64,
        "softmax_samples": 128,
        "batch_size": 32,
        "save_every": 2000,
    }


def test_without_a_file_the_defaults_hold(tmp_path):
    configuration = read_configuration(tmp_path / "config.ini", {})

    assert configuration.log_level == "INFO"
    assert configuration.default_hyperparameters().layers == 2


def test_the_environment_wins(write_ini):
    path = write_ini("[hyparams]\ntrain_num_layers = 3\n")

    configuration = read_configuration(
        path, {"CHATBOT_TRAIN_NUM_LAYERS": "1", "CHATBOT_LOG_LEVEL": "WARNING"}
    )

    assert configuration.default_hyperparameters().layers == 1
    assert configuration.log_level == "WARNING"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "[hyparams]\ntrain_num_layers = 9\n",
            "train_num_layers must be a whole number from 1 to 8. Received '9'",
        ),
        (
            "[hyparams]\ntrain_learning_rate = fast\n",
            "train_learning_rate must be a number .* Received 'fast'",
        ),
        (
            "[hyparams]\ntrain_layers = 2\n",
            r"keys of \[hyparams\] must be among .* Received train_layers = 2",
        ),
        ("[hyper]\nx = 1\n", r"sections must be among .* Received \[hyper\]"),
        ("[log]\nlog_level = LOUD\n", "log_level must be one of DEBUG, .* Received 'LOUD'"),
        ("[corpus]\ncorpus_max_length = 0\n", "corpus_max_length must be a whole number from 1 to 400"),
        ("no section\n", "must be an INI file"),
        ("[log]\nlog_level = INFO\nlog_level = DEBUG\n", "must be an INI file"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_what_is_legal(write_ini, text, complaint):
    with pytest.raises(SettingsError, match=complaint):
        read_configuration(write_ini(text), {})


def test_the_sample_is_legal_and_has_a_comment_a_key():
    sample = ROOT / "config.sample.ini"
    lines = sample.read_text(encoding="utf-8").splitlines()

    read_configuration(sample, {})

    for key in [key for keys in SECTIONS.values() for key in keys]:
        position = next(i for i, line in enumerate(lines) if line.startswith(f"{key} ="))
        assert lines[position - 1].startswith(";"), key
