import json

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from training.models import Dataset
from training.parameters import TrainParameters
from training.services.run_comparison import MOST_RUNS

pytestmark = pytest.mark.django_db
COMPARE, CHART = reverse("admin:job_compare"), reverse("admin:job_compare_chart")
JOBS = reverse("admin:training_job_changelist")
NO_DIFFERENCE = "Their settings do not differ."


@pytest.fixture
def dataset():
    return Dataset.objects.create(
        name="faq", directory="data/faq/1", max_length=20, exchanges=4, vocabulary_size=9
    )


@pytest.fixture
def make_training(make_job, dataset, data_directory):
    """Return a function that makes a train job which noted these lines."""

    def make(*noted, **parameters):
        checked = TrainParameters(dataset=dataset.pk, **parameters).as_json()
        job = make_job(kind="train", parameters=checked)
        job.run_directory = f"save/run-{job.pk}"
        job.save(update_fields=["run_directory"])
        job.run_location.mkdir(parents=True)
        (job.run_location / "metrics.jsonl").write_text("\n".join(map(json.dumps, noted)))
        return job

    return make


def numbered(jobs):
    return {"jobs": ",".join(str(job.pk) for job in jobs)}


def compare(client, jobs, **more):
    return client.get(COMPARE, {**numbered(jobs), **more}).content.decode()


def choose(client, jobs):
    """Compare jobs as the list's action does."""
    chosen = {"action": "compare_selected", ACTION_CHECKBOX_NAME: [job.pk for job in jobs]}
    return client.post(JOBS, chosen)


def row(name, *values):
    cells = "".join(f'<td dir="auto">{value}</td>' for value in values)
    return f'<th scope="row" dir="auto">{name}</th>{cells}'


def test_trainings_are_shown_with_their_picture_and_what_differs(operator, make_training):
    jobs = [make_training({"step": 10, "loss": 4.5}, layers=1), make_training(layers=3)]

    page = compare(operator, jobs)

    for job in jobs:
        address = reverse("admin:training_job_change", args=[job.pk])
        assert f'<a href="{address}">faq, rnn, job {job.pk}</a>' in page
    assert f'src="{CHART}?jobs={jobs[0].pk},{jobs[1].pk}&amp;across=steps"' in page
    assert row("layers", "1", "3") in page
    assert row("Training loss", "4.500", "–") in page
    assert NO_DIFFERENCE not in page


def test_settings_that_do_not_differ_are_said_not_to(operator, make_training):
    page = compare(operator, [make_training(), make_training()])

    assert NO_DIFFERENCE in page
    assert "Where their settings differ" not in page


def test_a_setting_that_one_of_them_lacks_makes_no_difference(operator, make_training):
    older, newer = make_training(), make_training()
    del older.parameters["layers"]
    older.save(update_fields=["parameters"])

    assert NO_DIFFERENCE in compare(operator, [older, newer])


def test_one_training_differs_from_nothing(operator, make_training):
    assert NO_DIFFERENCE not in compare(operator, [make_training()])


def test_the_picture_can_run_over_minutes_where_they_were_noted(operator, make_training):
    jobs = [make_training({"step": 10, "loss": 4.5, "seconds": 60})]

    assert "across=minutes" in compare(operator, jobs)
    page = compare(operator, jobs, across="minutes")
    assert f'src="{CHART}?jobs={jobs[0].pk}&amp;across=minutes"' in page
    assert "<strong>minutes</strong>" in page
    assert "across=minutes" not in compare(operator, [make_training()])


def test_the_picture_may_bring_its_own_style(operator, make_training):
    response = operator.get(CHART, numbered([make_training({"step": 10, "loss": 4.5})]))

    assert response.headers["Content-Type"] == "image/svg+xml"
    assert "'unsafe-inline'" in response.headers["Content-Security-Policy"]
    assert response.content.startswith(b"<svg")


@pytest.mark.parametrize("jobs", ["", "x", "-1,,1.5", "9" * 18, "9" * 400, "٣"])
def test_jobs_that_are_none_are_not_compared(operator, make_training, jobs):
    response = operator.get(COMPARE, {"jobs": jobs})

    assert "None of these jobs is a training that still exists" in response.content.decode()
    assert operator.get(CHART, {"jobs": jobs}).status_code == 200


def test_the_list_of_jobs_leads_there(operator, make_training, make_job):
    jobs = [make_training(), make_training()]

    response = choose(operator, [*jobs, make_job()])

    assert response.url == f"{COMPARE}?jobs={jobs[0].pk},{jobs[1].pk}"


def test_of_too_many_the_newest_are_compared(operator, make_training):
    jobs = [make_training() for _ in range(MOST_RUNS + 1)]

    response = choose(operator, jobs)

    assert response.url == f"{COMPARE}?jobs={','.join(str(job.pk) for job in jobs[1:])}"
    assert "at most: these are the newest ones." in operator.get(response.url).content.decode()


def test_without_a_training_there_is_nothing_to_compare(operator, make_job):
    response = choose(operator, [make_job()])

    assert "Only trainings can be compared." in operator.get(response.url).content.decode()


def test_a_jobs_page_leads_to_others_on_its_dataset(operator, make_training):
    first = make_training()
    page = reverse("admin:training_job_change", args=[first.pk])
    assert COMPARE not in operator.get(page).content.decode()

    second = make_training()

    assert f"{COMPARE}?jobs={first.pk},{second.pk}" in operator.get(page).content.decode()


@pytest.mark.parametrize("address", [COMPARE, CHART])
def test_only_who_may_view_jobs_may_compare_them(log_in, make_training, address):
    numbers = numbered([make_training()])

    assert Client().get(address, numbers).status_code == 302
    assert log_in("view_trainedmodel").get(address, numbers).status_code == 403


@pytest.mark.parametrize("address", [COMPARE, CHART])
def test_who_may_view_jobs_needs_no_more(log_in, make_training, address):
    assert log_in("view_job").get(address, numbered([make_training()])).status_code == 200
