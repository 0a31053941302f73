"""manage.py export_own_answers BOT FILE.csv: a bot's own answers as a table for spreadsheets."""

from training.management.table_command import ExportTableCommand
from training.services.own_answer_csv import own_answers_csv, own_answers_to_export


class Command(ExportTableCommand):
    help = "Write a bot's own answers as CSV: bot, questions, answer, on. Replaces the file."
    noun = "own answers"
    chosen = own_answers_to_export
    written = own_answers_csv
