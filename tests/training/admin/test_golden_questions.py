import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from training.models import Bot, GateTrial, GoldenQuestion
from training.services.bots import bot_activate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked_here")]
LIST = reverse("admin:training_goldenquestion_changelist")
ADD = reverse("admin:training_goldenquestion_add")
IMPORT = reverse("admin:golden_questions_import")
EXPORT = reverse("admin:golden_questions_export")


def page_of(row, name="change"):
    return reverse(f"admin:training_goldenquestion_{name}", args=[row.pk])


def try_of(bot):
    return reverse("admin:golden_questions_try", args=[bot.pk])


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def active(bot, make_speaker):
    made = make_speaker("one", Hello="Hi there", Bye="Hello")
    bot_activate(bot=bot, trained_model=made)
    return made


def test_one_is_added_changed_and_deleted(operator, bot):
    filled = {"bot": bot.pk, "question": " When? ", "acceptable": "At nine\nNine", "is_on": "on"}
    operator.post(ADD, filled)
    golden = GoldenQuestion.objects.get()
    assert (golden.question, golden.acceptable_answers) == ("When?", ["At nine", "Nine"])
    assert golden.created_by.username == "operator"

    operator.post(page_of(golden), {"bot": bot.pk, "question": "When?", "must_occur": "nine"})
    golden.refresh_from_db()
    assert (golden.acceptable, golden.wanted_words, golden.is_on) == ("", ["nine"], False)

    operator.post(page_of(golden, "delete"), {"post": "yes"})
    assert not GoldenQuestion.objects.exists()


def test_what_is_wrong_is_said_at_its_field(operator, bot):
    form = operator.post(ADD, {"bot": bot.pk, "question": "When?"}).context["adminform"].form

    assert list(form.errors) == ["acceptable"]
    assert "must say what is expected" in str(form.errors)
    assert not GoldenQuestion.objects.exists()


def test_the_list_is_filtered_by_bot_and_shows_how_each_went_last(operator, bot, active, make_golden):
    other = Bot.objects.create(name="other")
    make_golden("Who?", "Me", bot=other)
    make_golden("Hello", "Hi there")
    make_golden("Bye", must_occur="<b>see</b>", must_not_occur="hell")

    operator.post(try_of(bot))
    changed = make_golden("Hello!", "Hi there")
    page = operator.get(f"{LIST}?bot__id__exact={bot.pk}")

    rows = {str(row): row.shown_outcome for row in page.context["cl"].result_list}
    assert rows == {"Hello": "passed (one)", "Bye": "failed (one)", str(changed): "not asked yet"}
    assert "&lt;b&gt;see&lt;/b&gt;, not: hell" in page.content.decode()


def test_a_button_asks_what_answers_now_and_leads_to_the_answers(operator, bot, active, make_golden):
    make_golden("Bye", "Farewell")

    assert "Try on the active trained model of default" in operator.get(LIST).content.decode()
    response = operator.post(try_of(bot), follow=True)

    assert messages_of(response) == ["one: 0 of 1 passed; failed: Bye"]
    assert response.redirect_chain[0][0] == reverse(
        "admin:training_gatetrial_change", args=[GateTrial.objects.get().pk]
    )
    assert operator.get(try_of(bot)).status_code == 405


def test_a_bot_that_answers_nothing_says_so(operator, bot, make_golden):
    make_golden("Bye", "Farewell")

    assert "must have a trained model" in messages_of(operator.post(try_of(bot), follow=True))[0]
    assert "Try on the active" not in operator.get(LIST).content.decode()


def test_a_table_is_taken_in_and_sent(operator, bot):
    table = SimpleUploadedFile("golden.csv", b"question;acceptable\nWann?;=um neun|9\n")
    response = operator.post(IMPORT, {"file": table, "bot": bot.pk}, follow=True)
    assert messages_of(response) == ["Golden questions: 1 made, 0 changed, 0 as they were."]

    sent = operator.get(f"{EXPORT}?bot={bot.pk}")
    assert sent.headers["Content-Disposition"] == 'attachment; filename="golden-questions-default.csv"'
    assert sent.content.decode() == (
        '\ufeffbot,question,acceptable,must_occur,must_not_occur,on\r\ndefault,Wann?,"\'=um neun\n9",,,on\r\n'
    )


def test_bad_lines_are_said_at_the_form(operator, bot):
    table = SimpleUploadedFile("golden.csv", b"question,acceptable\nWhen?,\n")
    [said] = operator.post(IMPORT, {"file": table, "bot": bot.pk}).context["form"].errors["file"]

    assert "line 2: A golden question must say what is expected" in said


def test_who_may_only_look_changes_nothing(log_in, bot, active, make_golden):
    golden = make_golden("Hello", "Hi there")
    client = log_in("view_goldenquestion", "view_bot")

    assert client.get(LIST).status_code == 200
    assert client.get(EXPORT).status_code == 200
    assert client.get(ADD).status_code == 403
    assert client.get(IMPORT).status_code == 403
    assert client.post(try_of(bot)).status_code == 403
    assert client.post(page_of(golden), {"question": "x"}).status_code == 403
    assert "Try on the active" not in client.get(LIST).content.decode()
