"""Golden questions as tables: a page that takes one in, and a download."""

from training.admin.csv_pages import CsvPages
from training.services.golden_question_csv import (
    golden_questions_csv,
    golden_questions_import,
    golden_questions_to_export,
)

GOLDEN_QUESTION_PAGES = CsvPages(
    noun="golden questions",
    model="goldenquestion",
    help_text="First line: bot,question,acceptable,must_occur,must_not_occur,on. Several acceptable answers "
    "or words stand on lines of their own in the cell, or between bars: At nine.|From nine on. UTF-8.",
    take=golden_questions_import,
    write=golden_questions_csv,
    chosen=golden_questions_to_export,
)
