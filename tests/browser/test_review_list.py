"""The review list in a real browser: a group is answered with three keys, and the bot says it at once."""

import pytest

from tests.live_site import LiveSite

pytestmark = pytest.mark.browser

pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402  # only where selenium is there
from selenium.webdriver.common.keys import Keys  # noqa: E402

from tests.browser.chat import said, violations  # noqa: E402

# The site's FAQ answers all of them, so the list is written down.
LOG = """
from datetime import timedelta
from django.utils import timezone
from training.models import Bot, LoggedExchange, OwnAnswer
from training.services.own_answers import own_answer_delete, own_answer_write
bot = Bot.objects.get(name='default')
LoggedExchange.objects.all().delete()
for own_answer in OwnAnswer.objects.all():
    own_answer_delete(own_answer=own_answer)
own_answer_write(bot=bot, question='Do you sell cheese from Holland?', answer='Yes, on Saturdays.')
asked = ['Do you sell cheese?', 'do you sell chese', 'Is there a car park?', 'Who won yesterday?']
for number in range(6):
    question = asked[max(number - 2, 0)]
    LoggedExchange.objects.create(id=f'x{number}', bot=bot, model_name='toy', question=question,
        answer='No idea.', source='own', fallback=True, milliseconds=1,
        at=timezone.now() - timedelta(minutes=number))
"""


@pytest.fixture(scope="module")
def live_site(tmp_path_factory):
    made = LiveSite(tmp_path_factory.mktemp("site"))
    yield made.start()
    made.stop()


@pytest.fixture
def site(live_site):
    return live_site.url


@pytest.fixture
def review_list(live_site, logged_in, browser, site):
    live_site.manage("shell", "-v", "0", "-c", LOG)
    browser.get(f"{site}/admin/training/loggedexchange/review/")
    return browser


def cards(page):
    """Return the questions in one call: the page may be another one the next moment."""
    script = "return [...document.querySelectorAll('.review-card h2')].map((head) => head.textContent)"
    return page.execute_script(script)


def press(page, *keys):
    for key in keys:
        page.switch_to.active_element.send_keys(key)


def focused(page):
    return page.execute_script("return [document.activeElement.id, document.activeElement.value]")


def loaded(wait, number, card):
    """Wait for the page with so many groups, and with what comes next under the fingers."""
    wait.until(lambda b: len(cards(b)) == number and focused(b)[0] == card)


def test_a_suggestion_is_taken_by_keyboard_and_said_at_once(review_list, site, wait):
    assert cards(review_list) == ["Do you sell cheese?", "Is there a car park?", "Who won yesterday?"]

    press(review_list, "j", "s", Keys.ENTER)
    loaded(wait, 2, "card-1")

    assert cards(review_list) == ["Is there a car park?", "Who won yesterday?"]
    review_list.get(site)
    review_list.find_element(By.ID, "message").send_keys("do you sell chese", Keys.ENTER)
    wait.until(lambda b: "Yes, on Saturdays." in said(b, "answer"))


def test_an_answer_is_written_by_keyboard(review_list, site, wait):
    press(review_list, "j", "j", "a")
    press(review_list, "jn: Behind the house", Keys.CONTROL + Keys.ENTER)
    loaded(wait, 2, "card-2")

    assert cards(review_list) == ["Do you sell cheese?", "Who won yesterday?"]
    review_list.get(site)
    review_list.find_element(By.ID, "message").send_keys("Is there a car park?", Keys.ENTER)
    wait.until(lambda b: "jn: Behind the house" in said(b, "answer"))


def test_what_is_not_needed_goes_and_comes_back(review_list, wait):
    press(review_list, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN, "n")
    # The last one is gone; the one before it is next.
    loaded(wait, 2, "card-2")

    press(review_list, "u")
    loaded(wait, 3, "card-3")


def test_keys_do_nothing_where_somebody_writes_and_escape_leaves(review_list):
    press(review_list, "k", "a")
    press(review_list, "nnu")
    assert focused(review_list) == ["answer-1", "nnu"]
    assert len(cards(review_list)) == 3

    press(review_list, Keys.ESCAPE)
    assert focused(review_list)[0] == "card-1"


def test_enter_on_a_box_to_tick_sends_nothing(review_list):
    box = review_list.find_element(By.CSS_SELECTOR, "[name=question]")
    box.send_keys(Keys.ENTER)
    # A page that was asked for would be there by the time in which another key is seen.
    press(review_list, "a")

    assert focused(review_list)[0] == "answer-1"
    assert len(cards(review_list)) == 3
    assert review_list.find_elements(By.CSS_SELECTOR, ".messagelist") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_stands_in_a_screen_readers_way_and_nothing_sticks_out(review_list, theme, wait):
    press(review_list, "j", "n")
    loaded(wait, 2, "card-1")
    review_list.execute_script(f"document.documentElement.dataset.theme = '{theme}'")

    serious = [found for found in violations(review_list) if found[0] in ("serious", "critical")]
    assert serious == []
    assert review_list.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
