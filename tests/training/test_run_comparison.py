import json
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from django.utils import timezone

from training.models import Dataset, Job
from training.parameters import TrainParameters
from training.services.run_chart import run_chart_svg
from training.services.run_comparison import MOST_RUNS, compared_runs, differences, end_figures

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def dataset():
    return Dataset.objects.create(
        name="faq", directory="data/faq/1", max_length=20, exchanges=4, vocabulary_size=9
    )


@pytest.fixture
def make_run(make_job, dataset, data_directory):
    """Return a function that makes a train job with what its training wrote."""

    def make(losses=(), validation=(), seconds=None, configuration=None, fields=None, **parameters):
        name = f"run-{Job.objects.count()}"
        directory = data_directory / "save" / name
        directory.mkdir(parents=True)
        lines = [{"step": 10 * n, "loss": loss} for n, loss in enumerate(losses, start=1)]
        lines += [{"step": 10 * n, "validation_loss": loss} for n, loss in enumerate(validation, start=1)]
        if seconds:
            lines = [{**line, "seconds": line["step"] * seconds} for line in lines]
        (directory / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
        checked = TrainParameters(dataset=dataset.pk, **parameters).as_json()
        if configuration:
            (directory / "configuration.json").write_text(json.dumps({**configuration, "requested": checked}))
        return make_job(kind="train", parameters=checked, run_directory=f"save/{name}", **(fields or {}))

    return make


def rows_of(table):
    return {row.cells[0]: row.cells[1:] for row in table.rows}


def test_runs_are_named_by_dataset_architecture_and_job(make_run):
    job = make_run()

    assert [run.name for run in compared_runs([job.pk])] == [f"faq, rnn, job {job.pk}"]


def test_only_settings_that_differ_are_listed(make_run):
    jobs = [make_run(layers=1), make_run(layers=2, bot="other", activate=True)]

    assert rows_of(differences(compared_runs([job.pk for job in jobs]))) == {"layers": ("1", "2")}


def test_what_a_run_uses_counts_and_not_what_was_asked_for(make_run):
    jobs = [make_run(configuration={"layers": 1}), make_run(configuration={"layers": 4})]

    assert rows_of(differences(compared_runs([job.pk for job in jobs]))) == {"layers": ("1", "4")}


def test_a_retrieval_has_no_settings_of_a_network(make_run):
    jobs = [make_run(layers=1), make_run(architecture="retrieval")]

    assert rows_of(differences(compared_runs([job.pk for job in jobs]))) == {
        "architecture": ("rnn", "retrieval")
    }


def test_end_figures_are_the_newest_that_a_run_wrote(make_run):
    started = timezone.now() - timedelta(minutes=3)
    ended = make_run(
        losses=(5.0, 4.0),
        validation=(4.5, 4.75),
        fields={
            "state": Job.State.SUCCEEDED,
            "started_at": started,
            "finished_at": started + timedelta(minutes=2),
            "metrics": {"parameters": 1000, "validation_loss": 4.5, "perplexity": 90, "steps_per_second": 2},
        },
    )
    running = make_run(fields={"state": Job.State.RUNNING, "started_at": started})

    assert rows_of(end_figures(compared_runs([ended.pk, running.pk]))) == {
        "State": ("succeeded", "running"),
        "Lowest validation loss": ("4.500 at step 10", "–"),
        "Validation loss": ("4.750", "–"),
        "Perplexity": ("90.000", "–"),
        "Training loss": ("4.000", "–"),
        "Parameters": ("1,000", "–"),
        "Minutes": ("2.0", "3.0"),
        "Steps per second": ("2.000", "–"),
    }


def test_other_jobs_are_left_out_and_so_are_too_many(make_run, make_job):
    jobs = [make_job(), *(make_run() for _ in range(MOST_RUNS + 2))]

    runs = compared_runs([job.pk for job in jobs])

    assert [run.job.pk for run in runs] == [job.pk for job in jobs[1 : MOST_RUNS + 1]]


def test_the_number_of_queries_does_not_grow_with_the_runs(make_run, django_assert_num_queries):
    jobs = [make_run(losses=(1.0,)) for _ in range(MOST_RUNS)]

    with django_assert_num_queries(2):
        runs = compared_runs([job.pk for job in jobs])
        differences(runs)
        end_figures(runs)
        run_chart_svg(runs)


def test_a_run_whose_dataset_is_gone_is_compared_all_the_same(make_run, dataset):
    jobs = [make_run(), make_run(layers=3)]
    dataset.delete()

    runs = compared_runs([job.pk for job in jobs])

    assert runs[0].name == f"deleted, rnn, job {jobs[0].pk}"
    assert rows_of(differences(runs)) == {"layers": ("2", "3")}


def chart(runs, **options):
    return ET.fromstring(run_chart_svg(runs, **options))


def test_each_run_has_a_colour_with_validation_strong_and_training_thin(make_run):
    jobs = [make_run((5.0, 4.0), (4.5, 4.1)), make_run((6.0, 3.0), (4.0, 3.9))]

    styles = [
        line.get("class") for line in chart(compared_runs([job.pk for job in jobs])).iter(f"{SVG}polyline")
    ]

    assert styles == [
        "line series-0 thin",
        "line series-0 strong",
        "line series-1 thin",
        "line series-1 strong",
    ]


def test_the_chart_names_its_runs_and_says_their_figures_in_words(make_run):
    job = make_run((5.0,), (4.5, 4.1))

    root = chart(compared_runs([job.pk]))

    assert f"faq, rnn, job {job.pk}" in [text.text for text in root.iter(f"{SVG}text")]
    assert root.findtext(f"{SVG}desc") == f"faq, rnn, job {job.pk}: lowest validation loss 4.100 at step 20."


def test_minutes_run_across_where_they_were_noted(make_run):
    job = make_run((5.0, 4.0), seconds=6)

    texts = [text.text for text in chart(compared_runs([job.pk]), by_minutes=True).iter(f"{SVG}text")]

    assert "minutes" in texts
    assert "2.0" in texts


def test_a_run_that_has_only_begun_makes_no_trouble(make_run):
    jobs = [make_run(), make_run((float("nan"),)), make_run((5.0,))]

    assert len(list(chart(compared_runs([job.pk for job in jobs])).iter(f"{SVG}polyline"))) == 1
    assert "has recorded a loss yet" in run_chart_svg(compared_runs([jobs[0].pk]))
