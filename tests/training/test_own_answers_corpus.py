import json

import pytest
from django.core.management import CommandError, call_command

from preprocessing.errors import CorpusError
from training.errors import JobStateError
from training.models import Bot, Corpus, Dataset, Job, OwnAnswer
from training.services.corpora import corpus_delete, corpus_register
from training.services.own_answers import own_answer_delete, own_answer_write
from training.services.own_answers_corpus import own_answers_corpus

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot():
    return Bot.objects.get_or_create(name="default")[0]


@pytest.fixture
def taught(bot):
    own_answer_write(bot=bot, question="When do you open?", answer="At nine,\nfrom Monday to Friday.")
    own_answer_write(bot=bot, question="Opening hours?", answer="At nine,\nfrom Monday to Friday.")
    own_answer_write(bot=bot, question="你们几点开门？", answer="周一到周五九点。")
    OwnAnswer.objects.create(bot=bot, questions="Off?", answer="Not said.", is_on=False)
    return bot


def test_own_answers_that_are_on_become_a_corpus(taught):
    corpus, exchanges = own_answers_corpus(bot=taught)

    lines = [json.loads(line) for line in corpus.location.read_text(encoding="utf-8").splitlines()]
    assert (corpus.name, corpus.path, exchanges) == (
        "own-answers-default",
        "data/corpora/own-answers-default.jsonl",
        3,
    )
    assert [line["question"] for line in lines] == ["When do you open?", "Opening hours?", "你们几点开门？"]


def test_done_again_it_replaces_the_one_before(taught):
    first, _ = own_answers_corpus(bot=taught)
    own_answer_delete(own_answer=OwnAnswer.objects.get(answer="周一到周五九点。"))

    second, exchanges = own_answers_corpus(bot=taught)

    assert (second.pk, exchanges) == (first.pk, 2)
    assert "几点" not in second.location.read_text(encoding="utf-8")
    assert [path.name for path in second.location.parent.iterdir()] == ["own-answers-default.jsonl"]


def test_a_bot_without_own_answers_makes_none(bot):
    with pytest.raises(CorpusError, match="There is none yet"):
        own_answers_corpus(bot=bot)

    assert not Corpus.objects.exists()


def test_a_corpus_of_that_name_that_somebody_made_stays(taught, tmp_path):
    corpus_register(name="own-answers-default", path=tmp_path)

    with pytest.raises(CorpusError, match="called own-answers-default already"):
        own_answers_corpus(bot=taught)


def test_while_a_job_reads_it_it_is_not_replaced(taught, make_job):
    own_answers_corpus(bot=taught)
    make_job(state=Job.State.RUNNING, parameters={"corpora": {"own-answers-default": 8}})

    with pytest.raises(JobStateError, match="is being read by job"):
        own_answers_corpus(bot=taught)


def test_its_file_goes_with_it(taught):
    corpus, _ = own_answers_corpus(bot=taught)

    corpus_delete(corpus=corpus)

    assert not corpus.location.exists()


def test_a_name_that_is_too_long_for_a_corpus_is_refused():
    bot = Bot.objects.create(name="b" * 60)
    own_answer_write(bot=bot, question="Hello", answer="Hi")

    with pytest.raises(CorpusError, match="at most 52 characters"):
        own_answers_corpus(bot=bot)


def test_from_own_answers_to_a_dataset_with_a_weight(taught, tmp_path, capsys):
    (tmp_path / "faq.csv").write_text(
        "question,answer\n" + "".join(f"question {n},answer {n}\n" for n in range(600))
    )
    corpus_register(name="faq", path=tmp_path / "faq.csv")

    call_command("own_answers_corpus", "default", "--json")
    call_command(
        *("preprocess", "both", "--corpus", "faq=1", "--corpus", "own-answers-default=8", "--here", "--json")
    )

    told, job = map(json.loads, capsys.readouterr().out.splitlines())
    assert told == {
        "corpus": "own-answers-default",
        "exchanges": 3,
        "path": "data/corpora/own-answers-default.jsonl",
    }
    assert job["state"] == Job.State.SUCCEEDED
    dataset = Dataset.objects.get(name="both")
    assert dataset.exchanges == 603
    counts = dataset.summary["counts"]
    assert "own-answers-default" in json.dumps(dataset.summary), counts


def test_the_command_says_why_there_is_no_corpus(bot):
    for name, status in (("default", 1), ("nobody", 2)):
        with pytest.raises(CommandError) as caught:
            call_command("own_answers_corpus", name)
        assert caught.value.returncode == status
