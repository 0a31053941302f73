"""The records: a noun a file."""

from training.models.blind_comparison import BlindChoice, BlindComparison, BlindPair
from training.models.bot import Bot
from training.models.corpus import Corpus
from training.models.dataset import Dataset
from training.models.dictionary import Dictionary
from training.models.evaluation import Evaluation
from training.models.gate_trial import GateTrial
from training.models.golden_question import GoldenQuestion
from training.models.job import Job
from training.models.logged_exchange import LoggedExchange
from training.models.own_answer import OwnAnswer
from training.models.schedule import Schedule
from training.models.trained_model import TrainedModel
from training.models.unanswered_question import UnansweredQuestion
from training.models.word_vectors import WordVectors
from training.models.worker import Worker

__all__ = [
    "BlindChoice",
    "BlindComparison",
    "BlindPair",
    "Bot",
    "Corpus",
    "Dataset",
    "Dictionary",
    "Evaluation",
    "GateTrial",
    "GoldenQuestion",
    "Job",
    "LoggedExchange",
    "OwnAnswer",
    "Schedule",
    "TrainedModel",
    "UnansweredQuestion",
    "WordVectors",
    "Worker",
]
