"""A live site with three trained models that answer the same questions differently, and connections to it."""

import csv
import http.client
import io
import json
import time
from urllib.parse import urlsplit

import psutil

from tests.live_site import FAQ, LiveSite

NAMES = "from training.models import TrainedModel as T; print(*T.objects.values_list('name', flat=True))"
ROWS = list(csv.DictReader(io.StringIO(FAQ)))


def answer_of(name, row):
    """Return what the trained model of this name says to a row's question: no two say the same."""
    return row["answer"] if name == "faq" else f"{name} says: {row['answer']}"


def faq_of(name):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["question", "answer"])
    writer.writerows([row["question"], answer_of(name, row)] for row in ROWS)
    return text.getvalue()


class Connection:
    """A connection to the site that is kept alive, by one thread."""

    def __init__(self, site, key):
        self._connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def post(self, address, content):
        self._connection.request("POST", address, json.dumps(content), self._headers)
        response = self._connection.getresponse()
        body = response.read().decode()
        return response.status, body

    def ask(self, question, **fields):
        status, body = self.post("/api/v1/question", {"message": question, **fields})
        assert status == 200, body
        return json.loads(body)

    def worker(self, workers):
        """Return the number of the process at the other end; something must have been asked before."""
        port = self._connection.sock.getsockname()[1]
        for worker in workers:
            if any(each.raddr and each.raddr.port == port for each in worker.net_connections("tcp")):
                return worker.pid
        raise AssertionError("no process holds the other end")

    def close(self):
        self._connection.close()


class Swapped:
    """A site with three trained models, by the names of their corpora."""

    def __init__(self, directory):
        self.site = LiveSite(directory)
        for name in ("second", "third"):
            (directory / f"{name}.csv").write_text(faq_of(name), encoding="utf-8")
            self.site.manage("preprocess", name, str(directory / f"{name}.csv"), "--here")
            self.site.manage("train", name, "--architecture", "retrieval", "--here")
        made = self.site.manage("create_api_key", "swaps", "--scope", "ask", "--scope", "manage", "--json")
        self.key = json.loads(made)["key"]
        self.site.start()
        self.models = self.names_by_corpus()
        # What each says to each question.
        self.said = {
            model: {row["question"]: answer_of(corpus, row) for row in ROWS}
            for corpus, model in self.models.items()
        }

    def names_by_corpus(self):
        code = (
            "from training.models import TrainedModel as T; print(*T.objects.values_list('name', flat=True))"
        )
        names = self.site.manage("shell", "-v", "0", "-c", code).split()
        return {name.partition("-")[0]: name for name in names}

    def connection(self):
        return Connection(self.site, self.key)

    def activate(self, model):
        """Switch by HTTP; return the moment in which that was answered."""
        connection = self.connection()
        status, body = connection.post("/api/v1/bots/default/activate", {"model": model})
        moment = time.monotonic()
        connection.close()
        assert (status, json.loads(body)["bot"]) == (200, "default"), body
        return moment

    def activate_by_command(self, model):
        self.site.manage("activate", model)

    def roll_back(self):
        connection = self.connection()
        status, body = connection.post("/api/v1/bots/default/roll_back", {})
        connection.close()
        assert status == 200, body
        return json.loads(body)

    def workers(self):
        """Return the server's processes, which have none below them."""
        below = psutil.Process().children(recursive=True)
        return [each for each in below if "chatbot.wsgi" in each.cmdline() and not each.children()]
