import threading

import pytest

from api import answering, views
from api.admission import Admission
from api.errors import ApiError
from training.services.own_answers import own_answer_write

SECONDS = 5


class Visitor(threading.Thread):
    """Takes a turn, and keeps it until it is sent home."""

    def __init__(self, admission, name, order):
        super().__init__(daemon=True)
        self.admission, self.label, self.order = admission, name, order
        self.is_in, self.go_home = threading.Event(), threading.Event()
        self.error = None
        self.start()

    def run(self):
        try:
            with self.admission.turn():
                self.order.append(self.label)
                self.is_in.set()
                self.go_home.wait(SECONDS)
        except ApiError as error:
            self.error = error
            self.is_in.set()


def visit(admission, name, order=None, *, waits=False):
    waiting = len(admission._waiting)
    visitor = Visitor(admission, name, [] if order is None else order)
    if waits:
        wait_until(lambda: len(admission._waiting) == waiting + 1)
    else:
        assert visitor.is_in.wait(SECONDS)
    return visitor


def wait_until(condition):
    for _ in range(SECONDS * 200):
        if condition():
            return
        threading.Event().wait(0.005)
    pytest.fail("it never came true")


def leave(*visitors):
    for visitor in visitors:
        assert visitor.is_in.wait(SECONDS)
        visitor.go_home.set()
        visitor.join(SECONDS)


def test_questions_wait_in_the_order_in_which_they_came():
    admission, order = Admission(at_once=1), []
    visitors = [visit(admission, "first", order)]
    visitors += [visit(admission, name, order, waits=True) for name in ("second", "third", "fourth")]

    leave(*visitors)

    assert order == ["first", "second", "third", "fourth"]


def test_as_many_as_allowed_are_in_at_once():
    admission = Admission(at_once=2)
    inside = [visit(admission, "first"), visit(admission, "second")]
    outside = visit(admission, "third", waits=True)

    assert not outside.is_in.is_set()
    leave(*inside, outside)


def test_who_finds_the_queue_full_is_told_to_come_back():
    admission = Admission(at_once=1, most_waiting=1)
    inside, outside = visit(admission, "first"), visit(admission, "second", waits=True)

    with pytest.raises(ApiError, match="More questions are waiting") as caught, admission.turn():
        pytest.fail("nobody is let in")

    assert caught.value.code == "overloaded"
    leave(inside, outside)


def test_who_waited_too_long_is_told_to_come_back_and_leaves_the_queue():
    admission = Admission(at_once=1, longest_wait_seconds=0.01)
    inside = visit(admission, "first")

    with pytest.raises(ApiError, match="More questions are waiting"), admission.turn():
        pytest.fail("nobody is let in")

    assert not admission._waiting
    leave(inside)
    leave(visit(admission, "second"))


def test_a_stream_is_inside_also_while_its_client_reads():
    admission = Admission(at_once=1, most_waiting=0)
    stream = admission.in_turns(iter(["hello", "anna"]))
    next(stream)

    with pytest.raises(ApiError), admission.turn():
        pytest.fail("nobody is let in")
    stream.close()

    leave(visit(admission, "next"))


def test_who_was_let_in_once_waits_for_a_further_turn_however_long():
    admission = Admission(at_once=1, most_waiting=0, longest_wait_seconds=0.01)
    inside = visit(admission, "first")
    took = threading.Event()

    def take_further_turn():
        with admission.further_turn():
            took.set()

    threading.Thread(target=take_further_turn, daemon=True).start()
    wait_until(lambda: len(admission._waiting) == 1)
    assert not took.wait(0.05)
    leave(inside)

    assert took.wait(SECONDS)


def test_a_question_that_fails_gives_its_turn_back():
    admission = Admission(at_once=1)

    with pytest.raises(ValueError, match="no answer"), admission.turn():
        raise ValueError("no answer")

    leave(visit(admission, "next"))


def test_a_stream_lets_others_in_between_its_tokens():
    admission = Admission(at_once=1)
    stream = admission.in_turns(iter(["hello", "anna"]))

    assert next(stream) == "hello"
    leave(visit(admission, "somebody else"))
    assert list(stream) == ["anna"]
    leave(visit(admission, "the next one"))


def test_a_stream_finds_no_place_in_a_full_queue_but_is_not_broken_off_by_one():
    admission = Admission(at_once=1, most_waiting=1)
    begun, late = admission.in_turns(iter(["hello", "anna"])), admission.in_turns(iter(["no"]))
    next(begun)
    inside = visit(admission, "inside")

    with pytest.raises(ApiError):
        next(late)
    reader = threading.Thread(target=lambda: said.append(next(begun)))
    said = []
    reader.start()
    wait_until(lambda: len(admission._waiting) == 1)
    leave(inside)
    reader.join(SECONDS)

    assert said == ["anna"]


@pytest.fixture
def busy(monkeypatch):
    """A process in which no turn ever comes and nobody may wait."""
    nobody = Admission(at_once=0, most_waiting=0)
    monkeypatch.setattr(answering, "admission", nobody)
    monkeypatch.setattr(views, "admission", nobody)


def test_a_process_that_is_too_busy_says_when_to_come_back(active, busy, ask):
    for content in ({"message": "hello"}, {"message": "hello", "stream": True}):
        response = ask(content)

        assert response.status_code == 503
        assert response.json()["code"] == "overloaded"
        assert response["Retry-After"] == "5"


def test_many_questions_are_sent_away_together(active, busy, post):
    response = post("questions", {"questions": [{"message": "hello"}, {"message": ""}]})

    assert (response.status_code, response.json()["code"]) == (503, "overloaded")


def test_many_questions_that_were_let_in_wait_for_each_of_their_turns(active, post, monkeypatch):
    monkeypatch.setattr(views, "admission", Admission(at_once=1, most_waiting=0))
    results = post("questions", {"questions": [{"message": "hello"}, {"message": "how are you"}]}).json()

    assert [result["rc"] for result in results["results"]] == [0, 0]


def test_what_was_answered_before_needs_no_turn(active, ask, monkeypatch):
    first = ask({"message": "hello"}).json()
    monkeypatch.setattr(answering, "admission", Admission(at_once=0, most_waiting=0))

    assert ask({"message": "hello"}).json()["msg"] == first["msg"]
    assert ask({"message": "hello", "stream": True}).status_code == 200


def test_a_process_that_is_too_busy_still_gives_own_answers(active, busy, ask):
    own_answer_write(bot=active, question="hello", answer="Good morning.")

    assert ask({"message": "hello"}).json()["msg"] == "Good morning."
