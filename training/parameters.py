"""What each kind of job can be told: one dataclass a kind, with defaults, bounds and help.

Plain dataclasses without Django or TensorFlow: config.ini, the commands, the admin's forms, the JSON
column of a job and the trainer all read the same fields.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from preprocessing.errors import SettingsError
from preprocessing.language import require_languages
from preprocessing.request import NAME
from preprocessing.text_settings import CUTS, MOST_CONTEXT_TURNS, STEPS, UNITS
from training.architectures import ARCHITECTURES
from training.evaluation.checkpoint_metrics import direction_of
from training.parameter_fields import (
    Parameters,
    bounded,
    chosen,
    described,
    several,
    switched,
    written,
)
from training.workers import read_workers

CELLS = ("lstm", "gru")
OPTIMIZERS = ("adam", "adamw", "sgd")
SCHEDULES = ("constant", "inverse-root", "cosine", "plateau", "step-decay")
NO_PRESET = "none"
LOOP, DEVICES, KEPT = "How it is trained", "On which devices, and how", "What is measured and kept"
CORPUS_FORMATS = (
    "auto",
    "cornell",
    "sql",
    "spreadsheet",
    "chatterbot",
    "dailydialog",
    "telegram",
    "chitchat",
    "lccc",
    "json-lines",
    "whatsapp",
    "table",
    "plain-text",
)
TEXT, FILTERS, READING = "From text to tokens", "What is dropped", "How the files are read"


@dataclass(frozen=True, kw_only=True)
class PreprocessParameters(Parameters):
    """Corpora become a dataset: one by its row's id, or several by name with a weight each."""

    name: str
    corpus: int | None = None
    corpora: dict[str, float] = field(default_factory=dict)
    max_length: int = bounded(20, 1, 400, "Tokens that the generator sees of a question and of an answer.")
    max_answer_length: int | None = bounded(
        None, 1, 400, "Tokens of an answer, where they differ from those of a question."
    )
    vocabulary_size: int = bounded(
        8000, 10, 1_000_000, "Most frequent tokens that are kept; the others are unknown words."
    )
    context_turns: int = bounded(
        1, 1, MOST_CONTEXT_TURNS, "Turns that make a question; 1 is the last one alone."
    )
    hide_private: bool = switched(
        False, "Replace e-mail addresses, telephone, card and identity numbers, links and @names."
    )
    limit_conversations: int | None = bounded(
        None, 1, 100_000_000, "Read only this many conversations of each corpus; empty reads all."
    )
    format: str = chosen("auto", CORPUS_FORMATS, "How the files are read; auto looks into them.", READING)
    columns: str = written(
        "", "Columns of a table, where their names tell too little: question=Frage,answer=Antwort.", READING
    )
    query: str = written(
        "", "For a database: a SELECT of question, answer or of conversation, speaker, text.", READING
    )
    pause_minutes: float = bounded(
        60.0, 0.1, 1_000_000.0, "A conversation ends at a pause of so many minutes.", READING
    )
    languages: tuple[str, ...] = several(
        ("en", "zh"), (), "Languages that the texts may be in, the most frequent first.", TEXT
    )
    units: str = chosen("words", UNITS, "What a token is; with subwords no question has unknown words.", TEXT)
    min_count: int = bounded(1, 1, 1_000_000, "Words that are rarer are unknown words.", TEXT)
    steps: tuple[str, ...] = several(STEPS, STEPS, "What is repaired and unified before anything else.", TEXT)
    cut: str = chosen("accurate", CUTS, "How Chinese is cut: jieba's three modes.", TEXT)
    new_words: bool = switched(True, "Let jieba guess Chinese words that its dictionary lacks (HMM).", TEXT)
    dictionaries: tuple[str, ...] = several(
        (), (), "Dictionaries of added Chinese words, by name; a later one wins.", TEXT
    )
    duplicates: bool = switched(True, "Drop exchanges that stand there twice.", FILTERS)
    near_duplicates: str = chosen(
        "held-out",
        ("held-out", "all", "none"),
        "Drop exchanges that are nearly the same: from validation and test what training has (up to "
        "200,000 exchanges), everywhere, or not at all.",
        FILTERS,
    )
    same_as_question: bool = switched(False, "Drop answers that only repeat the question.", FILTERS)
    commands: bool = switched(True, "Drop questions that are commands to a bot, such as /start.", FILTERS)
    links_only: bool = switched(True, "Drop exchanges where a side is nothing but links.", FILTERS)
    wrong_language: bool = switched(False, "Drop what is in none of the languages.", FILTERS)
    most_per_answer: int | None = bounded(
        None, 1, 1_000_000, "Learn one answer at most so often: the cure for I don't know.", FILTERS
    )
    most_unknown: float = bounded(
        0.5, 0.0, 1.0, "Drop an answer of which a larger share is unknown words.", FILTERS
    )
    processes: int | None = bounded(
        None, 1, 64, "Processes that cut text; empty takes as many as pay. The result is the same.", READING
    )
    pickle: str = chosen(
        "auto", ("auto", "always", "never"), "DeepQA2's pickle: auto writes it up to a million.", READING
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        require_languages(self.languages)
        if not NAME.fullmatch(self.name):
            raise SettingsError(
                "A dataset's name must have 1 to 64 letters, digits, dots, dashes or underscores. "
                f"Received {self.name!r}. Give a shorter one."
            )
        for name, weight in self.corpora.items():
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1000:
                raise SettingsError(
                    f"A corpus' weight must be above 0 and at most 1000. Received {name}={weight!r}."
                )


@dataclass(frozen=True, kw_only=True)
class Hyperparameters(Parameters):
    """What the trainer itself needs; nothing here knows of rows or bots."""

    architecture: str = chosen(
        "rnn",
        tuple(ARCHITECTURES),
        "; ".join(f"{name}: {found.summary}" for name, found in ARCHITECTURES.items()) + ".",
    )
    preset: str = chosen(
        NO_PRESET,
        (NO_PRESET, "auto", "small", "medium", "large"),
        "Settings for people who do not tune: small trains for minutes, medium for an hour, large on a GPU; "
        "auto chooses by dataset and device. A setting that is not at its default wins.",
    )
    kept: tuple[str, ...] = several(
        (), (), "Settings, by name, that a preset leaves as they are, also at their default."
    )
    cell: str = chosen("lstm", CELLS, "The recurrent cell of rnn, rnn2 and mechanism.")
    layers: int = bounded(2, 1, 8, "Layers in the encoder and in the decoder.")
    hidden_size: int = bounded(256, 8, 4096, "Units in a layer.")
    embedding_size: int = bounded(256, 8, 4096, "Numbers that stand for a word.")
    dropout: float = bounded(0.2, 0.0, 0.9, "Share of units left out while training.")
    heads: int = bounded(
        4, 1, 64, "Attention heads of the transformer; the hidden size must be a multiple of them."
    )
    mechanisms: int = bounded(4, 1, 64, "Ways to answer that mechanism learns to tell apart.")
    distractors: int = bounded(
        0, 0, 4096, "Wrong answers drawn for a batch of dual_encoder, beside the batch's other ones."
    )
    reverse: bool = switched(
        False, "Learn to ask: from answer to question, for ranking answers by how well they lead back."
    )
    softmax_samples: int = bounded(
        0, 0, 1_000_000, "Words sampled for the loss; 0 computes it over the whole vocabulary."
    )
    batch_size: int = bounded(64, 1, 4096, "Exchanges in a training step, on all devices together.")
    accumulation: int = bounded(
        1, 1, 256, "Parts that a batch is worked through in, one after the other: less memory.", DEVICES
    )
    precision: str = chosen(
        "auto", ("auto", "float32", "mixed"), "mixed computes in 16 bits; auto does so on a GPU.", DEVICES
    )
    xla: str = chosen(
        "auto",
        ("auto", "on", "off"),
        "Compile steps with XLA; auto measures whether that is faster.",
        DEVICES,
    )
    learning_rate: float = bounded(0.002, 1e-7, 1.0, "Step size of the optimiser.")
    epochs: int = bounded(30, 1, 10_000, "Passes over the training exchanges.")
    patience: int = bounded(
        3, 1, 10_000, "Epochs without a better validation loss before training stops early."
    )
    select: str = chosen(
        "validation",
        ("validation", "training"),
        "Which loss chooses the checkpoint that answers; training suits a small corpus learned by heart.",
    )
    optimizer: str = chosen("adam", OPTIMIZERS, "How gradients change the weights.", LOOP)
    schedule: str = chosen(
        "constant",
        SCHEDULES,
        "How the learning rate changes: plateau lowers it after an epoch without a better loss, step-decay "
        "after so many steps.",
        LOOP,
    )
    warmup_steps: int = bounded(0, 0, 1_000_000, "Steps in which the learning rate rises from 0.", LOOP)
    decay_rate: float = bounded(0.5, 0.01, 1.0, "What plateau and step-decay multiply the rate with.", LOOP)
    decay_steps: int = bounded(1000, 1, 10_000_000, "Steps between two decays of step-decay.", LOOP)
    weight_decay: float = bounded(0.01, 0.0, 1.0, "How strongly adamw pulls the weights to 0.", LOOP)
    label_smoothing: float = bounded(
        0.0, 0.0, 0.9, "Share of the target that is spread over all words; not with sampled words.", LOOP
    )
    average_decay: float = bounded(
        0.0,
        0.0,
        0.99999,
        "Answer from averaged weights, such as by 0.999; 0 takes the last ones.",
        LOOP,
    )
    clip_norm: float = bounded(5.0, 0.01, 1000.0, "Largest norm of all gradients together.")
    save_every: int = bounded(
        1000, 1, 10_000_000, "Steps between checkpoints; each epoch and every 2 minutes make one too."
    )
    max_minutes: float | None = bounded(
        None, 0.01, 100_000.0, "Stop training after this many minutes and export what is best."
    )
    metric: str = written(
        "",
        "What chooses the best checkpoint and stops early: loss, perplexity, token_accuracy, recall@1, "
        "distinct-2 and others; empty takes the loss.",
        KEPT,
    )
    keep_last: int = bounded(2, 1, 1000, "Newest checkpoints that are kept.", KEPT)
    keep_best: int = bounded(1, 1, 1000, "Best checkpoints that are kept.", KEPT)
    sample_answers: int = bounded(3, 0, 100, "Held-out questions that are answered after each epoch.", KEPT)
    seed: int = bounded(0, 0, 2**31 - 1, "The same seed gives the same run on the same machine.")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_names(self.kept)
        if self.label_smoothing and self.softmax_samples:
            raise SettingsError(
                "label_smoothing must be 0 where softmax_samples are drawn, since it needs all words. "
                f"Received {self.label_smoothing} and {self.softmax_samples}."
            )
        role = ARCHITECTURES[self.architecture].role
        if self.metric:
            require_metric(self.metric, role)
        if self.reverse and role != "generator":
            raise SettingsError(
                "reverse must be off where no answers are generated. "
                f"Received it with {self.architecture}; choose an architecture that generates."
            )
        if self.architecture == "transformer" and self.hidden_size % self.heads:
            raise SettingsError(
                "hidden_size must be a multiple of heads in a transformer. "
                f"Received {self.hidden_size} and {self.heads}."
            )


def require_names(names: Iterable[str]) -> None:
    known = {spec.name for spec in fields(Hyperparameters)}
    for name in names:
        if name not in known:
            raise SettingsError(f"kept must name settings of a training, such as layers. Received {name!r}.")


def require_metric(name: str, role: str) -> None:
    """Refuse a metric that does not exist, or that what ranks answers has not."""
    direction_of(name)
    base = name.rpartition("/")[2]
    if role == "ranker" and base != "loss" and not base.startswith("recall@"):
        raise SettingsError(
            f"metric must be loss, recall@1, recall@2 or recall@5 where answers are ranked, not {name!r}."
        )


@dataclass(frozen=True, kw_only=True)
class TrainParameters(Hyperparameters):
    """A dataset becomes a trained model."""

    dataset: int
    bot: str = described("default", "The bot that the trained model is meant for.")
    word_vectors: str = written(
        "",
        "Word vectors that start the embeddings, by name, or a file below a root: word2vec, GloVe, fastText. "
        "The embedding size must be theirs.",
    )
    workers: str = written(
        "",
        "Machines that train together: first:port,second:port, the first is this one. On each of the others "
        "the same command must be run.",
    )
    start_from: str = written(
        "",
        "Go on from this trained model, by name: its weights and words are the start, and the size of the "
        "network is its own.",
    )
    evaluate: bool = switched(
        True, "Evaluate the trained model on the test split when it is ready, as a job of its own."
    )
    activate: bool = described(
        False, "Let the bot answer from it when it is ready, also where it has a trained model."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.workers.strip():
            read_workers(self.workers)

    def hyperparameters(self) -> Hyperparameters:
        names = {spec.name for spec in fields(Hyperparameters)}
        return Hyperparameters(**{k: v for k, v in self.as_json().items() if k in names})


@dataclass(frozen=True, kw_only=True)
class WordVectorParameters(Parameters):
    """Word vectors from a dataset's training texts, by the original word2vec's switches.

    Its defaults too, but for two threads, with which no machine is overrun, and the binary format.
    """

    dataset: int
    cbow: bool = switched(True, "Predict a word from its neighbours (CBOW); else the neighbours (skip-gram).")
    size: int = bounded(100, 1, 4096, "Numbers a word.")
    window: int = bounded(5, 1, 1000, "Words to each side that count as neighbours.")
    negative: int = bounded(5, 0, 1000, "Words that are drawn against each right one; 0 for none.")
    hs: bool = switched(False, "Hierarchical softmax.")
    sample: float = bounded(1e-3, 0.0, 1.0, "Words more frequent than this share are left out at times.")
    iterations: int = bounded(5, 1, 10_000, "Passes over the texts.")
    min_count: int = bounded(5, 1, 1_000_000, "Rarer words get no vector.")
    threads: int = bounded(2, 1, 256, "Threads; with one alone the same seed gives the same vectors.")
    seed: int = bounded(1, 0, 2**31 - 1, "Where chance begins.")
    binary: bool = switched(True, "Write the binary format; else text.")
