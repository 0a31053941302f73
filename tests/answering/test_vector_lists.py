import numpy as np
import pytest

from answering import vector_lists
from answering.errors import BundleError
from answering.highest import highest
from answering.stored_vectors import products, stored
from answering.vector_lists import FILES, LEAST_RECALL, RECALLED, VectorLists, make_lists, recall

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


@pytest.fixture(scope="module")
def queries():
    """Other ones than those by which the number of lists was found."""
    return unit_vectors(200)


@pytest.fixture(scope="module")
def nearest(vectors, queries):
    return [set(highest(products(vectors, query), RECALLED).tolist()) for query in queries]


def test_few_lists_hold_what_is_nearest(lists, nearest, queries):
    assert recall(lists, nearest, queries) > LEAST_RECALL - 0.02
    assert lists.probes < len(lists.centres) / 4


def test_every_vector_stands_in_one_list(lists):
    assert sorted(lists.rows.tolist()) == list(range(NUMBER))
    assert (lists.offsets[0], lists.offsets[-1]) == (0, NUMBER)


def test_where_all_lists_are_read_nothing_is_missed(lists, nearest, queries):
    assert recall(lists.reading(len(lists.centres)), nearest, queries) == 1.0


def test_one_list_fewer_would_be_too_few(vectors):
    asked = unit_vectors(100)
    wanted = [set(highest(products(vectors, query), RECALLED).tolist()) for query in asked]
    lists = make_lists(vectors, asked)

    assert recall(lists, wanted, asked) >= LEAST_RECALL
    assert recall(lists.reading(lists.probes * 19 // 20 - 1), wanted, asked) < LEAST_RECALL


def test_sketches_find_along_few_directions_what_is_nearest(vectors, nearest, queries, monkeypatch):
    monkeypatch.setattr(vector_lists, "SKETCH_SIZE", 8)
    monkeypatch.setattr(vector_lists, "BEST_SKETCHES", NUMBER // 8)
    lists = make_lists(vectors, queries)

    assert lists.sketches.shape == (NUMBER, 8)
    assert recall(lists.reading(len(lists.centres)), nearest, queries) > 0.9
    assert len(lists.reading(len(lists.centres)).near(queries[0])) == NUMBER // 8


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
        ("rows", lambda rows: rows[:-1], "fit each other"),
        ("rows", lambda rows: rows.astype(np.int64), "int32 rows"),
        ("rows", lambda rows: np.where(rows == 5, 6, rows).astype(np.int32), "each row once"),
        ("rows", lambda rows: np.where(rows == 5, NUMBER, rows).astype(np.int32), "each row once"),
        ("rows", lambda rows: np.where(rows == 5, -1, rows).astype(np.int32), "each row once"),
        ("offsets", lambda ends: ends[:-1], "fit each other"),
        ("offsets", lambda ends: ends[::-1], "follow each other"),
        ("centres", lambda centres: centres[:, 1:], "fit each other"),
        ("centres", lambda centres: centres[0], "fit each other"),
        ("centres", lambda centres: centres * np.float32(np.nan), "no longer than 1"),
        ("centres", lambda centres: centres * np.float32(2), "no longer than 1"),
        ("directions", lambda directions: directions[:-1], "fit each other"),
        ("directions", lambda directions: directions * np.float32(np.inf), "no longer than 1"),
        ("sketches", lambda sketches: sketches[1:], "fit each other"),
        ("sketches", lambda sketches: sketches.astype(np.int16), "int8 sketches"),
    ],
)
def test_lists_of_other_vectors_are_refused(lists, tmp_path, name, alter, complaint):
    lists.save(tmp_path)
    np.save(tmp_path / FILES[name], alter(np.load(tmp_path / FILES[name])))

    with pytest.raises(BundleError, match=complaint):
        VectorLists.open(tmp_path, 1, (NUMBER, SIZE))


def test_a_number_of_lists_that_makes_no_sense_is_refused(lists, tmp_path):
    lists.save(tmp_path)

    for probes in (0, len(lists.centres) + 1):
        with pytest.raises(BundleError, match="lists must be read"):
            VectorLists.open(tmp_path, probes, (NUMBER, SIZE))


def test_a_missing_file_is_refused(lists, tmp_path):
    lists.save(tmp_path)
    (tmp_path / FILES["sketches"]).unlink()

    with pytest.raises(BundleError, match="must be whole"):
        VectorLists.open(tmp_path, 1, (NUMBER, SIZE))
