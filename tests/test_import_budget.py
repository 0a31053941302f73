import subprocess
import sys

from tests.answering.conftest import write_toy_bundle
from tests.conftest import ROOT

PROGRAM = """
import sys
import django
django.setup()
from django.core.management import call_command
from django.urls import get_resolver
call_command("check")
list(get_resolver().url_patterns)
call_command("migrate", verbosity=0)
from training.models import Bot, TrainedModel
from training.services.bots import bot_activate
model = TrainedModel.objects.create(name="toy", architecture="toy", directory="bundle")
bot_activate(bot=Bot.objects.get(), trained_model=model)
from api.answering import question_answer
reply = question_answer(question={"message": "hello", "bot": "default", "answers": 1})
assert reply["msg"] == "Hello Anna!", reply
imported = {name.partition(".")[0] for name in sys.modules}
print(sorted(imported & {"tensorflow", "keras", "gensim", "onnx", "torch"}))
"""


def test_the_web_process_never_imports_a_neural_framework(tmp_path):
    write_toy_bundle(tmp_path / "bundle")

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={
            "DJANGO_SETTINGS_MODULE": "chatbot.settings",
            "CHATBOT_DATA_DIR": str(tmp_path),
            "PATH": "/usr/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
