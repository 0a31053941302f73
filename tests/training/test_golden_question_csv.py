import json

import pytest
from django.core.management import CommandError, call_command

from preprocessing.errors import SettingsError
from training.models import Bot, GoldenQuestion
from training.services.golden_question_csv import (
    golden_questions_csv,
    golden_questions_import,
    golden_questions_to_export,
)

pytestmark = pytest.mark.django_db
HEAD = "bot,question,acceptable,must_occur,must_not_occur,on\n"


@pytest.fixture(autouse=True)
def bot():
    return Bot.objects.get_or_create(name="default")[0]


def take(text, **options):
    return golden_questions_import(content=text.encode(), **options)


def contents():
    rows = GoldenQuestion.objects.select_related("bot").order_by("pk")
    return [
        (row.question, row.acceptable_answers, row.wanted_words, row.unwanted_words, row.is_on)
        for row in rows
    ]


def test_a_table_becomes_golden_questions():
    Bot.objects.create(name="support")

    imported = take(
        HEAD + 'default,Hours?,At nine.|From nine on,,,\nsupport,Who?,,"we\nshop",you,off\n',
        created_by_id=None,
    )

    assert (imported.made, imported.changed, imported.same) == (2, 0, 0)
    assert contents() == [
        ("Hours?", ["At nine.", "From nine on"], [], [], True),
        ("Who?", [], ["we", "shop"], ["you"], False),
    ]


def test_columns_may_be_left_out_where_the_bot_is_named(bot):
    take("Question;Must_occur\nHours?;nine|ten\n", bot=bot)

    assert contents() == [("Hours?", [], ["nine", "ten"], [], True)]


def test_what_goes_out_comes_back_as_it_was_and_is_no_formula(bot):
    for question, acceptable in (("=1+1", "@you\na|b"), ("几点？", "'=1"), ('say "hi", now', "x")):
        GoldenQuestion.objects.create(bot=bot, question=question, acceptable=acceptable, must_not_occur="-")
    before = contents()

    table = golden_questions_csv(golden_questions_to_export(bot))
    GoldenQuestion.objects.all().delete()
    take(table)

    assert contents() == before
    assert "'=1+1" in table


def test_a_second_import_changes_what_changed_and_doubles_nothing():
    take(HEAD + "default,Hours?,At nine,,,\ndefault,Who?,Me,,,\n")

    imported = take(HEAD + "default,hours,At ten,,,\ndefault,Who?,Me,,,on\ndefault,Where?,Here,,,\n")

    assert (imported.made, imported.changed, imported.same) == (1, 1, 1)
    assert [row[:2] for row in contents()] == [
        ("hours", ["At ten"]),
        ("Who?", ["Me"]),
        ("Where?", ["Here"]),
    ]


def test_the_same_question_of_another_bot_is_another_one():
    Bot.objects.create(name="support")

    assert take(HEAD + "default,Who?,Me,,,\nsupport,Who?,Us,,,\n").made == 2


def test_all_bad_lines_are_named_and_nothing_is_half_done():
    with pytest.raises(SettingsError) as caught:
        take(
            HEAD + "default,Good?,Yes,,,\n"
            "default,Nothing expected?,,,,\n"
            "default,,No question,,,\n"
            "nobody,Who?,Me,,,\n"
            "default,When?,Now,,,perhaps\n"
            "default,Where?,Here,,,on,there\n"
        )

    said = str(caught.value)
    assert [f"line {number}:" in said for number in range(2, 8)] == [False, True, True, True, True, True]
    assert "must say what is expected" in said
    assert not GoldenQuestion.objects.exists()


def test_a_table_without_the_needed_column_says_which_there_are(bot):
    with pytest.raises(
        SettingsError, match="bot, acceptable, must_occur, must_not_occur and on may be left out"
    ):
        take("acceptable\nyes\n", bot=bot)


# The commands


def test_golden_questions_go_from_one_file_to_another(tmp_path, capsys):
    file = tmp_path / "golden.csv"
    file.write_text(HEAD + "default,Hours?,At nine,,,on\n")

    call_command("import_golden_questions", "default", str(file))
    call_command("export_golden_questions", "default", str(tmp_path / "out.csv"), "--json")

    told, exported = capsys.readouterr().out.splitlines()
    assert told == "Golden questions of default: 1 made, 0 changed, 0 as they were."
    assert json.loads(exported)["golden_questions"] == 1
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig") == file.read_text()


def test_the_commands_exit_statuses_tell_wrong_use_from_a_wrong_file(tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("nothing\n")
    statuses = []
    for command, bot, file in (
        ("import_golden_questions", "default", bad),
        ("import_golden_questions", "nobody", bad),
        ("export_golden_questions", "default", tmp_path / "no" / "folder.csv"),
    ):
        with pytest.raises(CommandError) as caught:
            call_command(command, bot, str(file))
        statuses.append(caught.value.returncode)

    assert statuses == [1, 2, 1]
