import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.errors import CorpusError, SettingsError
from preprocessing.progress import StoppedError
from preprocessing.readers.registry import read_conversations
from preprocessing.selection import Look, Selection, record_of, select
from preprocessing.selection_file import write_selection

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC).timestamp()


def talk(*turns, identifier="a:1", source=""):
    return Conversation(identifier, [Turn(*turn) for turn in turns], source)


MOVIES = [
    talk(("Do you love Paris?", "ANNA", NOON), ("I do.", "BEN", NOON + 5), ("Let us go.", "ANNA", NOON + 9)),
    talk(("你爱我吗？", "LI"), ("我爱你。", "WANG"), identifier="a:2"),
    talk(("A glove", "ANNA"), ("Two gloves, please.", "BEN"), identifier="a:3"),
]


def places(conversations=MOVIES, **wanted):
    return [found.place for found in select(conversations, Selection(**wanted), "movies")]


def test_an_exchange_that_matches_knows_where_it_came_from():
    [found] = select(MOVIES, Selection(include=("love",)), "movies")

    assert record_of([found]) == {
        "conversation_id": "a:1#0",
        "source_corpus": "movies",
        "split_place": found.split_place,
        "messages": [
            {"text": "Do you love Paris?", "speaker": "ANNA", "time": NOON},
            {"text": "I do.", "speaker": "BEN", "time": NOON + 5},
        ],
    }


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"include": ("love", "爱")}, ["a:1#0", "a:2#0"]),
        ({"include": ("go",), "where": "answer"}, ["a:1#1"]),
        ({"include": ("go",), "where": "question"}, []),
        ({"include": ("爱",), "exclude": ("吗",)}, []),
        ({"exclude": ("love", "爱", "glove")}, ["a:1#1"]),
        ({"include": ("gloves?$",), "is_regular_expression": True, "where": "question"}, ["a:3#0"]),
        ({"include": ("LOVE",), "ignore_case": False}, []),
        ({"speakers": ("ben",)}, ["a:1#0", "a:3#0"]),
        ({"min_length": 5, "max_length": 10}, ["a:1#0", "a:1#1"]),
        ({"min_question_length": 18}, ["a:1#0"]),
        ({"max_question_length": 5}, ["a:1#1", "a:2#0"]),
        ({"language": "zh"}, ["a:2#0"]),
        ({"language": "en", "most": 2}, ["a:1#0", "a:1#1"]),
        ({"after": datetime(2020, 1, 1, 12, 0, 1, tzinfo=UTC)}, ["a:1#1"]),
        ({"before": datetime(2020, 1, 1, 12, 0, 5, tzinfo=UTC)}, ["a:1#0"]),
    ],
)
def test_each_criterion_selects_what_it_says(wanted, expected):
    assert places(**wanted) == expected


def test_what_does_not_match_is_counted_by_its_first_reason():
    look = Look()

    assert len(list(select(MOVIES, Selection(language="en", speakers=("BEN", "WANG")), "movies", look))) == 2
    assert (look.exchanges, look.matched) == (4, 2)
    assert look.missed == {"answered by others": 1, "in another language": 1}


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({}, "must say what to select"),
        ({"include": ("(",), "is_regular_expression": True}, "must be valid"),
        ({"where": "both"}, "where must be one of"),
        ({"min_length": 5, "max_length": 4}, "min_length must be at most max_length"),
        ({"language": "qq"}, "language must be"),
        ({"language": "../"}, "language must be"),
        ({"after": datetime(2021, 1, 1, tzinfo=UTC), "before": datetime(2020, 1, 1, tzinfo=UTC)}, "earlier"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(wanted, reason):
    with pytest.raises(SettingsError, match=reason):
        Selection(**wanted)


def test_a_hostile_pattern_ends_the_selection_with_its_reason():
    hostile = [talk(("a" * 200 + "b",), ("Yes",))]

    with pytest.raises(SettingsError, match="repeats within repeats"):
        places(hostile, include=("(a|aa)+$",), is_regular_expression=True)


def test_a_look_goes_no_further_than_it_may():
    look = Look(most_exchanges=2)

    assert len(list(select(MOVIES, Selection(max_length=99), "movies", look))) == 2
    assert not look.may_go_on()
    assert list(select(MOVIES, Selection(max_length=99), "movies", Look(until=0))) == []


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "corpora"
    made.mkdir()
    return made


def test_the_file_is_a_corpus_that_a_reader_takes_and_nothing_lies_beside_it(folder):
    path = folder / "exchanges.jsonl"
    look = Look()

    write_selection(path, MOVIES, Selection(include=("love", "爱")), "movies", look)

    read = list(read_conversations(path, counts=Counts(), format="json-lines"))
    assert [(c.source, c.identifier) for c in read] == [("movies", "a:1#0"), ("movies", "a:2#0")]
    assert read[0].turns == MOVIES[0].turns[:2]
    assert look.in_words() == "Looked at 4 exchanges: 2 match, 2 without what must be there"
    assert [file.name for file in folder.iterdir()] == ["exchanges.jsonl"]


def test_what_is_selected_from_a_selection_keeps_its_first_place(folder):
    path = folder / "exchanges.jsonl"
    write_selection(path, MOVIES, Selection(include=("love", "爱")), "movies", Look())

    again = select(read_conversations(path, counts=Counts()), Selection(include=("爱",)), "second")

    assert [(found.source, found.place) for found in again] == [("movies", "a:2#0")]


def test_a_speaker_that_a_reader_would_take_for_a_program_is_left_out(folder):
    path = folder / "exchanges.jsonl"

    write_selection(path, [talk(("Hi", "system"), ("Ho", "BEN"))], Selection(include=("hi",)), "m", Look())

    [read] = read_conversations(path, counts=Counts())
    assert read.turns == [Turn("Hi"), Turn("Ho", "BEN")]


@given(st.tuples(st.text(min_size=1), st.text(min_size=1)))
def test_any_text_survives_the_file(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("selection") / "exchanges.jsonl"

    write_selection(path, [talk(*((text,) for text in texts))], Selection(max_length=10**6), "m", Look())

    [line] = path.read_text("utf-8").split("\n")[:-1]
    assert [message["text"] for message in json.loads(line)["messages"]] == list(texts)


def test_nothing_that_matches_is_an_error_that_says_what_was_looked_at(folder):
    with pytest.raises(CorpusError, match=r"Looked at 4 exchanges: 0 match, 4 without what must be there"):
        write_selection(folder / "x", MOVIES, Selection(include=("Rome",)), "movies", Look())

    assert not list(folder.iterdir())


def test_an_exchange_that_is_too_long_for_a_line_is_counted(folder):
    look = Look()

    write_selection(
        folder / "x", [*MOVIES, talk(("x" * 10**6,), ("y",))], Selection(max_length=99), "m", look
    )

    assert (look.matched, look.missed) == (4, {"longer than a line may be": 1})


class Stopper:
    def report(self, progress):
        self.told = progress

    def stop_requested(self):
        return True


def test_stopping_leaves_no_file(folder):
    stopper = Stopper()

    with pytest.raises(StoppedError):
        write_selection(folder / "x", MOVIES, Selection(max_length=9), "movies", Look(monitor=stopper))

    assert stopper.told.message == "looked at 0 exchanges, 0 match"
    assert not list(folder.iterdir())
