"""manage.py import_golden_questions BOT FILE.csv: a table of what a bot's trained models must answer well."""

from training.management.table_command import ImportTableCommand
from training.services.golden_question_csv import golden_questions_import


class Command(ImportTableCommand):
    help = (
        "Take golden questions from a CSV file with the columns question, acceptable, must_occur and "
        "must_not_occur, all of them or, where a line is bad, none. Exit status 1: the file is not as it "
        "must be; 2: there is no such bot or file."
    )
    noun = "golden questions"
    take = golden_questions_import
