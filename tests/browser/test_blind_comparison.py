"""Choosing blind in a real browser, by keyboard alone: on, back, a reload in the middle, to the result."""

import pytest

from tests.live_site import LiveSite

pytestmark = pytest.mark.browser

pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402  # only where selenium is there
from selenium.webdriver.common.keys import Keys  # noqa: E402

from tests.browser.chat import violations  # noqa: E402

# Written down without asking anybody: four pairs to choose and one with equal answers.
PAIRS = """
from training.models import BlindComparison as C, TrainedModel as T
from training.services.blind_comparisons import comparison_write
names = ("Zebulon-17", "Ottilie-23")
one, other = (T.objects.get_or_create(name=n, architecture="toy", directory=n)[0] for n in names)
places = ["1", "2", "3", "4"]
firsts, seconds = [f"First to {n}" for n in places], [f"Second to {n}" for n in places]
comparison = C(name="ours", one=one, other=other)
print(comparison_write(comparison, [*places, "5"], [*firsts, "same"], [*seconds, "same"]).pk)
"""
CHOICES = (
    "from training.models import BlindChoice as C; "
    "print(*C.objects.filter(pair__comparison={}).order_by('pk').values_list('choice', flat=True))"
)


@pytest.fixture(scope="module")
def live_site(tmp_path_factory):
    made = LiveSite(tmp_path_factory.mktemp("site"))
    yield made.start()
    made.stop()


@pytest.fixture
def site(live_site):
    return live_site.url


@pytest.fixture
def comparison(live_site):
    return live_site.manage("shell", "-v", "0", "-c", PAIRS).strip()


@pytest.fixture
def blind(browser, site, logged_in, comparison):
    browser.get(f"{site}/admin/training/blindcomparison/{comparison}/choose/")
    return browser


def heading(page):
    return page.execute_script("return document.querySelector('#blind-asked h2')?.textContent")


def is_chosen(page):
    return page.execute_script("return document.querySelector('#blind [aria-pressed]')?.value")


def shown(page, side):
    return page.find_element(By.CSS_SELECTOR, f"section[aria-labelledby=blind-{side}] .blind-answer").text


def serious(page):
    return [found for found in violations(page) if found[0] in ("serious", "critical")]


def test_pairs_are_chosen_by_keyboard_alone(blind, wait, live_site, comparison):
    def press(key, then):
        # Where the focus is, as a person's keyboard does it.
        blind.switch_to.active_element.send_keys(key)
        wait.until(lambda b: heading(b) == then)

    assert heading(blind) == "1 of 4"
    assert serious(blind) == []
    assert "Zebulon-17" not in blind.page_source
    asked = blind.find_element(By.ID, "blind-asked")
    assert asked.get_attribute("aria-live") == "polite"
    left = shown(blind, "left")

    press("1", "2 of 4")
    # The new question came in place, where a screen reader listens, and the focus is with its answers.
    assert asked.is_displayed()
    assert blind.switch_to.active_element.get_attribute("class") == "blind-answers"
    press("4", "3 of 4")

    blind.refresh()
    wait.until(lambda b: heading(b) == "3 of 4")
    press(Keys.ARROW_LEFT, "2 of 4")
    assert is_chosen(blind) == "both_bad"
    press(Keys.BACK_SPACE, "1 of 4")
    assert (is_chosen(blind), shown(blind, "left")) == ("left", left)
    press(Keys.ARROW_RIGHT, "3 of 4")

    press(Keys.ARROW_LEFT, "2 of 4")
    press("3", "3 of 4")
    press("2", "4 of 4")
    assert "Zebulon-17" not in blind.page_source
    press("0", "All 4 pairs are chosen")
    assert blind.switch_to.active_element.text == "Result"
    assert not blind.find_element(By.ID, "blind-trouble").is_displayed()

    first, second, third, fourth = live_site.manage(
        "shell", "-v", "0", "-c", CHOICES.format(comparison)
    ).split()
    assert first == ("one" if left.startswith("First") else "other")
    assert (second, fourth) == ("neither", "neither")
    assert third in ("one", "other")
    assert serious(blind) == []


def test_a_key_that_is_held_down_chooses_once(blind, wait):
    held = (
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '4', repeat: true, bubbles: true}))"
    )
    blind.execute_script(held)
    blind.execute_script(held.replace("repeat: true", "repeat: false"))
    wait.until(lambda b: heading(b) == "2 of 4")
    blind.execute_script(held)
    blind.refresh()

    assert heading(blind) == "2 of 4"


def test_the_keys_can_be_switched_off(blind, wait):
    switch = blind.find_element(By.ID, "blind-keys")
    switch.send_keys(Keys.SPACE)
    blind.find_element(By.CSS_SELECTOR, ".blind-answers").send_keys("4")
    button = blind.find_element(By.CSS_SELECTOR, "button[value=both_bad]")
    assert heading(blind) == "1 of 4"

    button.send_keys(Keys.ENTER)
    wait.until(lambda b: heading(b) == "2 of 4")
    switch.send_keys(Keys.SPACE)


def test_the_result_warns_first_and_is_readable(blind, site, comparison):
    blind.get(f"{site}/admin/training/blindcomparison/{comparison}/result/")
    assert "ends being blind" in blind.find_element(By.ID, "content").text
    assert serious(blind) == []

    blind.find_element(By.CSS_SELECTOR, "#content button").send_keys(Keys.ENTER)

    assert "Each pair with what was chosen" in blind.find_element(By.ID, "content").text
    assert serious(blind) == []
