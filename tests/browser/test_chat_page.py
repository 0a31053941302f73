"""The chat page in a real browser: streaming, choices, feedback, reasons, a talk that outlives reloads."""

import json

import pytest

from tests.answering.conftest import write_toy_bundle
from tests.live_site import LiveSite

pytestmark = pytest.mark.browser

pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402  # only where selenium is there
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select  # noqa: E402

from tests.browser.chat import said, violations  # noqa: E402

OPEN = "At nine, from Monday to Friday."
# A network that says "Hello Anna!", without a training.
TOY_MODEL = (
    "from training.models import TrainedModel as T; "
    "T.objects.create(name='toy', architecture='toy', directory='save/toy/bundle')"
)


@pytest.fixture(scope="module")
def live_site(tmp_path_factory):
    made = LiveSite(tmp_path_factory.mktemp("site"))
    write_toy_bundle(made.directory / "save" / "toy" / "bundle")
    made.manage("shell", "-v", "0", "-c", TOY_MODEL)
    yield made.start()
    made.stop()


@pytest.fixture
def site(live_site):
    return live_site.url


def last_answer(page):
    return page.find_elements(By.CSS_SELECTOR, "#talk .turn.answer")[-1]


def in_last(page, selector):
    return last_answer(page).find_element(By.CSS_SELECTOR, selector)


def session_of(page):
    return json.loads(page.execute_script("return sessionStorage.getItem('conversation')"))["session"]


def test_an_answer_streams_in(page, ask):
    page.execute_script(
        "window.seen = []; new MutationObserver(() => {"
        "  const text = document.querySelector('.waiting .text')?.textContent; if (text) seen.push(text);"
        "}).observe(document.getElementById('talk'), {childList: true, subtree: true, characterData: true});"
    )

    assert ask("When do you open?") == OPEN

    seen = page.execute_script("return seen")
    assert seen
    assert all(OPEN.startswith(text) for text in seen)
    assert "retrieved" in in_last(page, ".note").text
    assert "faq-retrieval" in in_last(page, ".note").text


def test_without_streams_the_answer_comes_in_one_piece(page, ask):
    page.execute_script("window.TextDecoderStream = class { constructor() { throw new Error('none'); } }")

    assert ask("When do you open?") == OPEN


def test_one_of_several_answers_is_chosen(page, ask, wait):
    Select(page.find_element(By.ID, "answers")).select_by_visible_text("5")
    ask("When do you open?")
    others = [button.text for button in last_answer(page).find_elements(By.CSS_SELECTOR, ".choice")]
    assert "At six, and at four on Fridays." in others

    in_last(page, ".choice").send_keys(Keys.ENTER)

    assert said(page, "answer")[-1] == others[0]
    assert in_last(page, ".choice").text == OPEN
    # The reader's choice of how many, and the chosen answer, outlive a reload.
    page.refresh()
    wait.until(lambda b: len(said(b, "answer")) == 2)
    assert said(page, "answer")[-1] == others[0]
    assert page.find_element(By.ID, "answers").get_attribute("value") == "5"


def test_why_names_where_it_was_said(page, ask):
    Select(page.find_element(By.ID, "answers")).select_by_visible_text("1")
    ask("when do you open")
    details = in_last(page, "details.why")
    assert not details.find_element(By.TAG_NAME, "blockquote").is_displayed()

    details.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)

    assert "It was said in faq, conversation faq.csv:2, turn 0" in details.text
    assert details.find_element(By.TAG_NAME, "blockquote").text == "When do you open?"
    assert "similarity" in details.text


def test_why_says_which_words_mattered_to_a_network(page, ask, wait):
    model = page.find_element(By.ID, "model")
    wait.until(lambda b: model.is_displayed())
    Select(model).select_by_visible_text("toy")

    assert ask("how are you") == "Hello Anna!"
    details = in_last(page, "details.why")
    details.find_element(By.TAG_NAME, "summary").click()

    assert "generated" in in_last(page, ".note").text
    assert "The network wrote it, word by word." in details.text
    table = details.find_element(By.TAG_NAME, "table")
    assert table.find_element(By.TAG_NAME, "caption").text.startswith("Words of the question")
    assert [cell.text for cell in table.find_elements(By.TAG_NAME, "th")] == ["how", "are", "you"]
    # The next conversation of this tab asks it too, until another one is chosen.
    page.refresh()
    wait.until(lambda b: b.find_element(By.ID, "model").get_attribute("value") == "toy")


def test_thumbs_are_kept(page, ask, wait, live_site):
    ask("Where are you?")
    in_last(page, ".thumb.bad").click()
    wait.until(lambda b: in_last(b, ".said").text == "Thank you, that is noted.")
    assert in_last(page, ".thumb.bad").get_attribute("aria-pressed") == "true"

    in_last(page, ".thumb.good").send_keys(Keys.SPACE)
    wait.until(lambda b: in_last(b, ".thumb.good").get_attribute("aria-pressed") == "true")
    assert in_last(page, ".thumb.bad").get_attribute("aria-pressed") == "false"

    page.refresh()
    wait.until(lambda b: len(said(b, "answer")) == 2)
    assert in_last(page, ".thumb.good").get_attribute("aria-pressed") == "true"
    counted = "from training.models import LoggedExchange as L; print(L.objects.filter(rating=1).count())"
    wait.until(lambda _: live_site.manage("shell", "-v", "0", "-c", counted).strip() == "1")


def test_a_better_answer_is_said_from_then_on(page, ask, wait):
    assert ask("Can I pay by card?") == "Yes, by card and in cash."
    suggest = in_last(page, ".suggest")
    suggest.click()
    assert suggest.get_attribute("aria-expanded") == "true"
    field = page.switch_to.active_element
    assert field.get_attribute("value") == "Yes, by card and in cash."
    field.send_keys(Keys.ESCAPE)
    assert page.switch_to.active_element == suggest

    suggest.click()
    # The text is selected: what is typed replaces it.
    page.switch_to.active_element.send_keys("Yes, and by telephone.")
    in_last(page, ".better button[type=submit]").click()
    wait.until(lambda b: in_last(b, ".said").text == "The bot says this from now on.")

    assert ask("can I pay by card") == "Yes, and by telephone."
    assert "own answer" in in_last(page, ".note").text


def test_what_was_said_is_there_after_a_reload_and_a_restart(page, ask, wait, live_site):
    ask("When do you open?")
    before = session_of(page)
    page.refresh()
    wait.until(lambda b: len(said(b, "answer")) == 2)
    assert said(page, "question") == ["When do you open?"]

    live_site.stop()
    message = page.find_element(By.ID, "message")
    assert ask("When do you close?", kind="error") == "The server cannot be reached. Is it running?"
    assert message.get_attribute("value") == "When do you close?"
    live_site.start()
    message.send_keys(Keys.ENTER)
    wait.until(lambda b: len(said(b, "answer")) == 3)

    assert said(page, "answer")[-1] == "At six, and at four on Fridays."
    assert session_of(page) == before


def test_a_new_conversation_starts_empty(page, ask, wait):
    ask("When do you open?")
    before = session_of(page)

    page.find_element(By.ID, "new").click()

    assert (len(said(page, "answer")), said(page, "question")) == (1, [])
    assert session_of(page) != before
    assert page.switch_to.active_element.get_attribute("id") == "message"
    page.refresh()
    assert said(page, "question") == []


def test_an_answer_that_never_came_is_asked_for_again(page, wait):
    page.execute_script(
        "const kept = JSON.parse(sessionStorage.conversation ?? 'null') ??"
        " {user: document.getElementById('chat').dataset.user, bot: 'default', session: 's', turns: []};"
        "kept.turns = [{kind: 'question', text: 'When do you open?'}];"
        "sessionStorage.conversation = JSON.stringify(kept);"
    )
    page.refresh()

    wait.until(lambda b: said(b, "error"))
    assert said(page, "error") == ["No answer arrived. Ask once more."]
    assert page.find_element(By.ID, "message").get_attribute("value") == "When do you open?"


def test_somebody_else_does_not_see_what_was_said(page, ask):
    ask("When do you open?")
    page.execute_script(
        "const kept = JSON.parse(sessionStorage.conversation); kept.user = 'another';"
        "sessionStorage.conversation = JSON.stringify(kept);"
    )
    page.refresh()

    assert said(page, "question") == []


def test_staff_choose_the_model(page, ask, wait):
    model = page.find_element(By.ID, "model")
    wait.until(lambda b: model.is_displayed())
    offered = [option.text for option in Select(model).options]
    assert offered == ["the bot's own", "toy", "faq-retrieval-2 (default)"]

    Select(model).select_by_index(1)
    ask("hello")
    assert "toy" in in_last(page, ".note").text

    Select(model).select_by_index(0)
    ask("When do you open?")
    assert "faq-retrieval-2" in in_last(page, ".note").text


def test_nothing_that_is_said_is_markup(page, ask):
    ask("<img src=x onerror=alert(1)><b>bold</b>")

    assert said(page, "question") == ["<img src=x onerror=alert(1)><b>bold</b>"]
    assert page.find_elements(By.CSS_SELECTOR, "#talk img, #talk b") == []


def test_it_is_used_with_the_keyboard_alone(page, ask):
    ask("When do you open?")
    reached = []
    for _ in range(12):
        page.switch_to.active_element.send_keys(Keys.SHIFT, Keys.TAB)
        active = page.switch_to.active_element
        reached.append(active.get_attribute("class") or active.get_attribute("id") or active.tag_name)
        if "thumb good" in reached:
            break

    assert [name for name in reached if name in ("summary", "link suggest", "thumb bad", "thumb good")] == [
        *("summary", "link suggest", "thumb bad", "thumb good")
    ]
    style = "return getComputedStyle(document.activeElement).outlineStyle"
    assert page.execute_script(style) == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_background_in_light_and_dark(page, ask, scheme):
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    Select(page.find_element(By.ID, "answers")).select_by_visible_text("3")
    ask("When do you open?")

    contrasts = page.execute_script(CONTRASTS)

    assert len(contrasts) > 8
    assert min(contrasts.values()) >= 4.5, contrasts
    assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_nothing_serious_stands_in_a_screen_readers_way(page, ask, site):
    Select(page.find_element(By.ID, "answers")).select_by_visible_text("3")
    ask("When do you open?")
    in_last(page, "summary").click()
    in_last(page, ".thumb.bad").click()
    in_last(page, ".suggest").click()

    assert violations(page) == []

    page.delete_all_cookies()
    page.get(f"{site}/login/")
    assert violations(page) == []


# WCAG 2.2, 1.4.3: contrast of each text with the nearest background behind it.
CONTRASTS = """
const numbers = (colour) => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d');
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return canvas.getImageData(0, 0, 1, 1).data;
};
const light = (colour) => {
  const [r, g, b] = [...numbers(colour)].map((c) => c / 255).map(
    (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (numbers(colour)[3] > 0) return colour;
  }
  return 'white';
};
const found = {};
for (const element of document.querySelectorAll('body *')) {
  const isText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!isText || !element.checkVisibility() || element.closest('.hidden, script')) continue;
  const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort();
  found[element.tagName + '.' + element.className] = (other + 0.05) / (one + 0.05);
}
return found;
"""


def test_it_speaks_chinese_to_who_reads_chinese(page, site, wait):
    headers = {"headers": {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}}
    page.execute_cdp_cmd("Network.enable", {})
    page.execute_cdp_cmd("Network.setExtraHTTPHeaders", headers)
    page.get(site)
    page.find_element(By.ID, "message").send_keys("你们几点开门", Keys.ENTER)
    wait.until(lambda b: len(said(b, "answer")) == 2)

    shown = page.find_element(By.TAG_NAME, "body").text
    labels = page.execute_script(
        "return [...document.querySelectorAll('[aria-label], [placeholder], [title]')].map("
        "(e) => (e.ariaLabel ?? '') + (e.placeholder ?? '') + e.title).join(' ')"
    )
    page.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {}})
    assert said(page, "answer")[-1] == "周一到周五九点。"
    assert page.find_element(By.TAG_NAME, "html").get_attribute("lang") == "zh-Hans"
    for text in ("新对话", "发送", "为什么", "检索", "建议更好的回答"):
        assert text in shown
    for english in ("Send", "Why", "Suggest", "answer", "Model", "conversation", "Good", "Type", "You"):
        assert english not in shown + labels
