import pytest

from answering.bundle_versions import CONVERTERS, FORMAT_VERSION, at_current_version
from answering.errors import BundleError


def test_the_current_version_stays_as_it_is():
    content = {"format_version": FORMAT_VERSION, "parts": []}

    assert at_current_version(content) == content


def test_an_older_version_goes_through_each_converter_up_to_the_current_one():
    converters = {
        1: lambda content: {**content, "calls": ["1 to 2"]},
        2: lambda content: {**content, "calls": [*content["calls"], "2 to 3"]},
    }

    converted = at_current_version({"format_version": 1}, current=3, converters=converters)

    assert converted == {"format_version": 3, "calls": ["1 to 2", "2 to 3"]}


def test_a_version_that_nothing_leads_on_from_says_what_to_do():
    with pytest.raises(
        BundleError, match=r"version 2 cannot be converted to version 3.*manage.py export RUN"
    ):
        at_current_version({"format_version": 1}, current=3, converters={1: dict})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"format_version": FORMAT_VERSION + 1}, "a newer program made it. Update this one"),
        ({"format_version": 0}, "Received 0. Export the run again"),
        ({"format_version": True}, "Received True"),
        ({"format_version": "1"}, "Received 1. Export"),
        ({}, "Received None"),
        ([], "Received None"),
    ],
)
def test_what_is_no_known_version_is_refused_with_advice(content, complaint):
    with pytest.raises(BundleError, match=complaint):
        at_current_version(content)


def test_every_older_version_has_a_converter_or_the_table_says_so():
    assert set(CONVERTERS) <= set(range(1, FORMAT_VERSION))
