"""The records: a noun a file."""

from training.models.bot import Bot
from training.models.corpus import Corpus
from training.models.dataset import Dataset
from training.models.dictionary import Dictionary
from training.models.job import Job
from training.models.logged_exchange import LoggedExchange
from training.models.own_answer import OwnAnswer
from training.models.trained_model import TrainedModel
from training.models.unanswered_question import UnansweredQuestion
from training.models.word_vectors import WordVectors
from training.models.worker import Worker

__all__ = [
    "Bot",
    "Corpus",
    "Dataset",
    "Dictionary",
    "Job",
    "LoggedExchange",
    "OwnAnswer",
    "TrainedModel",
    "UnansweredQuestion",
    "WordVectors",
    "Worker",
]
