import numpy as np
import pytest

from answering import vector_lists
from answering.errors import BundleError
from answering.ranking import stored
from answering.vector_lists import LEAST_RECALL, VectorLists, exact_nearest, make_lists, recall

NUMBER, SIZE, KINDS = 4000, 16, 60
RNG = np.random.default_rng(0)
KIND_CENTRES = RNG.normal(size=(KINDS, SIZE))


def unit_vectors(number):
    """Vectors around some centres, as texts about the same lie close to each other."""
    found = KIND_CENTRES[RNG.integers(0, KINDS, number)] + 0.4 * RNG.normal(size=(number, SIZE))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors():
    return stored(unit_vectors(NUMBER))[0]


@pytest.fixture(scope="module")
def lists(vectors):
    return make_lists(vectors, unit_vectors(100))


def test_few_lists_hold_what_is_nearest(vectors, lists):
    queries = unit_vectors(200)
    nearest = [set(exact_nearest(vectors, query).tolist()) for query in queries]

    # Other queries than those by which the number of lists was found.
    assert recall(lists, nearest, queries) > LEAST_RECALL - 0.02
    assert np.mean([len(lists.near(query)) for query in queries]) < NUMBER / 4


def test_every_vector_stands_in_one_list(lists):
    assert sorted(lists.rows.tolist()) == list(range(NUMBER))
    assert (lists.offsets[0], lists.offsets[-1]) == (0, NUMBER)


def test_where_all_lists_are_read_nothing_is_missed(vectors, lists):
    everything = VectorLists(lists.centres, lists.rows, lists.offsets, len(lists.centres))

    assert sorted(everything.near(unit_vectors(1)[0]).tolist()) == list(range(NUMBER))


def test_lists_come_back_as_they_were(lists, tmp_path):
    lists.save(tmp_path)
    opened = VectorLists.open(tmp_path, lists.probes, (NUMBER, SIZE))

    query = unit_vectors(1)[0]
    assert opened.near(query).tolist() == lists.near(query).tolist()


def test_fewer_vectors_than_lists_would_be_are_no_trouble():
    vectors = stored(unit_vectors(3))[0]
    lists = make_lists(vectors, unit_vectors(1))

    assert sorted(lists.rows.tolist()) == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "alter", "complaint"),
    [
        ("list_rows.npy", lambda rows: rows[:-1], "int32 rows"),
        ("list_rows.npy", lambda rows: np.where(rows == 5, 6, rows).astype(np.int32), "each row once"),
        ("list_rows.npy", lambda rows: np.where(rows == 5, NUMBER, rows).astype(np.int32), "each row once"),
        ("list_rows.npy", lambda rows: rows.astype(np.int64), "int32 rows"),
        ("list_offsets.npy", lambda ends: ends[:-1], "follow each other"),
        ("list_offsets.npy", lambda ends: ends[::-1], "follow each other"),
        ("list_centres.npy", lambda centres: centres[:, 1:], "float32 centres"),
        ("list_centres.npy", lambda centres: centres * np.float32(np.nan), "follow each other"),
    ],
)
def test_lists_of_other_vectors_are_refused(lists, tmp_path, name, alter, complaint):
    lists.save(tmp_path)
    np.save(tmp_path / name, alter(np.load(tmp_path / name)))

    with pytest.raises(BundleError, match=complaint):
        VectorLists.open(tmp_path, 1, (NUMBER, SIZE))


def test_a_number_of_lists_that_makes_no_sense_is_refused(lists, tmp_path):
    lists.save(tmp_path)

    for probes in (0, len(lists.centres) + 1):
        with pytest.raises(BundleError, match="lists must be read"):
            VectorLists.open(tmp_path, probes, (NUMBER, SIZE))


def test_a_missing_file_is_refused(lists, tmp_path):
    lists.save(tmp_path)
    (tmp_path / vector_lists.CENTRES).unlink()

    with pytest.raises(BundleError, match="must be whole"):
        VectorLists.open(tmp_path, 1, (NUMBER, SIZE))
