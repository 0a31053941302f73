"""The admin: a noun a file. Every change goes through training/services."""

from training.admin.blind_comparison import BlindComparisonAdmin
from training.admin.bot import BotAdmin
from training.admin.corpus import CorpusAdmin
from training.admin.dataset import DatasetAdmin
from training.admin.dictionary import DictionaryAdmin
from training.admin.evaluation import EvaluationAdmin
from training.admin.gate_trial import GateTrialAdmin
from training.admin.golden_question import GoldenQuestionAdmin
from training.admin.job import JobAdmin
from training.admin.logged_exchange import LoggedExchangeAdmin
from training.admin.own_answer import OwnAnswerAdmin
from training.admin.schedule import ScheduleAdmin
from training.admin.trained_model import TrainedModelAdmin
from training.admin.unanswered_question import UnansweredQuestionAdmin
from training.admin.word_vectors import WordVectorsAdmin
from training.admin.worker import WorkerAdmin

__all__ = [
    "BlindComparisonAdmin",
    "BotAdmin",
    "CorpusAdmin",
    "DatasetAdmin",
    "DictionaryAdmin",
    "EvaluationAdmin",
    "GateTrialAdmin",
    "GoldenQuestionAdmin",
    "JobAdmin",
    "LoggedExchangeAdmin",
    "OwnAnswerAdmin",
    "ScheduleAdmin",
    "TrainedModelAdmin",
    "UnansweredQuestionAdmin",
    "WordVectorsAdmin",
    "WorkerAdmin",
]
