"""The process that asks a bundle before it is taken in, and what is said of how it ended."""

import shutil
import sys

import pytest

from answering.errors import BundleError
from training.services import bundles
from training.services.bundles import trial_failure, try_bundle


def test_a_bundle_that_answers_passes(make_bundle):
    try_bundle(make_bundle())


def test_one_that_does_not_is_refused_with_its_reason(make_bundle):
    bundle = make_bundle()
    (bundle / "retriever" / "features.txt").unlink()

    with pytest.raises(BundleError, match=r"^retriever/features\.txt must have"):
        try_bundle(bundle)


def test_one_that_never_ends_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bundles, "TRIAL_SECONDS", 0.01)

    with pytest.raises(BundleError, match=r"this one did not within 0\.01 s"):
        try_bundle(tmp_path)


def test_one_that_kills_its_process_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", shutil.which("false"))

    with pytest.raises(BundleError, match="ended with 1: it crashed, or needed too much memory"):
        try_bundle(tmp_path)


def test_what_libraries_say_beside_the_reason_is_left_out():
    assert trial_failure('warning\n{"code": "bundle", "text": "No."}\nmore\n', 1) == "No."
