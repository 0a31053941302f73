"""The admin: a noun a file. Every change goes through training/services."""

from training.admin.bot import BotAdmin
from training.admin.corpus import CorpusAdmin
from training.admin.dataset import DatasetAdmin
from training.admin.dictionary import DictionaryAdmin
from training.admin.job import JobAdmin
from training.admin.logged_exchange import LoggedExchangeAdmin
from training.admin.own_answer import OwnAnswerAdmin
from training.admin.trained_model import TrainedModelAdmin
from training.admin.unanswered_question import UnansweredQuestionAdmin
from training.admin.word_vectors import WordVectorsAdmin
from training.admin.worker import WorkerAdmin

__all__ = [
    "BotAdmin",
    "CorpusAdmin",
    "DatasetAdmin",
    "DictionaryAdmin",
    "JobAdmin",
    "LoggedExchangeAdmin",
    "OwnAnswerAdmin",
    "TrainedModelAdmin",
    "UnansweredQuestionAdmin",
    "WordVectorsAdmin",
    "WorkerAdmin",
]
