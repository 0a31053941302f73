"""manage.py export_golden_questions BOT FILE.csv: a bot's golden questions as a table for spreadsheets."""

from training.management.table_command import ExportTableCommand
from training.services.golden_question_csv import golden_questions_csv, golden_questions_to_export


class Command(ExportTableCommand):
    help = (
        "Write a bot's golden questions as CSV: bot, question, acceptable, must_occur, must_not_occur, on. "
        "Replaces the file."
    )
    noun = "golden questions"
    chosen = golden_questions_to_export
    written = golden_questions_csv
