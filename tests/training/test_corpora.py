import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from preprocessing.errors import CorpusError
from training.errors import JobStateError
from training.models import Corpus, Job
from training.services.corpora import (
    checked_root_path,
    corpora_directory,
    corpus_delete,
    corpus_register,
    corpus_upload,
)

pytestmark = pytest.mark.django_db


def upload(name, content=b"hello"):
    file = SimpleUploadedFile("x", content)
    file._name = name
    return file


def test_an_upload_becomes_a_corpus_of_its_own():
    corpus = corpus_upload(name="faq", files=[upload("one.txt"), upload("two.txt", b"bye")])

    assert corpus.path == "data/corpora/faq"
    assert (corpus.location / "two.txt").read_bytes() == b"bye"


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "", "..", "a/b", ".hidden", " a", "x" * 101, "a\0b"]
)
def test_the_sent_name_is_never_used_as_a_path(name):
    with pytest.raises(CorpusError, match="A file's name must"):
        corpus_upload(name="faq", files=[upload("good.txt"), upload(name)])

    assert not (corpora_directory() / "faq").exists()
    assert not Corpus.objects.exists()


def test_an_upload_that_is_too_large_leaves_nothing(settings):
    settings.MAX_UPLOAD_BYTES = 4

    with pytest.raises(CorpusError, match="at most 4 bytes"):
        corpus_upload(name="faq", files=[upload("a.txt")])

    assert not (corpora_directory() / "faq").exists()


def test_a_databases_password_is_not_shown():
    address = "postgresql://ann:secret@localhost/shop?sslpassword=hidden"

    assert corpus_register(name="shop", path=address).shown_path == "postgresql://localhost/shop"


def test_a_taken_name_is_refused():
    corpus_upload(name="faq", files=[upload("a.txt")])

    with pytest.raises(CorpusError, match="exists already"):
        corpus_upload(name="faq", files=[upload("b.txt")])


def test_a_path_below_a_configured_root_is_accepted(settings, tmp_path):
    settings.CORPUS_ROOTS = [tmp_path / "root"]
    (tmp_path / "root" / "logs").mkdir(parents=True)

    assert checked_root_path(str(tmp_path / "root" / "logs")) == tmp_path / "root" / "logs"


def test_a_path_elsewhere_is_refused_also_through_a_link(settings, tmp_path):
    root, secret = tmp_path / "root", tmp_path / "secret"
    root.mkdir()
    secret.mkdir()
    (root / "link").symlink_to(secret)
    settings.CORPUS_ROOTS = [root]

    for path in (secret, root / "link", root / ".." / "secret"):
        with pytest.raises(CorpusError, match="must lie below"):
            checked_root_path(str(path))


def test_a_path_that_does_not_exist_is_refused():
    with pytest.raises(CorpusError, match="must exist"):
        checked_root_path("data/corpora/nothing")


def test_registering_twice_keeps_one_row(tmp_path):
    first = corpus_register(name="mine", path=tmp_path)
    second = corpus_register(name="mine", path=tmp_path, format="cornell")

    assert first.pk == second.pk
    assert Corpus.objects.get().format == "cornell"


def test_deleting_an_uploaded_corpus_removes_its_files():
    corpus = corpus_upload(name="faq", files=[upload("a.txt")])

    corpus_delete(corpus=corpus)

    assert not (corpora_directory() / "faq").exists()


def test_deleting_a_named_path_leaves_the_files(tmp_path):
    (tmp_path / "a.txt").write_text("hello")

    corpus_delete(corpus=corpus_register(name="mine", path=tmp_path))

    assert (tmp_path / "a.txt").exists()


def test_a_corpus_that_a_job_reads_stays(make_job):
    corpus = corpus_upload(name="faq", files=[upload("a.txt")])
    make_job(state=Job.State.RUNNING, parameters={"corpus": corpus.pk})

    with pytest.raises(JobStateError, match="is being read by job"):
        corpus_delete(corpus=corpus)
