from answering.answer_cache import AnswerCache
from answering.question import Question, Reply

HELLO = Question(text="hello")


def reply():
    return Reply(answers=[], language="en", unknown_words=[])


def test_a_question_asked_again_gets_the_reply_that_was_found():
    cache, found = AnswerCache(), reply()

    assert cache.get(HELLO) is None
    cache.put(HELLO, found)

    assert cache.get(Question(text="hello")) is found
    assert (cache.hits, cache.misses) == (1, 1)


def test_another_setting_is_another_question():
    cache = AnswerCache()
    cache.put(HELLO, reply())

    for other in (
        {"seed": 1},
        {"beam_size": 5},
        {"earlier": ("hi",)},
        {"language": "zh"},
        {"mode": "retrieve"},
    ):
        assert cache.get(Question(text="hello", **other)) is None


def test_what_was_not_asked_for_the_longest_time_goes_first():
    cache = AnswerCache(most_replies=2)
    first, second, third = (Question(text=text) for text in ("first", "second", "third"))
    cache.put(first, reply())
    cache.put(second, reply())
    cache.get(first)
    cache.put(third, reply())

    assert cache.get(second) is None
    assert cache.get(first) is not None
    assert cache.get(third) is not None


def test_long_questions_and_long_talks_are_not_kept():
    cache = AnswerCache()
    long, late = Question(text="x" * 501), Question(text="hello", earlier=("x" * 500,))
    for question in (long, late):
        cache.put(question, reply())

        assert cache.get(question) is None
    assert cache.misses == 2
