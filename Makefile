# `make run` needs Python 3.11 or newer and make; everything else is installed into .venv.
CANDIDATES := python3 python3.13 python3.12 python3.11
IS_RIGHT := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(firstword $(foreach name,$(CANDIDATES),$(shell $(name) -c '$(IS_RIGHT)' 2>/dev/null && echo $(name))) python3)
IN_VENV := .venv/bin/
RESEARCH_DATA = $(or $(DATA),$(CHATBOT_RESEARCH_DATA),../shared/data)

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test test-slow test-gpu test-browser lint fix lock sample schema bench bench-preprocessing bench-corpora bench-word-vectors bench-training bench-training-profile bench-models bench-several bench-answering bench-request bench-answering-experiments bench-retrieval bench-soak answers quality

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-23s %s\n", $$1, $$2}'

install:  ## Make .venv with what running needs
	@$(PYTHON) scripts/install.py requirements.lock

install-dev:  ## Make .venv with what tests and lint need on top
	@$(PYTHON) scripts/install.py requirements-dev.lock

run: install  ## Start everything; the first start trains the demonstration model
	@exec $(IN_VENV)python manage.py run

test: install-dev lint  ## Lint, then the fast tests
	$(IN_VENV)python -m pytest -n 2 --dist loadfile

test-slow: install-dev  ## Tests that train for minutes or need the research corpora
	$(IN_VENV)python -m pytest -m slow -p no:randomly -rs

test-gpu: install-dev  ## Tests on a GPU; they skip with their reason where there is none
	$(IN_VENV)python -m pytest -m gpu -p no:randomly -rs

test-browser: install-dev  ## Tests in a real browser (needs chromium and chromium-driver)
	$(IN_VENV)python -m pytest -m browser -p no:randomly -rs

lint: install-dev  ## Check style, types, import contracts, migrations and the API schema
	$(IN_VENV)ruff check --quiet .
	$(IN_VENV)ruff format --check --quiet .
	$(IN_VENV)mypy .
	$(IN_VENV)lint-imports --no-cache > /dev/null || $(IN_VENV)lint-imports --no-cache
	$(IN_VENV)python manage.py makemigrations --check --dry-run > /dev/null
	$(IN_VENV)python manage.py spectacular --validate --fail-on-warn | diff docs/openapi.yaml - \
	  || { echo "docs/openapi.yaml is out of date: make schema"; exit 1; }

fix: install-dev  ## Mend what ruff can mend
	$(IN_VENV)ruff check --fix .
	$(IN_VENV)ruff format .

bench: bench-preprocessing bench-corpora bench-word-vectors bench-training bench-training-profile bench-models bench-several bench-answering bench-request bench-answering-experiments bench-retrieval bench-soak  ## Measure all, with DATA= and BUNDLE=

bench-preprocessing: install-dev  ## Measure preprocessing on the corpora in DATA=folder, beside the plain way
	@$(IN_VENV)python -m benchmarks.preprocessing "$(RESEARCH_DATA)"

bench-corpora: install-dev  ## Measure what becomes of the whole corpora in DATA=folder
	@$(IN_VENV)python -m benchmarks.corpora "$(RESEARCH_DATA)"

bench-word-vectors: install-dev  ## Measure word vectors of the English corpora in DATA=folder
	@$(IN_VENV)python -m benchmarks.word_vectors "$(RESEARCH_DATA)"

bench-training: install-dev  ## Measure training beside JoeyNMT and a plain Keras fit, on DailyDialog in DATA=folder
	@$(IN_VENV)python -m benchmarks.training "$(RESEARCH_DATA)"

bench-training-profile: install-dev  ## Measure where a step's time goes, of ARCHITECTURE=rnn2, on DailyDialog in DATA=folder
	@$(IN_VENV)python -m benchmarks.training_profile "$(RESEARCH_DATA)" --architecture "$(or $(ARCHITECTURE),rnn2)"

bench-models: install-dev  ## Train ARCHITECTURES="rnn rnn2" (all of them) on DailyDialog in DATA=folder, ten minutes each
	@$(IN_VENV)python -m benchmarks.models "$(RESEARCH_DATA)" $(ARCHITECTURES) $(if $(KEEP),--keep "$(KEEP)")

bench-several: install-dev  ## Measure how much five answers of BUNDLE=save/.../bundle differ, by way of finding them
	@$(IN_VENV)python -m benchmarks.several_answers "$(BUNDLE)"

bench-answering: install-dev  ## Measure how fast many clients are answered, beside peers, with words of DATA=folder
	@$(IN_VENV)python -m benchmarks.answering "$(RESEARCH_DATA)"

bench-request: install-dev  ## Measure where the time of one question goes
	@$(IN_VENV)python -m benchmarks.request_profile

bench-answering-experiments: install-dev  ## Measure what else could make answers faster, with a generator's BUNDLE=
	@$(IN_VENV)python -m benchmarks.answering_experiments "$(RESEARCH_DATA)" $(if $(BUNDLE),--bundle "$(BUNDLE)")

bench-retrieval: install-dev  ## Measure answers found among 10^6 exchanges of DATA=folder; BUNDLE= of a dual encoder ranks
	@$(IN_VENV)python -m benchmarks.retrieval "$(RESEARCH_DATA)" $(if $(BUNDLE),--bundle "$(BUNDLE)")

bench-soak: install-dev  ## Ask 100,000 questions and watch the memory
	@$(IN_VENV)python -m benchmarks.soak

QUALITY = dailydialog cornell lccc generator fusion several demonstration

$(QUALITY:%=quality-%): quality-%: install-dev
	@$(IN_VENV)python -m benchmarks.quality $* "$(RESEARCH_DATA)"

quality: $(QUALITY:%=quality-%)  ## Train and measure how good answers become, or one alone: quality-dailydialog -cornell -lccc -generator -fusion -several -demonstration

answers: install-dev  ## Ask twenty questions of BUNDLES="demo=save/.../bundle dailydialog=... lccc=...", for docs/answers.md
	@$(IN_VENV)python -m benchmarks.answers $(BUNDLES)

lock: install-dev  ## Pin the newest versions that the requirements allow
	$(IN_VENV)uv pip compile --quiet --universal --python-version 3.11 --no-annotate --upgrade --no-header requirements-dev.txt --output-file requirements-dev.lock
	$(IN_VENV)uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header --constraint requirements-dev.lock requirements.txt --output-file requirements.lock

sample: install-dev  ## Make db.sqlite3.sample anew, at the newest migration
	$(IN_VENV)python scripts/make_sample.py

schema: install-dev  ## Write docs/openapi.yaml anew
	$(IN_VENV)python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml
