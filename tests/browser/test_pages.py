"""The whole of `make run` in a real browser: typing, Enter, errors in words, a job from form to end.

One site serves all of them, in the order of the file (`make test-browser`): the last one changes who answers.
"""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT
from tests.live_site import PASSWORD

pytestmark = pytest.mark.browser

pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402  # only where selenium is there
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

from tests.browser.chat import said  # noqa: E402

# As a spreadsheet in Germany or China saves it.
QUESTIONS = "\ufeffFrage;Antwort\r\n" + "".join(f"question {n};answer {n}\r\n" for n in range(500))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Everything that `make run` starts, with a port and a data directory of its own."""
    directory = tmp_path_factory.mktemp("site")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "CHATBOT_DATA_DIR": str(directory), "CHATBOT_PORT": str(port)}
    environment["CHATBOT_ADMIN_PASSWORD"] = PASSWORD
    with (directory / "run.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    deadline = time.monotonic() + 60
    while b"Chat    http" not in (directory / "run.log").read_bytes():
        assert time.monotonic() < deadline, (directory / "run.log").read_text()
        time.sleep(0.2)
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=15) == 0


def has_succeeded(browser):
    """Ask in one call as well: the job's page loads itself again between two of them."""
    script = "return document.getElementById('job-state')?.textContent.trim().toLowerCase()"
    return browser.execute_script(script) == "succeeded"


def test_a_question_is_sent_with_enter_and_answered(browser, site, logged_in, wait):
    browser.get(site)
    field = browser.switch_to.active_element
    field.send_keys("What is AI?", Keys.ENTER)

    wait.until(lambda b: len(said(b, "answer")) == 2)
    assert said(browser, "question") == ["What is AI?"]
    assert "Artificial Intelligence" in said(browser, "answer")[1]
    # On a phone's width nothing sticks out.
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


def test_errors_are_shown_in_words_and_the_text_is_not_lost(browser, site, logged_in, wait):
    browser.get(site)
    browser.delete_all_cookies()
    field = browser.find_element(By.ID, "message")
    field.send_keys("Anybody there?", Keys.ENTER)

    wait.until(lambda b: said(b, "error"))
    assert "Log in again" in said(browser, "error")[0]
    assert field.get_attribute("value") == "Anybody there?"


def test_a_corpus_goes_from_upload_to_a_bot_that_answers(browser, site, logged_in, wait, tmp_path):
    (tmp_path / "faq.csv").write_text(QUESTIONS, encoding="utf-8")
    browser.get(f"{site}/admin/training/corpus/add/")
    # Three clicks: the file, Save, Start.
    browser.find_element(By.NAME, "files").send_keys(str(tmp_path / "faq.csv"))
    browser.find_element(By.NAME, "_save").click()
    wait.until(lambda b: "It looks like CSV or TSV (1 file)." in b.page_source)
    browser.find_element(By.CSS_SELECTOR, "input[type=submit].default").click()
    # The demonstration is being trained meanwhile, by another worker.
    end = WebDriverWait(browser, 300)
    end.until(has_succeeded)
    assert "faq" in browser.find_element(By.ID, "job-products").text

    browser.find_element(By.CSS_SELECTOR, "#job-products a").click()
    wait.until(lambda b: "500 of 500 exchanges were kept" in b.find_element(By.TAG_NAME, "body").text)
    wait.until(lambda b: b.find_elements(By.LINK_TEXT, "TRAIN") or b.find_elements(By.LINK_TEXT, "Train"))
    browser.find_element(By.CSS_SELECTOR, ".object-tools a[href$='/train/']").click()
    Select(browser.find_element(By.NAME, "architecture")).select_by_value("retrieval")
    browser.find_element(By.NAME, "activate").click()
    browser.find_element(By.CSS_SELECTOR, "input[type=submit].default").click()
    # This one waits for the demonstration, then goes on by itself.
    end.until(has_succeeded)

    browser.get(site)
    time.sleep(2.5)
    browser.find_element(By.ID, "message").send_keys("question 12", Keys.ENTER)
    wait.until(lambda b: len(said(b, "answer")) == 2)
    assert said(browser, "answer")[1] == "answer 12"
