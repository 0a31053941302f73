"""`make quality-<corpus>`: train, evaluate and write benchmarks/results/quality-<corpus>.json.

What was done lies in .quality/<corpus>; a run that was stopped goes on there, one that ended starts anew.
"""

import argparse
import shutil
from pathlib import Path

from benchmarks.quality.recipes import RECIPES, minutes
from benchmarks.quality.small_recipes import SMALL_RECIPES
from benchmarks.quality.workshop import Workshop
from benchmarks.report import publish
from benchmarks.tables import ROOT

FOLDER = ROOT / ".quality"
EVERY = {**RECIPES, **SMALL_RECIPES}


def main(corpus: str, data: Path) -> None:
    shop = Workshop(FOLDER / corpus)
    shop.prepared()
    figures = list(EVERY[corpus](shop, data.resolve()))
    publish(f"quality-{corpus}", [*figures, minutes(shop)])
    shutil.rmtree(shop.directory)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", choices=sorted(EVERY))
    parser.add_argument("data", type=Path, help="the folder that holds the corpora")
    arguments = parser.parse_args()
    main(arguments.corpus, arguments.data)
