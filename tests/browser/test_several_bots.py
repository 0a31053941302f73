"""Two bots in a real browser: one is chosen in the address or on the page, and each talk is with one."""

import pytest

from tests.live_site import LiveSite

pytestmark = pytest.mark.browser

pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402  # only where selenium is there
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select  # noqa: E402

from tests.browser.chat import said, violations  # noqa: E402

OPEN = "At nine, from Monday to Friday."
# It answers from the same trained model and is never sure enough.
SECOND_BOT = (
    "from training.models import Bot, TrainedModel; "
    "Bot.objects.create(name='support', active=TrainedModel.objects.get(),"
    " threshold=1, fallback='Ask my colleagues.')"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = LiveSite(tmp_path_factory.mktemp("site"))
    made.manage("shell", "-v", "0", "-c", SECOND_BOT)
    yield made.start().url
    made.stop()


def choice(page):
    return page.find_element(By.ID, "bot")


def test_the_address_names_the_bot(page, site, ask):
    page.get(f"{site}/?bot=support")

    assert choice(page).get_attribute("value") == "support"
    assert ask("When do you open?") == "Ask my colleagues."


def test_choosing_another_bot_starts_a_new_conversation(page, ask, wait):
    assert ask("When do you open?") == OPEN

    Select(choice(page)).select_by_visible_text("support")

    assert (said(page, "question"), said(page, "answer")) == ([], ["Ask me something."])
    assert page.current_url.endswith("/?bot=support")
    assert ask("When do you open?") == "Ask my colleagues."
    # A reload goes on with the same bot.
    page.refresh()
    wait.until(lambda b: len(said(b, "answer")) == 2)
    assert choice(page).get_attribute("value") == "support"


def test_what_was_said_to_one_is_not_shown_beside_another(page, site, ask):
    ask("When do you open?")

    page.get(f"{site}/?bot=support")

    assert said(page, "question") == []


def test_a_bot_is_chosen_with_the_keyboard_alone(page, ask):
    assert page.find_element(By.CSS_SELECTOR, "label[for=bot]").text == "Bot"
    for _ in range(3):
        if page.switch_to.active_element == choice(page):
            break
        page.switch_to.active_element.send_keys(Keys.TAB)
    page.switch_to.active_element.send_keys("s")

    assert choice(page).get_attribute("value") == "support"
    assert page.switch_to.active_element == choice(page)
    assert ask("When do you open?") == "Ask my colleagues."


def test_the_model_that_was_chosen_for_one_bot_is_not_asked_for_another(page, wait):
    model = page.find_element(By.ID, "model")
    wait.until(lambda b: model.is_displayed())
    Select(model).select_by_index(1)

    Select(choice(page)).select_by_visible_text("support")

    assert model.get_attribute("value") == ""


def test_an_answer_under_way_does_not_arrive_at_another_bot(page, ask):
    page.find_element(By.ID, "message").send_keys("When do you open?", Keys.ENTER)
    Select(choice(page)).select_by_visible_text("support")

    assert ask("When do you close?") == "Ask my colleagues."
    assert said(page, "question") == ["When do you close?"]


def test_a_bot_that_does_not_exist_is_named_and_the_others_are_a_click_away(page, site, ask):
    page.get(f"{site}/?bot=nobody")
    assert page.find_element(By.CSS_SELECTOR, "[role=alert]").text == "There is no bot of this name: nobody"
    assert violations(page) == []

    page.find_element(By.LINK_TEXT, "support").click()

    assert choice(page).get_attribute("value") == "support"
    assert ask("When do you open?") == "Ask my colleagues."


def test_nothing_stands_in_a_screen_readers_way_and_nothing_sticks_out(page, ask):
    ask("When do you open?")

    assert violations(page) == []
    assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
