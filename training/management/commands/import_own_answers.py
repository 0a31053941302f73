"""manage.py import_own_answers BOT FILE.csv: a table of questions and answers is said from now on."""

from training.management.table_command import ImportTableCommand
from training.services.own_answer_csv import own_answers_import


class Command(ImportTableCommand):
    help = (
        "Take own answers from a CSV file with the columns questions and answer, all of them or, where a "
        "line is bad, none. Exit status 1: the file is not as it must be; 2: there is no such bot or file."
    )
    noun = "own answers"
    take = own_answers_import
