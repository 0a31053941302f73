import pytest

from preprocessing.errors import SettingsError
from tests.training.blind import DIFFERENT, EQUAL, person, write_comparison
from training.models import BlindChoice
from training.services.blind_choosing import LEFT, RIGHT, Sitting, blind_choose

pytestmark = pytest.mark.django_db


@pytest.fixture
def comparison():
    return write_comparison([*DIFFERENT, EQUAL])


@pytest.fixture
def alice():
    return person("alice")


@pytest.fixture
def bob():
    return person("bob")


def test_a_person_goes_from_pair_to_pair_and_comes_back_where_it_was_left(comparison, alice):
    assert (len(Sitting(comparison, alice)), Sitting(comparison, alice).next_at) == (4, 1)

    blind_choose(comparison=comparison, person=alice, at=1, side=LEFT)
    blind_choose(comparison=comparison, person=alice, at=2, side="both_bad")

    sitting = Sitting(comparison, alice)
    assert (sitting.next_at, sitting.number_chosen, sitting.is_finished) == (3, 2, False)
    assert [sitting.turn(at).chosen for at in (1, 2, 3)] == [LEFT, "both_bad", ""]


def test_what_stands_on_the_chosen_side_is_what_is_kept(comparison, alice):
    for at in range(1, 5):
        turn = Sitting(comparison, alice).turn(at)
        kept = blind_choose(comparison=comparison, person=alice, at=at, side=RIGHT)
        answers = {"one": kept.pair.answer_of_one, "other": kept.pair.answer_of_other}
        assert answers[kept.choice] == turn.right

    assert Sitting(comparison, alice).is_finished


def test_a_choice_can_be_changed(comparison, alice):
    blind_choose(comparison=comparison, person=alice, at=1, side=LEFT)
    blind_choose(comparison=comparison, person=alice, at=1, side="neither")

    assert BlindChoice.objects.get().choice == "neither"
    assert Sitting(comparison, alice).next_at == 2


def test_each_person_has_an_order_and_sides_of_its_own_that_stay(alice, bob):
    comparison = write_comparison([(f"{n}?", f"First {n}", f"Second {n}") for n in range(64)])

    def seen_by(somebody):
        for at in range(1, 65):
            blind_choose(comparison=comparison, person=somebody, at=at, side=LEFT)
        turns = [Sitting(comparison, somebody).turn(at) for at in range(1, 65)]
        return [(turn.question, turn.left.startswith("First")) for turn in turns]

    hers, his = seen_by(alice), seen_by(bob)

    assert hers == seen_by(alice)
    assert [question for question, _ in hers] != [question for question, _ in his]
    assert [question for question, _ in hers] != [f"{n}?" for n in range(64)]
    # Ones of a coin thrown 64 times: outside of this once in two million.
    assert 12 < sum(is_left for _, is_left in hers) < 52
    assert dict(hers) != dict(his)


def test_nobody_looks_ahead_or_chooses_what_there_is_not(comparison, alice):
    with pytest.raises(SettingsError, match=r"pair that was shown, 1 to 1\. Received 2"):
        blind_choose(comparison=comparison, person=alice, at=2, side=LEFT)
    with pytest.raises(SettingsError, match=r"one of left, right, neither, both_bad\. Received 'one'"):
        blind_choose(comparison=comparison, person=alice, at=1, side="one")
    with pytest.raises(SettingsError, match="Received 0"):
        Sitting(comparison, alice).turn(0)

    assert not BlindChoice.objects.exists()


def test_equal_answers_are_shown_to_nobody(alice):
    sitting = Sitting(write_comparison([EQUAL]), alice)

    assert (len(sitting), sitting.is_finished) == (0, True)
