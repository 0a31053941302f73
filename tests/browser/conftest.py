"""A browser without a window, as wide as a phone, that complains about what the page's policy forbids."""

import shutil

import pytest

from tests.browser.chat import said
from tests.live_site import PASSWORD


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("chromium and chromedriver are not installed: apt install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        "--window-size=400,800",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield made
    made.quit()


@pytest.fixture
def wait(browser):
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, 20)


@pytest.fixture
def logged_in(browser, site, wait):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    browser.get(f"{site}/login/")
    if browser.find_elements(By.NAME, "username"):
        browser.find_element(By.NAME, "username").send_keys("admin")
        browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
        wait.until(lambda b: b.find_elements(By.ID, "message"))
    # The conversation of the test before is kept in the tab.
    browser.execute_script("sessionStorage.clear()")
    yield
    complaints = [e for e in browser.get_log("browser") if "Content Security Policy" in e["message"]]
    assert complaints == []


@pytest.fixture
def page(browser, site, logged_in):
    browser.get(site)
    return browser


@pytest.fixture
def ask(page, wait):
    """Return a function that types a question and waits for what is said to it."""

    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    def type_and_wait(text, kind="answer"):
        before = len(said(page, kind))
        page.find_element(By.ID, "message").send_keys(text, Keys.ENTER)
        wait.until(lambda b: len(said(b, kind)) == before + 1)
        return said(page, kind)[-1]

    return type_and_wait
