"""An evaluation's report in a real browser: in the admin, beside another one, and alone as a file."""

import csv

import pytest

from tests.live_site import LiveSite

pytestmark = pytest.mark.browser

pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402  # only where selenium is there

from tests.browser.chat import violations  # noqa: E402

ROOMS = range(24)
QUESTIONS = [(f"Where is room {room}?", f"On floor {room % 7}, the door with {room}") for room in ROOMS]


@pytest.fixture(scope="module")
def live_site(tmp_path_factory):
    """A site whose trained model was evaluated twice on a table of questions, once under another name."""
    directory = tmp_path_factory.mktemp("site")
    made = LiveSite(directory)
    table, bundle = directory / "unseen.csv", directory / "bundle.zip"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("question", "answer"), *QUESTIONS])
    [trained_model] = names(made)
    made.manage("export", trained_model, "--output", str(bundle))
    made.manage("import_bundle", str(bundle), "--name", "copy")
    for name in (trained_model, "copy"):
        html = directory / f"{name}.html"
        made.manage("evaluate", name, "--corpus", str(table), "--questions", "20", "--html", str(html))
    yield made.start()
    made.stop()


def names(site):
    rows = "TrainedModel.objects.values_list('name', flat=True)"
    script = f"from training.models import TrainedModel; print(*{rows})"
    return site.manage("shell", "-v", "0", "-c", script).split()


@pytest.fixture
def site(live_site):
    return live_site.url


def headings(browser):
    return [head.text for head in browser.find_elements(By.TAG_NAME, "h2")]


def test_a_report_says_what_was_measured_and_what_not_to_expect(browser, site, logged_in):
    browser.get(f"{site}/admin/training/evaluation/1/change/")

    assert {"What not to expect", "Finding the true answer among others", "Cost"} <= set(headings(browser))
    assert "recall@1 of 10" in browser.find_element(By.CLASS_NAME, "headline").text
    assert violations(browser) == []


def test_two_reports_lie_side_by_side(browser, site, logged_in):
    browser.get(f"{site}/admin/training/evaluation/2/change/")
    browser.find_element(By.CSS_SELECTOR, ".object-tools a[href*='/compare/']").click()

    assert "No difference is clear enough" in browser.find_element(By.CLASS_NAME, "evaluation").text
    assert violations(browser) == []


def test_a_report_alone_refers_to_no_other_file(browser, live_site, tmp_path_factory):
    [path] = live_site.directory.glob("copy.html")
    browser.get(path.as_uri())

    loaded = browser.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert [address for address in loaded if not address.startswith("data:")] == []
    assert "What not to expect" in headings(browser)
    assert violations(browser) == []
