import json
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import CorpusError
from preprocessing.readers import json_stream
from preprocessing.readers.json_stream import JsonText, read_items, read_json_lines

ENTRY_LIMIT = 1000


@pytest.fixture(params=[1, 2, 3, 7, 64])
def tiny_chunks(monkeypatch, request):
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", request.param)


def text_of(content):
    return JsonText(StringIO(content), "a.json")


def items_of(content):
    text = text_of(content)
    yield from text.items()
    text.require_end()


def test_a_list_is_read_entry_by_entry():
    assert list(items_of('[{"a": [1, 2]}, "text", 3.5, null, true]')) == [
        {"a": [1, 2]},
        "text",
        3.5,
        None,
        True,
    ]


def test_an_entry_is_given_before_the_rest_is_read(monkeypatch):
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 64)
    file = StringIO("[" + "1, " * 1000 + "2]")

    assert next(JsonText(file, "a.json").items()) == 1
    assert file.tell() == 65


def test_values_may_follow_one_another():
    assert list(text_of('{"a": 1}\n{"a": 2} [3]"b"').values()) == [{"a": 1}, {"a": 2}, [3], "b"]


def test_of_an_object_only_what_is_asked_for_is_taken():
    text = text_of('{"about": {"x": [1]}, "list": [1, 2], "list": [3], "end": 0}')

    taken = [text.value() for key in text.object_keys() if key == "list"]

    assert taken == [[1, 2], [3]]
    text.require_end()


def test_of_a_list_only_what_is_asked_for_is_taken():
    text = text_of("[[1], [2], [3]]")

    assert [text.value() for number in text.places() if number != 2] == [[1], [3]]
    text.require_end()


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        " \r\n\t[ ] ",
        "\ufeff[1]",
        "[0.5, 0, -0.0, 10, 12345678901234567890, 1.5e3, 2E+10, 3e-7, -1]",
        "[true, false, null, -1.25E-300]",
        r'["\"", "\\", "\\\"", "\u00e9", "\ud83d\ude00", "\ud83d", "\/\b\f\n\r\t"]',
        '{"": {"": ""}, "a": [], "a": {}}',
        '["没有", "é", "😀", "  "]',
        "[[[[[[]]]]], {}]",
    ],
)
@pytest.mark.usefixtures("tiny_chunks")
def test_borders_between_chunks_change_nothing(content):
    expected = json.loads(content.lstrip("\ufeff"))

    assert [*text_of(content).values()] == [expected]
    if isinstance(expected, list):
        assert list(items_of(content)) == expected


@pytest.mark.usefixtures("tiny_chunks")
@pytest.mark.parametrize("number", ["0", "-7", "1.25", "1e5", "1.5E-10", "123456789012345678901234567890"])
def test_numbers_are_whole_whatever_follows(number):
    expected = json.loads(number)

    assert list(text_of(f"{number} {number}\n{number}").values()) == [expected] * 3
    assert list(items_of(f"[{number},{number}]")) == [expected] * 2


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(VALUES, max_size=5), st.integers(1, 9), st.booleans(), st.sampled_from([None, 1]))
def test_what_is_read_is_what_was_written(values, chunk, is_ascii, indent):
    content = json.dumps(values, ensure_ascii=is_ascii, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK_CHARACTERS", chunk)

        assert list(items_of(content)) == values
        assert list(text_of(content + "\n" + content).values()) == [values, values]


@given(st.text(st.sampled_from('[]{},:"\\ab01.eE+-ntu \n'), max_size=30), st.integers(1, 9))
def test_what_is_refused_is_what_is_no_json(content, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK_CHARACTERS", chunk)
        text = text_of(content)
        try:
            expected = json.loads(content)
        except ValueError:
            with pytest.raises(CorpusError, match=r"^a\.json, line \d+: it must be whole, valid JSON"):
                take_all(text)
        else:
            assert take_all(text) == expected


def take_all(text):
    value = text.value()
    text.require_end()
    return value


def test_what_programs_write_for_a_missing_number_is_none():
    assert list(items_of("[NaN, Infinity, -Infinity, 1]")) == [None, None, None, 1]


@pytest.mark.usefixtures("tiny_chunks")
def test_control_characters_as_telegram_writes_them_are_read():
    content = r'["a\x0Bb", "\\x0B", "\\\x1f", "\"\x00", "c"]'

    assert list(items_of(content)) == ["a\x0bb", r"\x0B", "\\\x1f", '"\0', "c"]


def test_half_an_escape_is_a_fault():
    with pytest.raises(CorpusError, match=r"line 2: .* Invalid \\escape"):
        list(items_of('["a",\n"\\x1"]'))


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", 1, r"there must be '\[' instead of its end"),
        ("\n\n{}", 3, r"there must be '\[' instead of '{'"),
        ('["a",\n"b"', 2, r"there must be ',' instead of its end"),
        ('["a",\n"b', 2, "Unterminated string"),
        ('["a",\n{"b": ', 2, "Expecting value"),
        ('["a",\n\n]', 3, "Expecting value"),
        ('["a"\n"b"]', 2, "there must be ',' instead of '\"'"),
        ('[\n{"a": 1,\n"b" 2}]', 3, "Expecting ':' delimiter"),
        ('[\n"a\nb"]', 2, "Invalid control character"),
        ("[1]\n[2]", 2, "something comes after its end"),
        ("[1]\n\0", 2, "something comes after its end"),
        ("[\nnul]", 2, "Expecting value"),
        ("[" + "1" * 5000 + "]", 1, r"Exceeds the limit \(4300 digits\) for integer string conversion\. "),
        ("[\n" + "[" * 100_000, 2, "it is nested too deep"),
        ('[\n{"a":' + '{"a":' * 100_000, 2, "it is nested too deep"),
    ],
)
def test_faults_are_told_with_their_line(content, line, reason):
    with pytest.raises(CorpusError, match=rf"a\.json, line {line}: it must be whole, valid JSON: .*{reason}"):
        list(items_of(content))


@pytest.mark.usefixtures("tiny_chunks")
def test_lines_are_counted_over_chunks():
    with pytest.raises(CorpusError, match="line 1,002"):
        list(items_of("[\n" + "1,\n" * 1000 + "x]"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[1]", "must be '{'"),
        ("{1: 2}", "a key must be a string"),
        ('{"a" 1}', "must be ':'"),
        ('{"a": 1', "must be ','"),
        ('{"a": 1, }', "a key must be a string"),
        ('{"a": }', "Expecting value"),
    ],
)
def test_faults_of_an_object_are_told(content, reason):
    with pytest.raises(CorpusError, match=reason):
        list(text_of(content).object_keys())


def test_a_fault_is_told_without_reading_on():
    file = StringIO('["a", {"b" 1}, ' + " " * 10_000_000 + "]")

    with pytest.raises(CorpusError, match="Expecting ':' delimiter"):
        list(JsonText(file, "a.json").items())

    assert file.tell() <= json_stream.CHUNK_CHARACTERS + 1


@pytest.fixture
def small_entries(monkeypatch):
    monkeypatch.setattr(json_stream, "MAX_ENTRY_CHARACTERS", ENTRY_LIMIT)
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 64)


@pytest.mark.usefixtures("small_entries")
def test_the_length_of_an_entry_is_bounded():
    longest, longer = "a" * (ENTRY_LIMIT - 2), "a" * (ENTRY_LIMIT - 1)

    assert list(items_of(json.dumps([longest, "b"]))) == [longest, "b"]
    with pytest.raises(CorpusError, match=r"line 2: .* an entry has more than 1,000 characters"):
        list(items_of(f'["a",\n"{longer}"]'))


@pytest.mark.usefixtures("small_entries")
def test_an_endless_text_is_refused_from_its_beginning():
    file = StringIO('["' + "a" * 10_000_000)

    with pytest.raises(CorpusError, match="an entry has more than 1,000 characters"):
        list(JsonText(file, "a.json").items())

    assert file.tell() < 4 * ENTRY_LIMIT


def test_much_space_is_no_entry(monkeypatch):
    monkeypatch.setattr(json_stream, "MAX_ENTRY_CHARACTERS", ENTRY_LIMIT)
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 64)

    assert list(items_of("[1," + " " * 100_000 + "2]")) == [1, 2]


class CountingDecoder:
    """A decoder that adds up how many characters it has looked at."""

    def __init__(self):
        self.looked_at = 0

    def raw_decode(self, text, at):
        self.looked_at += len(text) - at
        value, end = json.JSONDecoder().raw_decode(text, at)
        self.looked_at -= len(text) - end
        return value, end


@pytest.mark.parametrize("entry", ['"' + "a" * 2_000_000 + '"', str([1] * 400_000), '{"a": "b"}', r'"\x0B"'])
def test_the_work_grows_with_the_length_alone(monkeypatch, entry):
    decoder = CountingDecoder()
    monkeypatch.setattr(json_stream, "DECODER", decoder)
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 1 << 10)
    content = "[" + ",".join([entry] * (2_000_000 // len(entry) + 2)) + "]"

    assert len(list(items_of(content))) == 2_000_000 // len(entry) + 2
    assert decoder.looked_at < 4 * len(content)


def test_the_entries_of_a_file_are_read(tmp_path, counts):
    path = tmp_path / "a.json"
    path.write_bytes('[1,\r\n"é"]\r\n'.encode("utf-16"))

    assert list(read_items(path, "a.json", counts)) == [1, "é"]
    assert counts.bytes_read >= path.stat().st_size


def test_a_file_that_is_cut_short_is_told_after_what_is_whole(tmp_path, counts):
    (tmp_path / "a.json").write_text('["a",\n"b",\n"c')
    items = read_items(tmp_path / "a.json", "in.zip/a.json", counts)

    assert [next(items), next(items)] == ["a", "b"]
    with pytest.raises(CorpusError, match=r"in\.zip/a\.json, line 3: .* Unterminated string"):
        next(items)


def test_lines_that_are_no_json_are_counted(tmp_path, counts):
    lines = [
        '\ufeff{"a": 1}',
        "",
        "{",
        "[" * 100_000,
        '"a\0b"',
        "1" * 5000,
        " [2] ",
        "NaN",
        '{"a": 1} {"a": 2}',
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")

    read = list(read_json_lines(tmp_path / "a.jsonl", "a.jsonl", counts))

    assert read == [(1, {"a": 1}), (7, [2]), (8, None)]
    assert counts.dropped == {"not_json": 4, "cannot_be_decoded": 1}
    assert counts.lines == 9
