import doctest
import importlib
import pkgutil

import pytest

import answering
import preprocessing
import training.evaluation

MODULES = [
    module.name
    for package in (preprocessing, answering, training.evaluation)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_hold(name):
    failed, _ = doctest.testmod(importlib.import_module(name))

    assert failed == 0


def test_there_are_examples():
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) >= 8
