import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from training.models import Bot, Corpus, OwnAnswer, UnansweredQuestion

pytestmark = pytest.mark.django_db
LIST = reverse("admin:training_ownanswer_changelist")
ADD = reverse("admin:training_ownanswer_add")
IMPORT = reverse("admin:own_answers_import")
EXPORT = reverse("admin:own_answers_export")


@pytest.fixture
def bot():
    return Bot.objects.get_or_create(name="default")[0]


@pytest.fixture
def own_answer(bot):
    return OwnAnswer.objects.create(bot=bot, questions="When?\nHours?", answer="At nine")


def page_of(own_answer, name="change"):
    return reverse(f"admin:training_ownanswer_{name}", args=[own_answer.pk])


def version_of(bot):
    return Bot.objects.get(pk=bot.pk).own_answers_version


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def table(text):
    return SimpleUploadedFile("own.csv", text.encode(), content_type="text/csv")


def test_one_is_added_changed_and_deleted_and_every_process_notices(operator, bot):
    filled = {"bot": bot.pk, "questions": "When?", "answer": "At nine", "is_on": "on"}
    operator.post(ADD, filled)
    own = OwnAnswer.objects.get()
    assert (own.answer, own.created_by.username, version_of(bot)) == ("At nine", "operator", 1)

    operator.post(page_of(own), {"questions": "When?\nHours?", "answer": "At ten"})
    own.refresh_from_db()
    assert (own.wordings, own.answer, own.is_on, version_of(bot)) == (["When?", "Hours?"], "At ten", False, 2)

    operator.post(page_of(own, "delete"), {"post": "yes"})
    assert (OwnAnswer.objects.count(), version_of(bot)) == (0, 3)


def test_what_is_wrong_is_said_at_its_field(operator, bot):
    filled = {"bot": bot.pk, "questions": "When?", "answer": "x" * 10_001, "is_on": "on"}
    form = operator.post(ADD, filled).context["adminform"].form

    assert list(form.errors) == ["answer"]
    assert "at most 10,000 characters" in str(form.errors["answer"])
    assert list(operator.post(ADD, {"bot": bot.pk, "answer": "a"}).context["adminform"].form.errors) == [
        "questions"
    ]
    assert not OwnAnswer.objects.exists()


def test_the_list_is_searched_and_filtered(operator, bot, own_answer):
    other = Bot.objects.create(name="other")
    OwnAnswer.objects.create(bot=other, questions="Who?", answer="Me", is_on=False)

    def found(query):
        return [str(row) for row in operator.get(f"{LIST}?{query}").context["cl"].result_list]

    assert found("q=hours") == ["When?"]
    assert found("q=me") == ["Who?"]
    assert found(f"bot__id__exact={other.pk}") == ["Who?"]
    assert found("is_on__exact=1") == ["When?"]


def test_several_are_switched_and_deleted_at_once(operator, bot, own_answer):
    def act(action, **further):
        chosen = {"action": action, "_selected_action": [own_answer.pk], **further}
        return operator.post(LIST, chosen, follow=True)

    assert messages_of(act("switch_off")) == ["Switched off: 1. They are kept and no longer said."]
    assert not OwnAnswer.objects.get().is_on
    act("switch_on")
    assert OwnAnswer.objects.get().is_on
    act("delete_selected", post="yes")
    assert (OwnAnswer.objects.count(), version_of(bot)) == (0, 3)


def test_who_may_only_look_changes_nothing(log_in, own_answer, bot):
    client = log_in("view_ownanswer", "view_bot")

    assert client.get(LIST).status_code == 200
    assert client.get(EXPORT).status_code == 200
    assert client.get(ADD).status_code == 403
    assert client.get(IMPORT).status_code == 403
    client.post(LIST, {"action": "switch_off", "_selected_action": [own_answer.pk]})
    client.post(LIST, {"action": "delete_selected", "_selected_action": [own_answer.pk], "post": "yes"})
    assert OwnAnswer.objects.get().is_on
    assert client.post(reverse("admin:bot_own_answers_corpus", args=[bot.pk])).status_code == 403


# Tables


def test_a_table_is_taken_in_and_sent(operator, bot):
    response = operator.post(
        IMPORT, {"file": table("questions;answer\nWann?|Zeiten?;=um neun\n"), "bot": bot.pk}, follow=True
    )
    assert messages_of(response) == ["Own answers: 1 made, 0 changed, 0 as they were."]
    assert OwnAnswer.objects.get().created_by.username == "operator"

    sent = operator.get(f"{EXPORT}?bot={bot.pk}")
    assert sent.headers["Content-Disposition"] == 'attachment; filename="own-answers-default.csv"'
    assert (
        sent.content.decode() == '\ufeffbot,questions,answer,on\r\ndefault,"Wann?\nZeiten?",\'=um neun,on\r\n'
    )


def test_bad_lines_are_said_at_the_form(operator, bot):
    response = operator.post(IMPORT, {"file": table("questions,answer\nWhen?,\n,Now\n"), "bot": bot.pk})

    [said] = response.context["form"].errors["file"]
    assert "Nothing was imported" in said
    assert "line 2" in said
    assert "line 3" in said
    assert not OwnAnswer.objects.exists()


def test_the_bots_page_leads_to_its_tables(operator, bot):
    page = operator.get(reverse("admin:training_bot_change", args=[bot.pk])).content.decode()

    assert f"{EXPORT}?bot={bot.pk}" in page
    assert f"{IMPORT}?bot={bot.pk}" in page
    assert operator.get(f"{IMPORT}?bot={bot.pk}").context["form"]["bot"].value() == str(bot.pk)


# A corpus of them


def test_the_bots_page_makes_a_corpus_of_them(operator, bot, own_answer):
    address = reverse("admin:bot_own_answers_corpus", args=[bot.pk])
    said = messages_of(operator.post(address, follow=True))

    assert "Corpus own-answers-default holds 2 exchanges." in said[0]
    assert Corpus.objects.get().name == "own-answers-default"
    assert operator.get(address).status_code == 405


def test_a_bot_without_own_answers_says_so(operator, bot):
    address = reverse("admin:bot_own_answers_corpus", args=[bot.pk])

    assert "There is none yet" in messages_of(operator.post(address, follow=True))[0]


# Unanswered questions


@pytest.fixture
def unanswered(bot):
    def make(text, times=1):
        return UnansweredQuestion.objects.create(
            bot=bot, letters=text.lower(), text=text, times=times, last_at=timezone.now()
        )

    return make


UNANSWERED = reverse("admin:training_unansweredquestion_changelist")


def test_the_most_asked_come_first(operator, unanswered):
    for text, times in (("rare", 1), ("frequent", 9), ("some", 3)):
        unanswered(text, times)

    shown = operator.get(UNANSWERED).context["cl"].result_list
    assert [row.text for row in shown] == ["frequent", "some", "rare"]


def test_one_click_opens_the_form_filled_in_and_saving_takes_it_from_the_list(operator, bot, unanswered):
    row, other = unanswered("Wen do you\nopen & close?"), unanswered("other")
    page = operator.get(UNANSWERED).content.decode()
    address = next(part for part in page.split('"') if part.startswith(f"{ADD}?") and f"ed={row.pk}" in part)
    address = address.replace("&amp;", "&")

    form = operator.get(address).context["adminform"].form
    assert form["bot"].value() == str(bot.pk)
    assert form["questions"].value() == "Wen do you open & close?"

    # With its spelling corrected it is another question, and the one of the list is answered all the same.
    filled = {"bot": bot.pk, "questions": "When do you open and close?", "answer": "At nine", "is_on": "on"}
    operator.post(address, filled)
    assert list(UnansweredQuestion.objects.all()) == [other]
    assert OwnAnswer.objects.get().answer == "At nine"


def test_what_is_not_needed_is_deleted_and_nothing_else_is_done(operator, unanswered):
    row = unanswered("blah")
    change = reverse("admin:training_unansweredquestion_change", args=[row.pk])
    assert operator.post(change, {"text": "changed"}).status_code == 403

    operator.post(UNANSWERED, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})

    assert not UnansweredQuestion.objects.exists()
