import json
import zipfile
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from training.models import Dataset, Job, TrainedModel
from training.services.bundles import bundle_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_trial")]


@pytest.fixture
def trained_model(make_bundle):
    return bundle_import(path=make_bundle(), name="faq")


def export(*arguments):
    output = StringIO()
    call_command("export", *map(str, arguments), stdout=output)
    return output.getvalue()


def refused(*arguments, returncode=2):
    with pytest.raises(CommandError) as raised:
        export(*arguments)
    assert raised.value.returncode == returncode
    return str(raised.value)


def test_a_trained_models_bundle_is_written_to_a_file(trained_model, tmp_path):
    path = tmp_path / "faq.zip"

    assert export("faq", "--output", path) == f"faq: {path}, {path.stat().st_size:,} bytes.\n"
    assert bundle_import(path=path, name="again").metrics == trained_model.metrics


def test_it_is_printed_as_json_and_found_by_its_id(trained_model, tmp_path):
    path = tmp_path / "faq.zip"

    printed = json.loads(export(trained_model.pk, "--output", path, "--json"))

    assert printed == {"trained_model": "faq", "file": str(path), "bytes": path.stat().st_size}


def test_without_a_file_a_trained_model_is_not_exported(trained_model):
    assert "Write its bundle with --output FILE.zip" in refused("faq")


def test_what_is_neither_a_run_nor_a_trained_model_is_told(trained_model, tmp_path):
    assert "Received nothing. There are: faq." in refused("nothing", "--output", tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize("name", ["x.tar", "nowhere/x.zip", "taken.zip"])
def test_a_file_that_cannot_be_new_ends_with_exit_code_2(trained_model, tmp_path, name):
    (tmp_path / "taken.zip").write_text("mine")

    assert "must end in .zip, lie in a folder that exists" in refused("faq", "--output", tmp_path / name)


def test_a_damaged_bundle_ends_with_its_reason(trained_model, tmp_path):
    (trained_model.location / "retriever" / "features.txt").unlink()

    said = refused("faq", "--output", tmp_path / "x.zip", returncode=1)

    assert "features.txt must have" in said
    assert not (tmp_path / "x.zip").exists()


@pytest.fixture
def run(make_greeting, data_directory):
    """A run that indexed a dataset: its bundle is made anew in no time."""
    directory = make_greeting("toy")
    Dataset.objects.create(
        name="toy", directory=str(directory), max_length=20, exchanges=1, vocabulary_size=9
    )
    run = data_directory / "save" / "run"
    run.mkdir(parents=True)
    (run / "configuration.json").write_text(json.dumps({"architecture": "retrieval"}))
    return run


# A monitor's thread has a database connection of its own: it must see what the test committed.
@pytest.mark.django_db(transaction=True)
def test_a_run_is_exported_and_its_bundle_written(run, tmp_path):
    path = tmp_path / "run.zip"

    said = export("run", "--dataset", "toy", "--here", "--output", path)

    job, trained_model = Job.objects.get(), TrainedModel.objects.get()
    assert (job.state, trained_model.directory) == ("succeeded", f"save/run/bundle-{job.pk}")
    assert said.endswith(f"Wrote {path}, {path.stat().st_size:,} bytes.\n")
    with zipfile.ZipFile(path) as archive:
        assert f"{trained_model.name}/manifest.json" in archive.namelist()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_cannot_be_exported_ends_with_its_reason(run, tmp_path):
    Dataset.objects.update(directory=str(tmp_path / "gone"))

    said = refused("run", "--dataset", "toy", "--here", "--output", tmp_path / "run.zip", returncode=1)

    assert Job.objects.get().error_text == said
    assert [path.name for path in run.iterdir()] == ["configuration.json"]
    assert not (tmp_path / "run.zip").exists()


def test_a_runs_bundle_is_waited_for(run, tmp_path):
    said = refused("run", "--dataset", "toy", "--output", tmp_path / "run.zip")

    assert "--output needs --here or --follow" in said
    assert not Job.objects.exists()


def test_a_run_whose_dataset_nobody_knows_needs_its_name(run):
    assert "Name it with --dataset." in refused("run", "--here")
    assert "Received other." in refused("run", "--here", "--dataset", "other")
