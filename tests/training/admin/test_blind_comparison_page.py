import csv
import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from tests.training.blind import DIFFERENT, EQUAL, ONE, OTHER, choose, import_faq, person, write_comparison
from training.models import BlindChoice, BlindComparison, BlindPair, Bot, LoggedExchange
from training.services.blind_choosing import Sitting

pytestmark = pytest.mark.django_db
LIST = reverse("admin:training_blindcomparison_changelist")
ADD = reverse("admin:training_blindcomparison_add")
CHOOSER = ("view_blindchoice", "add_blindchoice")


@pytest.fixture
def comparison():
    return write_comparison([*DIFFERENT, EQUAL], name=f"{ONE} against the rest")


@pytest.fixture
def two(tmp_path, quick_trial):
    return (
        import_faq(tmp_path, "early", [("When do you open?", "At <nine>"), ("Where are you?", "Here")]),
        import_faq(tmp_path, "late", [("When do you open?", "At ten"), ("Where are you?", "Here")]),
    )


@pytest.fixture
def chooser(log_in):
    return log_in(*CHOOSER)


def page(comparison, name="choose"):
    return reverse(f"admin:blindcomparison_{name}", args=[comparison.pk])


def export(comparison, kind):
    return reverse("admin:blindcomparison_export", args=[comparison.pk, kind])


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def press(client, comparison, at, choice):
    return client.post(page(comparison), {"at": at, "choice": choice}, follow=True)


# Making one


def test_one_is_made_of_written_questions(operator, two):
    filled = {"name": "our try", "one": two[0].pk, "other": two[1].pk, "source": "questions"}
    filled["questions"] = "When do you open?\r\nWhere are you?\r\n"

    response = operator.post(ADD, filled, follow=True)

    made = BlindComparison.objects.get()
    assert response.redirect_chain[-1][0] == reverse("admin:training_blindcomparison_change", args=[made.pk])
    assert messages_of(response) == ["Pairs to choose: 1. Equal answers, shown to nobody: 1."]
    assert page(made).encode() in response.content
    assert (made.created_by.username, made.pairs.count()) == ("operator", 2)


def test_one_is_made_of_a_bots_log(operator, two):
    bot = Bot.objects.get_or_create(name="default")[0]
    LoggedExchange.objects.create(
        id="1", bot=bot, question="Where are you?", source="own", milliseconds=1, at=timezone.now()
    )
    filled = {"name": "x", "one": two[0].pk, "other": two[1].pk, "source": "bot", "bot": bot.pk}

    response = operator.post(ADD, {**filled, "number": 10}, follow=True)

    [told] = messages_of(response)
    assert told == "There is nothing to choose: both gave the same answer to each question."


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"other": "one"}, "other"),
        ({"questions": " \n"}, "questions"),
        ({"questions": "\n".join(map(str, range(201)))}, "questions"),
        ({"source": "dataset"}, "dataset"),
        ({"source": "elsewhere"}, "source"),
        ({"name": ""}, "name"),
        ({"questions": "a\0b"}, "questions"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(operator, two, changed, field):
    filled = {"name": "x", "one": two[0].pk, "other": two[1].pk, "source": "questions", "questions": "q"}
    if changed.get("other") == "one":
        changed = {"other": two[0].pk}

    form = operator.post(ADD, {**filled, **changed}).context["form"]

    assert list(form.errors) == [field]
    assert not BlindComparison.objects.exists()


def test_a_damaged_bundle_is_told(operator, two):
    (two[1].location / "manifest.json").write_text("{}")
    filled = {"name": "x", "one": two[0].pk, "other": two[1].pk, "source": "questions", "questions": "q"}

    assert operator.post(ADD, filled).context["form"].non_field_errors()


def test_who_may_not_read_logs_and_datasets_does_not_do_so_by_comparing(log_in):
    form = log_in("add_blindcomparison").get(ADD).context["form"]

    assert [name for name, _ in form.fields["source"].choices] == ["questions"]
    assert not {"bot", "dataset"} & set(form.fields)


# Choosing


def test_a_pair_is_shown_and_a_choice_leads_to_the_next(chooser, comparison):
    first = chooser.get(page(comparison))
    content = first.content.decode()
    assert "<h2>1 of 4</h2>" in content
    assert first.context["turn"].question in content
    assert content.index(first.context["turn"].left) < content.index(first.context["turn"].right)
    for keys in ("1", "2", "3 0", "4"):
        assert f'aria-keyshortcuts="{keys}"' in content

    second = press(chooser, comparison, 1, "left")

    assert "<h2>2 of 4</h2>" in second.content.decode()
    assert BlindChoice.objects.get().person.username == "somebody"


def test_no_name_of_a_trained_model_is_on_a_page_before_the_end(chooser, comparison):
    for at in range(1, 5):
        content = chooser.get(page(comparison)).content.decode()
        assert ONE not in content
        assert OTHER not in content
        press(chooser, comparison, at, "neither")

    assert "All 4 pairs are chosen" in chooser.get(page(comparison)).content.decode()
    assert ONE in chooser.get(page(comparison, "result")).content.decode()


def test_going_back_shows_what_was_chosen_and_changes_it(chooser, comparison):
    press(chooser, comparison, 1, "neither")
    press(chooser, comparison, 2, "both_bad")

    back = chooser.get(f"{page(comparison)}?at=1")
    content = back.content.decode()
    assert "<h2>1 of 4</h2>" in content
    assert content.count('aria-pressed="true"') == 1
    assert "Neither is better (chosen)" in content
    # Loaded again without a place, it is the first pair without a choice; so it is after a change.
    assert chooser.get(page(comparison)).context["turn"].at == 3
    assert press(chooser, comparison, 1, "left").context["turn"].at == 3
    assert set(BlindChoice.objects.values_list("choice", flat=True)) != {"neither", "both_bad"}
    assert chooser.get(f"{page(comparison)}?at=3").context["back"] == 2


@pytest.mark.parametrize("wanted", ["4", "0", "-1", "x", "٣", "9" * 30])
def test_a_place_that_was_not_reached_is_not_shown(chooser, comparison, wanted):
    assert chooser.get(page(comparison), {"at": wanted}).context["turn"].at == 1


@pytest.mark.parametrize(
    "sent", [{"at": 2, "choice": "left"}, {"at": 1, "choice": "one"}, {"choice": "left"}, {}]
)
def test_what_is_no_choice_is_told_and_not_kept(chooser, comparison, sent):
    response = chooser.post(page(comparison), sent, follow=True)

    assert messages_of(response)[0].endswith("Choose again.")
    assert not BlindChoice.objects.exists()


def test_answers_are_shown_as_text(chooser):
    comparison = write_comparison([("<b>who</b>", "<script>1</script>", "")])

    content = chooser.get(page(comparison)).content.decode()

    assert "&lt;script&gt;1&lt;/script&gt;" in content
    assert "&lt;b&gt;who" in content
    assert "No answer: a bot would say its fallback sentence." in content


def test_where_all_answers_are_equal_there_is_nothing_to_choose(chooser):
    content = chooser.get(page(write_comparison([EQUAL]))).content.decode()

    assert "Nothing to choose" in content
    assert 'name="choice"' not in content


# Results


def test_who_has_not_finished_is_warned_and_may_look_all_the_same(chooser, comparison):
    press(chooser, comparison, 1, "left")

    warning = chooser.get(page(comparison, "result")).content.decode()
    assert "You have chosen 1 of 4 pairs." in warning
    assert ONE not in warning
    assert chooser.get(export(comparison, "json")).headers["Location"] == page(comparison, "result")

    shown = chooser.get(page(comparison, "result"), {"look": "1"}).content.decode()
    assert "Win rates with 95 % intervals" in shown
    assert ONE in shown


def test_the_result_shows_rates_people_and_each_pair(operator, comparison):
    choose(comparison, person("operator"), {question: "one" for question, _, _ in DIFFERENT})
    choose(comparison, person("bob"), {question: "neither" for question, _, _ in DIFFERENT})

    content = operator.get(page(comparison, "result")).content.decode()

    # (4 * 1/2 + 0) / 5 pairs.
    assert "40.0 % (" in content
    assert f"{ONE} (operator); neither is better (bob)" in content
    assert "equal answers" in content
    assert "Two people chose the same in 0.0 % of the 4 pairs" in content
    assert "p = 0.125" in content


def test_the_result_goes_out_as_a_file(operator, comparison):
    choose(comparison, person("operator"), {question: "both_bad" for question, _, _ in DIFFERENT})

    told = json.loads(operator.get(export(comparison, "json")).content)
    table = operator.get(export(comparison, "csv"))

    assert (told["one"], told["choices"]["both_bad"]) == (ONE, 4)
    assert table.headers["Content-Disposition"].endswith(f'blind-comparison-{comparison.pk}.csv"')
    assert len(list(csv.reader(io.StringIO(table.content.decode())))) == 6
    assert operator.get(export(comparison, "xls")).status_code == 404


# The list, and who may


def test_the_list_shows_how_far_each_is(operator, comparison):
    choose(comparison, person("bob"), {question: "one" for question, _, _ in DIFFERENT})

    content = operator.get(LIST).content.decode()

    assert "4 to choose, 1 equal" in content
    assert "1 of 1 people have finished" in content
    assert page(comparison) in content
    assert page(comparison, "result") in content


def test_it_is_deleted_with_all_that_was_chosen(operator, comparison):
    choose(comparison, person("bob"), {question: "one" for question, _, _ in DIFFERENT})
    delete = reverse("admin:training_blindcomparison_delete", args=[comparison.pk])
    assert "Question 1?" not in operator.get(delete).content.decode()

    operator.post(delete, {"post": "yes"})

    assert not BlindComparison.objects.exists()
    assert not BlindPair.objects.exists()
    assert not BlindChoice.objects.exists()
    assert get_user_model().objects.filter(username="bob").exists()


def test_who_may_choose_finds_it_and_makes_none(chooser, comparison):
    assert page(comparison) in chooser.get(LIST).content.decode()
    assert chooser.get(ADD).status_code == 403
    assert chooser.post(LIST, {"action": "delete_selected", "_selected_action": [comparison.pk]}).status_code
    assert BlindComparison.objects.exists()


def test_who_may_only_look_does_not_choose(log_in, comparison):
    client = log_in("view_blindchoice")

    assert client.get(page(comparison)).status_code == 403
    assert client.post(page(comparison), {"at": 1, "choice": "left"}).status_code == 403
    assert page(comparison) not in client.get(LIST).content.decode()
    assert client.get(page(comparison, "result")).status_code == 200


def test_who_has_no_permission_sees_nothing(log_in, comparison):
    client = log_in("view_job")

    for address in (page(comparison), page(comparison, "result"), export(comparison, "json"), LIST, ADD):
        assert client.get(address).status_code == 403


def test_two_people_choose_each_for_themselves(chooser, operator, comparison):
    press(chooser, comparison, 1, "neither")

    assert operator.get(page(comparison)).context["turn"].at == 1
    assert Sitting(comparison, person("operator")).number_chosen == 0
