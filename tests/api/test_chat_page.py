"""The chat page as the server makes it: texts in two languages, a form that needs no script."""

import re

import pytest
from django.test import Client
from django.utils.html import escape
from django.utils.text import Truncator

from api.errors import STATUS_OF_CODE
from api.interface_texts import CHINESE_ERRORS, TEXTS
from tests.conftest import ROOT
from training.models import Bot, OwnAnswer

pytestmark = pytest.mark.django_db
TEMPLATES = ROOT / "api" / "templates" / "api"
SCRIPTS = ROOT / "api" / "static" / "api"
# The API's other page is in the admin.
PAGES = ("base.html", "chat.html", "login.html", "no_such_bot.html")


@pytest.fixture
def browser(client, user, bot):
    made = Client()
    made.force_login(user)
    return made


def get(browser, languages, address="/"):
    return browser.get(address, headers={"Accept-Language": languages}).content.decode()


@pytest.mark.parametrize(
    ("languages", "language"),
    [
        ("", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("de-DE,de;q=0.9,zh;q=0.5,en;q=0.3", "zh-Hans"),
        ("en,zh;q=0.9", "en"),
        ("ru, *;q=0.1", "en"),
        ("x" * 9000, "en"),
    ],
)
def test_the_browsers_languages_choose_the_pages(browser, languages, language):
    page = get(browser, languages)

    assert f'<html lang="{language}">' in page
    assert ("发送" in page) == (language == "zh-Hans")


def test_the_page_says_that_it_depends_on_the_language(browser):
    assert "Accept-Language" in browser.get("/").headers["Vary"]


def test_the_login_speaks_the_readers_language_too(db):
    assert "密码" in get(Client(), "zh", "/login/")
    assert "Password" in get(Client(), "en", "/login/")


def test_every_text_is_there_in_both_languages_and_used():
    used = set()
    for name in PAGES:
        used |= set(re.findall(r"texts\.(\w+)", (TEMPLATES / name).read_text(encoding="utf-8")))
    scripts = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.js"))
    named = set(re.findall(r'"(\w+)"', scripts))
    # Those that are named by what an answer or a rating is.
    found = used | (named & set(TEXTS)) | {"generated", "retrieved", "own"}

    assert used <= set(TEXTS)
    assert set(re.findall(r'\bsay\("(\w+)"', scripts)) <= set(TEXTS)
    assert found == set(TEXTS)
    assert all(english and chinese for english, chinese in TEXTS.values())
    for english, chinese in TEXTS.values():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese))


def test_every_error_has_a_chinese_sentence():
    assert set(CHINESE_ERRORS) == set(STATUS_OF_CODE)


def test_no_page_holds_a_word_that_is_not_translated():
    for name in PAGES:
        text = (TEMPLATES / name).read_text(encoding="utf-8")
        text = re.sub(r"{%.*?%}|{{.*?}}|<(code)>.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)
        assert set(re.findall(r"[A-Za-z]{2,}", text)) <= {"DeepQA", "ms"}, name


def test_the_form_gives_as_many_answers_as_are_chosen_and_its_errors_in_the_readers_language(active, browser):
    posted = browser.post("/", {"message": "how are you", "answers": "3"}).content.decode()
    assert posted.count('class="turn answer"') > 1
    assert "<option selected>3</option>" in posted

    refused = browser.post("/", {"message": " "}, headers={"Accept-Language": "zh"}).content.decode()
    assert CHINESE_ERRORS["invalid"] in refused
    for too_many in ("999", "9" * 5000):
        page = browser.post("/", {"message": "hi", "answers": too_many}).content.decode()
        assert "answers: must be" in page


def test_only_staff_choose_the_model(active, browser, user):
    assert 'id="model"' not in get(browser, "en")
    user.is_staff = True
    user.save()

    assert 'id="model"' in get(browser, "en")


def test_who_may_ask_several_bots_chooses_one(active, browser):
    assert '<input id="bot" name="bot" type="hidden" value="default">' in get(browser, "en")
    Bot.objects.create(name="support", active=active.active)

    page = get(browser, "en", "/?bot=support")
    assert '<label for="bot">Bot</label>' in page
    assert "<option>default</option><option selected>support</option>" in page
    assert '<label for="bot">机器人</label>' in get(browser, "zh")
    assert "<option selected>default</option>" in get(browser, "en")


def test_without_scripts_too_the_chosen_bot_answers(active, browser):
    Bot.objects.create(name="support", active=active.active, threshold=1, fallback="Ask my colleagues.")
    OwnAnswer.objects.create(bot=active, questions="Who are you?", answer="The default one.")
    Bot.objects.update(own_answers_version=1)

    def said(**form):
        page = browser.post("/", {"message": "Who are you?", **form}).content.decode()
        return "The default one." in page, "<option selected>support</option>" in page

    assert said() == (True, False)
    assert said(bot="default") == (True, False)
    assert said(bot="support") == (False, True)


@pytest.mark.parametrize("name", ["nobody", "a\0b", "<b>x</b>", "x" * 5000])
def test_a_bot_that_does_not_exist_is_named_beside_those_that_do(active, browser, name):
    Bot.objects.create(name="support")

    for response in (browser.get("/", {"bot": name}), browser.post("/", {"bot": name, "message": "Hi"})):
        page = response.content.decode()
        assert response.status_code == 404
        assert "There is no bot of this name" in page
        assert escape(Truncator(name).chars(64)) in page
        assert '<a href="/?bot=support">support</a>' in page
    assert "没有叫这个名字的机器人" in get(browser, "zh", "/?bot=nobody")


def test_the_login_comes_back_to_the_bot(db):
    assert Client().get("/?bot=support").headers["Location"] == "/login/?next=/%3Fbot%3Dsupport"


def test_no_script_or_style_stands_in_the_page(browser):
    page = get(browser, "en")

    # JSON is data to a browser, not a script.
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", page) == []
    assert "<style" not in page
    assert not re.search(r"\sstyle=|\son\w+=", page)
