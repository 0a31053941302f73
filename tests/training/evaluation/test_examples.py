from training.evaluation.examples import EXTREME, RANDOM, examples_of


def case(number, chrf=None):
    values = {} if chrf is None else {"chrf": chrf}
    return {"number": number, "values": values, "said": {}}


def numbers(cases):
    return [one["number"] for one in cases]


def test_the_best_and_the_worst_come_in_order_and_twenty_by_chance():
    cases = [case(number, chrf=float(number)) for number in range(50)]

    shown = examples_of(cases)

    assert numbers(shown["best"]) == list(range(49, 49 - EXTREME, -1))
    assert numbers(shown["worst"]) == list(range(EXTREME))
    assert len(set(numbers(shown["random"]))) == RANDOM
    assert numbers(shown["random"]) == numbers(examples_of(cases)["random"]) != list(range(RANDOM))


def test_what_was_not_answered_is_not_shown():
    not_answered = {"number": 7, "values": {"recall@1 of 10": 1.0}}

    shown = examples_of([case(1, 5.0), case(2), not_answered])

    assert sorted(numbers(shown["random"])) == [1, 2]
    assert numbers(shown["best"]) == numbers(shown["worst"]) == [1]


def test_of_nothing_nothing_is_shown():
    assert examples_of([]) == {"random": [], "best": [], "worst": []}
