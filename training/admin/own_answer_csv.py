"""Own answers as tables: a page that takes one in, and a download."""

from training.admin.csv_pages import CsvPages
from training.services.own_answer_csv import own_answers_csv, own_answers_import, own_answers_to_export

OWN_ANSWER_PAGES = CsvPages(
    noun="own answers",
    model="ownanswer",
    help_text="First line: bot,questions,answer,on. Several questions to one answer stand on lines of "
    "their own in the cell, or between bars: When do you open?|Opening hours. UTF-8.",
    take=own_answers_import,
    write=own_answers_csv,
    chosen=own_answers_to_export,
)
