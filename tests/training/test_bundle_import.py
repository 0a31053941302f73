"""Bundles from elsewhere: each becomes a trained model, or is refused and leaves nothing behind."""

import json

import pytest

from answering.errors import BundleError
from training.models import TrainedModel
from training.services.bundles import DEEPEST_FIGURES, bundle_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_trial")]


@pytest.fixture
def refused(data_directory):
    """Return a function that imports what must be refused, and looks that nothing is left of it."""

    def imported(path, match, error=BundleError, **options):
        before = list(data_directory.rglob("*"))
        with pytest.raises(error, match=match):
            bundle_import(path=path, **options)
        assert [path for path in data_directory.rglob("*") if path not in before] in (
            [],
            [data_directory / "save"],
        )
        assert not TrainedModel.objects.exists()

    return imported


def with_manifest(bundle, **changes):
    path = bundle / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return bundle


def nested(levels, *, inner):
    """Return figures, of which each object but the outermost lies in one or in a list."""
    value = 0.5
    for _ in range(levels - 1):
        value = inner(value)
    return {"x": value}


IN_LIST, IN_OBJECT = lambda value: [value], lambda value: {"y": value}


@pytest.mark.parametrize("inner", [IN_LIST, IN_OBJECT], ids=["lists", "objects"])
@pytest.mark.parametrize("levels", [DEEPEST_FIGURES + 1, 700])
def test_figures_in_figures_without_end_are_refused(make_bundle, refused, inner, levels):
    bundle = with_manifest(make_bundle(), metrics=nested(levels, inner=inner))

    refused(bundle, f"must lie at most {DEEPEST_FIGURES} levels deep")


@pytest.mark.parametrize("inner", [IN_LIST, IN_OBJECT], ids=["lists", "objects"])
def test_figures_as_deep_as_a_page_shows_them_are_kept(make_bundle, inner):
    metrics = nested(DEEPEST_FIGURES, inner=inner)

    assert bundle_import(path=with_manifest(make_bundle(), metrics=metrics)).metrics == metrics


@pytest.mark.parametrize("metrics", [{"x\0": 1}, {"x": "\0"}, {"x": [1, {"y": "a\0b"}]}])
def test_what_a_database_does_not_keep_is_refused(make_bundle, refused, metrics):
    refused(with_manifest(make_bundle(), metrics=metrics), "must hold no NUL characters")
