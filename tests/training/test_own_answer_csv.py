import json

import pytest
from django.core.management import CommandError, call_command

from preprocessing.errors import SettingsError
from training.models import Bot, OwnAnswer
from training.services import csv_table
from training.services.own_answer_csv import (
    own_answers_csv,
    own_answers_import,
    own_answers_to_export,
)

pytestmark = pytest.mark.django_db
HEAD = "bot,questions,answer,on\n"


@pytest.fixture(autouse=True)
def bot():
    return Bot.objects.get_or_create(name="default")[0]


@pytest.fixture
def support():
    return Bot.objects.create(name="support")


def take(text, **options):
    return own_answers_import(content=text.encode(), **options)


def contents():
    rows = OwnAnswer.objects.select_related("bot").order_by("pk")
    return [(row.bot.name, row.wordings, row.answer, row.is_on) for row in rows]


def test_a_table_becomes_own_answers(support):
    imported = take(HEAD + 'default,Hours?|When?,"At nine, daily.",on\nsupport,"Who?\nYou?",Me,off\n')

    assert (imported.made, imported.changed, imported.same) == (2, 0, 0)
    assert contents() == [
        ("default", ["Hours?", "When?"], "At nine, daily.", True),
        ("support", ["Who?", "You?"], "Me", False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffbot,questions,answer\r\ndefault,Hours?,At nine\r\n",
        "Answer;On;Questions\nAt nine;;Hours?\n",
        "questions\tanswer\n\n Hours? \tAt nine\n\n",
        'questions,answer\n"Hours?","At nine"',
    ],
)
def test_tables_come_with_or_without_a_mark_and_with_commas_semicolons_or_tabs(bot, text):
    take(text, bot=bot)

    assert contents() == [("default", ["Hours?"], "At nine", True)]


def test_what_goes_out_comes_back_as_it_was(bot):
    texts = [
        "=1+1",
        "'=1+1",
        "+49 30",
        "-",
        "@you",
        "\tindented",
        "＝1",
        "'twas",
        'say "hi", |twice|',
        "几点？",
    ]
    for text in texts:
        OwnAnswer.objects.create(bot=bot, questions=f"{text}\nand \\| {text}", answer=f"{text}\nline 2")
    before = [(row[1], row[2]) for row in contents()]

    table = own_answers_csv(own_answers_to_export(bot))
    OwnAnswer.objects.all().delete()
    take(table)

    assert [(row[1], row[2].rstrip()) for row in contents()] == [(q, a.strip()) for q, a in before]


def test_no_cell_that_goes_out_is_a_formula(bot):
    for start in "=+-@\t＝＋－＠":
        OwnAnswer.objects.create(bot=bot, questions=f"{start}1", answer=f"{start}cmd")

    cells = own_answers_csv(own_answers_to_export(bot)).replace("\ufeff", "").replace("\r\n", ",").split(",")

    assert not [cell for cell in cells if cell.strip('"')[:1] in tuple("=+-@\t＝＋－＠")]


def test_a_second_import_changes_what_changed_and_doubles_nothing():
    take(HEAD + "default,Hours?,At nine,on\ndefault,Who?,Me,on\ndefault,Where?,Here,on\n")

    imported = take(HEAD + "default,Hours?|When?,At nine,on\ndefault,Who?,Myself,on\ndefault,Where?,Here,\n")

    assert (imported.made, imported.changed, imported.same) == (0, 2, 1)
    assert [row[1:3] for row in contents()] == [
        (["Hours?", "When?"], "At nine"),
        (["Who?"], "Myself"),
        (["Where?"], "Here"),
    ]


def test_all_bad_lines_are_named_and_nothing_is_half_done(bot, support):
    table = HEAD + (
        "default,Good?,Yes,on\n"
        'default,"Over\ntwo lines?",,on\n'
        "default,,No question,on\n"
        "nobody,Who?,Me,on\n"
        "default,When?,Now,perhaps\n"
        "default,Where?,Here,on,there\n"
        "support,Who?,Me,on\n"
        ",Who?,Me\n"
    )

    with pytest.raises(SettingsError) as caught:
        take(table, bot=bot)

    said = str(caught.value)
    assert [f"line {number}:" in said for number in range(2, 11)] == [
        *(False, True, False, True, True, True, True, True, False)
    ]
    assert "answer: is empty" in said
    assert "there is no bot nobody" in said or "is for the bot nobody" in said
    assert "on must be on or off, not perhaps" in said
    assert not OwnAnswer.objects.exists()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "It is empty"),
        (b"Hours?,At nine\n", "line 1: must name the columns"),
        (b"questions,answer,answer\n", "line 1: must name the columns"),
        (b"questions,answer\nHours?,\xff\n", "line 2: the table must be UTF-8"),
        (b'questions,answer\nHours?,"open', "line 2: the table is broken there"),
        (b"questions,answer\nHours?,At nine\n", "line 2: bot must be named"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(content, complaint):
    with pytest.raises(SettingsError, match=complaint):
        own_answers_import(content=content)


def test_only_the_first_bad_lines_are_shown(monkeypatch):
    monkeypatch.setattr(csv_table, "MOST_ERRORS_SHOWN", 2)

    with pytest.raises(SettingsError, match=r"line 3: .*; and 3 more lines\."):
        take(HEAD + "default,,x,on\n" * 5)


# The commands


def test_own_answers_go_from_one_file_to_another(tmp_path, bot, capsys):
    file = tmp_path / "own.csv"
    file.write_text(HEAD + "default,Hours?,At nine,on\n")

    call_command("import_own_answers", "default", str(file))
    call_command("export_own_answers", "default", str(tmp_path / "out.csv"), "--json")

    told, exported = capsys.readouterr().out.splitlines()
    assert told == "Own answers of default: 1 made, 0 changed, 0 as they were."
    assert json.loads(exported)["own_answers"] == 1
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig") == HEAD + "default,Hours?,At nine,on\n"


def test_the_commands_exit_statuses_tell_wrong_use_from_a_wrong_file(tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("nothing\n")
    statuses = []
    for command, bot, file in (
        ("import_own_answers", "default", bad),
        ("import_own_answers", "nobody", bad),
        ("import_own_answers", "default", tmp_path / "none.csv"),
        ("export_own_answers", "nobody", tmp_path / "out.csv"),
        ("export_own_answers", "default", tmp_path / "no" / "folder.csv"),
    ):
        with pytest.raises(CommandError) as caught:
            call_command(command, bot, str(file))
        statuses.append(caught.value.returncode)

    assert statuses == [1, 2, 2, 2, 1]


def test_lines_with_the_same_answer_change_an_own_answer_each(bot):
    for questions in ("Open today?", "Open tomorrow?"):
        OwnAnswer.objects.create(bot=bot, questions=questions, answer="Yes")

    imported = take("questions,answer\nOpen today?|today?,Yes\nOpen tomorrow?,Yes\nOpen now?,Yes\n", bot=bot)

    assert (imported.made, imported.changed, imported.same) == (1, 1, 1)
