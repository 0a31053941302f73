import pytest
import yaml

from training.models import Worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, user):
    from django.test import Client

    made = Client()
    made.force_login(user)
    return made


def test_the_chat_page_is_there_for_who_is_logged_in(active, browser):
    page = browser.get("/")

    assert page.status_code == 200
    assert b"<textarea" in page.content
    assert (
        "script-src" not in page.headers["Content-Security-Policy"]
        or "unsafe" not in page.headers["Content-Security-Policy"]
    )


def test_others_are_led_to_the_login_and_back(db, user):
    from django.test import Client

    client = Client()
    assert client.get("/").headers["Location"] == "/login/?next=/"
    response = client.post(
        "/login/?next=/", {"username": "reader", "password": "a good password", "next": "/"}
    )
    assert response.headers["Location"] == "/"


def test_the_form_works_without_a_script(active, browser):
    page = browser.post("/", {"message": "hello"}).content.decode()
    assert "Hello Anna!" in page

    assert "must not be blank" in browser.post("/", {"message": " "}).content.decode()


def test_what_people_type_is_escaped(active, browser):
    assert b"<script>alert" not in browser.post("/", {"message": "<script>alert(1)</script>"}).content


def test_the_process_says_that_it_lives(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"alive": True}


def test_readiness_asks_for_a_model_and_names_the_rest(bot, client, request):
    response = client.get("/readyz")
    assert (response.status_code, response.json()["ready"]) == (503, False)
    assert response.json()["checks"]["model"] == "no trained model is active"


def test_without_redis_and_workers_questions_are_answered_but_jobs_are_not(active, client):
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["degraded"]) == (200, True)
    assert ready.json()["checks"]["redis"] == "does not answer"
    assert ready.json()["checks"]["workers"] == "none is running"

    assert client.get("/readyz?for=jobs").status_code == 503


def test_a_present_worker_is_seen(active, client):
    from django.utils import timezone

    now = timezone.now()
    Worker.objects.create(name="w", host="h", process_id=1, started_at=now, seen_at=now)

    assert client.get("/readyz").json()["checks"]["workers"] == "ok"


def test_the_schema_is_the_committed_one(client):
    from tests.conftest import ROOT

    committed = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
    served = yaml.safe_load(client.get("/api/schema/").content)

    assert served == committed
    responses = committed["paths"]["/api/v1/question"]["post"]["responses"]
    assert set(responses) == {"200", "400", "401", "403", "404", "409", "413", "415", "429", "503"}


def test_the_schema_has_a_page(client):
    page = client.get("/api/docs/")

    assert page.status_code == 200
    assert b"swagger" in page.content
    assert b"cdn" not in page.content


def test_readyz_says_how_often_an_answer_was_at_hand(active, ask, client):
    for _ in range(3):
        ask({"message": "hello"})

    assert client.get("/readyz").json()["answer_cache"] == {"hits": 2, "misses": 1}
