import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
import importlib
import pkgutil
import sys
import training.evaluation
for module in pkgutil.walk_packages(training.evaluation.__path__, "training.evaluation."):
    importlib.import_module(module.name)
    print(module.name)
imported = {name.partition(".")[0] for name in sys.modules}
print(sorted(imported & {"django", "celery", "tensorflow", "keras", "onnx", "onnxruntime", "gensim"}))
"""


def test_evaluation_imports_neither_django_nor_a_neural_framework():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    *modules, imported = done.stdout.splitlines()
    assert "training.evaluation.metrics" in modules
    assert imported == "[]"
