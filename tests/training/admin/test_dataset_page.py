import xml.etree.ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse

from tests.training.test_dataset_report import REPORT, write_report
from training.models import Dataset

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"
PICTURES = ("lengths", "growth", "coverage")


@pytest.fixture
def dataset(data_directory):
    write_report(data_directory / "data" / "toy" / "1")
    return Dataset.objects.create(
        name="toy", directory="data/toy/1", max_length=20, exchanges=750, vocabulary_size=8000
    )


@pytest.fixture
def onlooker(log_in):
    return log_in("view_dataset")


def page_of(dataset):
    return reverse("admin:training_dataset_change", args=[dataset.pk])


def picture_of(dataset, name):
    return reverse("admin:dataset_picture", args=[dataset.pk, name])


def test_the_page_shows_the_whole_report(onlooker, dataset):
    content = onlooker.get(page_of(dataset)).content.decode()

    for text in (
        "750 of 1,000 exchanges were kept",
        "<summary>Duplicate: 240</summary>",
        "question 4",
        "Duplicates between splits, which must be 0: 0.",
        "<caption>Most frequent answers</caption>",
        '<th scope="row" dir="auto">Yes.</th>',
        "Hello Gwent!",
        "<mark>&lt;unknown&gt;</mark>",
        "1 min 01 s",
    ):
        assert text in content
    assert "question 5" not in content
    assert "errornote" not in content


def test_each_picture_has_its_content_in_words(onlooker, dataset):
    content = onlooker.get(page_of(dataset)).content.decode()

    for name in PICTURES:
        assert f'src="{picture_of(dataset, name)}" alt="' in content
    assert 'alt="How the vocabulary grows: to 90 different words in 1,000 tokens."' in content


def test_the_page_keeps_its_button_to_train(onlooker, dataset):
    assert (
        reverse("admin:dataset_train", args=[dataset.pk]) in onlooker.get(page_of(dataset)).content.decode()
    )


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_svg_with_a_title_and_may_use_their_own_style(onlooker, dataset, name):
    response = onlooker.get(picture_of(dataset, name))

    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert ET.fromstring(response.content).findtext("{http://www.w3.org/2000/svg}title")
    assert "style-src 'unsafe-inline'" in response.headers["Content-Security-Policy"]


def test_the_page_itself_allows_no_inline_style(onlooker, dataset):
    response = onlooker.get(page_of(dataset))

    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    assert " style=" not in response.content.decode()


def test_texts_of_a_corpus_stay_texts(onlooker, dataset):
    sample = {**REPORT["samples"][0], "question": SCRIPT, "conversation": SCRIPT, "answer_tokens": [SCRIPT]}
    lengths = {side: [{"tokens": SCRIPT, "texts": 1}] for side in ("question", "answer")}
    report = {
        **REPORT,
        "samples": [sample],
        "frequent_words": [[SCRIPT, 1]],
        "frequent_answers": [[SCRIPT, 1]],
        "lengths": lengths,
    }
    examples = {"duplicate": [{"question": SCRIPT, "answer": SCRIPT}]}
    write_report(dataset.location, report, examples=examples, dropped={"duplicate": 1, SCRIPT: 2})

    content = onlooker.get(page_of(dataset)).content.decode()

    assert SCRIPT not in content
    assert content.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 9
    assert SCRIPT not in onlooker.get(picture_of(dataset, "lengths")).content.decode()


def test_duplicates_between_splits_stand_out(onlooker, dataset):
    write_report(dataset.location, {**REPORT, "duplicates_between_splits": 2})

    content = onlooker.get(page_of(dataset)).content.decode()

    assert '<p class="errornote" role="alert">Duplicates between splits must be 0. There are 2' in content


def test_a_dataset_without_figures_says_so(onlooker, dataset):
    (dataset.location / "report.json").unlink()

    content = onlooker.get(page_of(dataset)).content.decode()

    assert "There is no report.json beside this dataset" in content
    assert onlooker.get(picture_of(dataset, "lengths")).status_code == 404


def test_a_dataset_whose_folder_is_gone_has_a_page_that_says_so(onlooker, dataset):
    (dataset.location / "dataset.json").unlink()

    response = onlooker.get(page_of(dataset))

    assert response.status_code == 200
    assert "must hold a readable dataset.json" in response.content.decode()
    assert onlooker.get(picture_of(dataset, "lengths")).status_code == 404


def test_an_unknown_picture_is_not_found(onlooker, dataset):
    assert onlooker.get(picture_of(dataset, "nothing")).status_code == 404


def test_who_may_not_see_datasets_sees_neither_page_nor_picture(log_in, dataset):
    client = log_in("view_job")

    assert client.get(page_of(dataset)).status_code == 403
    assert client.get(picture_of(dataset, "lengths")).status_code == 403


def test_others_are_led_to_the_login(dataset):
    for url in (page_of(dataset), picture_of(dataset, "lengths")):
        assert Client().get(url).status_code == 302
