import pytest

from preprocessing.dataset import Dataset
from preprocessing.errors import SettingsError
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.readers.registry import read_conversations
from preprocessing.request import CorpusPart, PreprocessRequest
from preprocessing.selection import Look, Selection
from preprocessing.selection_file import write_selection
from preprocessing.text_settings import TextSettings


def test_several_corpora_make_one_dataset_that_knows_where_each_exchange_comes_from(tmp_path):
    summary = preprocess(fusion(tmp_path, faq_weight=8), NullMonitor())
    dataset = Dataset.open(summary.directory)
    exchanges = dataset.exchanges

    assert summary.counts["sources"] == {
        "large": {"weight": 1.0, "exchanges": 300, "training": 300},
        "faq": {"weight": 8.0, "exchanges": 2, "training": 2},
    }
    assert [exchanges.sources[row] for row in (0, 301)] == ["large", "faq"]
    assert exchanges.weights[[0, 301]].tolist() == [1.0, 8.0]
    assert summary.counts["formats"] == {"large/large.yml": "chatterbot", "faq/faq.csv": "table"}
    assert sorted(dataset.information["source_hashes"]) == ["faq/faq.csv", "large/large.yml"]
    # Fewer places than words, and yet all of the small one's words are there.
    assert len(dataset.vocabulary) == 40
    for word in ("when", "do", "you", "open", "at", "nine", "sharp", "opening", "hours"):
        assert word in dataset.vocabulary


def fusion(tmp_path, faq_weight):
    lines = "\n".join(f"- - question {n} again {n}\n  - answer {n} again {n}" for n in range(300))
    (tmp_path / "large.yml").write_text(f"conversations:\n{lines}\n")
    (tmp_path / "faq.csv").write_text(
        "question,answer\nWhen do you open?,At nine sharp\nOpening hours?,At nine\n"
    )
    corpora = (
        CorpusPart(name="large", location=tmp_path / "large.yml"),
        CorpusPart(name="faq", location=tmp_path / "faq.csv", weight=faq_weight),
    )
    return PreprocessRequest(name="both", corpora=corpora, data_directory=tmp_path, vocabulary_size=40)


@pytest.mark.parametrize("weight", [0, -1, 1001, float("nan")])
def test_a_weight_that_says_nothing_is_refused(tmp_path, weight):
    with pytest.raises(SettingsError, match="The weight of faq must be above 0 and at most 1000"):
        fusion(tmp_path, faq_weight=weight)


def test_a_selection_fused_with_its_corpus_keeps_splits_context_and_weight(tmp_path, large_corpus):
    large = CorpusPart(name="large", location=large_corpus)
    everything = Selection(min_length=1)
    look = Look()
    conversations = read_conversations(large_corpus, counts=look.counts)
    write_selection(tmp_path / "few.jsonl", conversations, everything, "large", look)
    few = CorpusPart(name="few", location=tmp_path / "few.jsonl", weight=8)

    def dataset_of(*corpora):
        settings = TextSettings(context_turns=3)
        request = PreprocessRequest(name="x", corpora=corpora, data_directory=tmp_path, text=settings)
        return Dataset.open(preprocess(request, NullMonitor()).directory)

    alone, selected, fused = dataset_of(large), dataset_of(few), dataset_of(large, few)

    assert selected.exchanges.splits.tolist() == alone.exchanges.splits.tolist()
    assert selected.exchanges.questions.ids.tolist() == alone.exchanges.questions.ids.tolist()
    assert selected.exchanges.conversations[0] == "large.yml:1#0"
    assert len(fused) == len(alone)
    assert set(fused.exchanges.weights.tolist()) == {8.0}
