import pytest
from django.urls import reverse

from training.models import Job
from training.services.corpora import corpus_register

pytestmark = pytest.mark.django_db
FUSE = reverse("admin:corpus_fuse")


@pytest.fixture
def corpora(tmp_path):
    made = []
    for name in ("large", "faq"):
        (tmp_path / f"{name}.csv").write_text("question,answer\nHi,Hello\n")
        made.append(corpus_register(name=name, path=tmp_path / f"{name}.csv"))
    return made


def test_the_lists_action_leads_to_a_form_with_a_weight_for_each(operator, corpora):
    chosen = {"action": "fuse_corpora", "_selected_action": [corpus.pk for corpus in corpora]}

    response = operator.post(reverse("admin:training_corpus_changelist"), chosen, follow=True)

    page = response.content.decode()
    assert "Weight of large" in page
    assert "Weight of faq" in page


def test_a_good_form_queues_one_job_with_the_weights(operator, corpora):
    large, faq = corpora
    given = {"name": "both", f"weight_{large.pk}": "1", f"weight_{faq.pk}": "8.5"}

    operator.post(f"{FUSE}?corpora={large.pk},{faq.pk}", given)

    job = Job.objects.get()
    assert (job.kind, job.parameters["name"]) == (Job.Kind.PREPROCESS, "both")
    assert job.parameters["corpora"] == {"large": 1.0, "faq": 8.5}


@pytest.mark.parametrize(
    ("name", "weight", "complaint"),
    [("both", "0", "greater than or equal to 0.001"), ("../x", "1", "A name must have 1 to 64 letters")],
)
def test_what_is_wrong_is_said_at_the_form(operator, corpora, name, weight, complaint):
    large, faq = corpora
    given = {"name": name, f"weight_{large.pk}": weight, f"weight_{faq.pk}": "1"}

    response = operator.post(f"{FUSE}?corpora={large.pk},{faq.pk}", given)

    assert complaint in response.content.decode()
    assert not Job.objects.exists()


def test_without_corpora_there_is_nothing_to_make(operator):
    response = operator.post(f"{FUSE}?corpora=x,99", {"name": "both"})

    assert "Choose at least one corpus" in response.content.decode()
    assert not Job.objects.exists()


def test_whoever_may_not_start_jobs_does_not_see_it(log_in, corpora):
    assert log_in("view_corpus").get(f"{FUSE}?corpora={corpora[0].pk}").status_code == 403
