# `make run` and `make test` are the two that matter; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ROUNDS ?= 3

.DEFAULT_GOAL := help
.PHONY: help run install dev servers test lint check-generated generate format unit soak engine screenshots bench lock clean

help: ## List what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

run: install ## Start Hutch with a simulated room and camera on http://127.0.0.1:8000
	@$(BIN)/hutch run --demo

install: $(VENV)/installed ## Make the virtual environment and install Hutch into it

dev: $(VENV)/installed-dev ## The same, with what the tests need

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Hutch needs Python 3.11 or newer; make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "This Python cannot make virtual environments; on Debian: apt install python3-venv"; exit 1; }

# Pip as it comes with Python is enough; hashes hold every file to what was locked.
$(VENV)/installed: $(BIN)/python locks/run.txt pyproject.toml
	@echo "Installing Hutch into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed locks/dev.txt
	@echo "Installing what the tests need into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/dev.txt
	@touch $@

servers: dev ## Get the real servers that tests run against into a cache folder, once
	@$(BIN)/python scripts/servers.py

test: lint check-generated unit ## Lint, types, generated files, and the tests on real servers

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-generated: dev
	$(BIN)/python -m hutch.example --check
	$(BIN)/python -m influx.schema_md --check
	$(BIN)/python -m grafana.build --check

unit: dev
	$(BIN)/python scripts/servers.py --optional
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest --rounds $(ROUNDS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

soak: dev servers ## The full counts of kills and faults
	$(BIN)/pytest --rounds 100 --timeout 3600 -o faulthandler_timeout=4000 -m soak

engine: dev servers ## As root: docker-compose.yml on a Docker engine of the tests' own (three minutes)
	$(BIN)/pytest tests/deploy/engine

screenshots: dev ## Make the pictures of the README and of docs/ anew; those of Grafana where HUTCH_GRAFANA_HOME is set
	HUTCH_SCREENSHOTS=docs/images $(BIN)/pytest tests/e2e/test_demo.py tests/api/pages/test_every_page.py \
		tests/grafana/real/test_pictures.py tests/grafana/real/test_annotations.py

bench: dev servers ## Every benchmark, one after the other
	@for file in benchmarks/[a-z]*.py; do \
		name=$$(basename $$file .py); echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

generate: dev ## Write the generated files anew
	$(BIN)/python -m hutch.example
	$(BIN)/python -m influx.schema_md
	$(BIN)/python -m grafana.build

format: dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: dev ## Resolve the locked versions anew
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --generate-hashes \
		--custom-compile-command "make lock" pyproject.toml -o locks/run.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --generate-hashes \
		--custom-compile-command "make lock" --extra dev pyproject.toml -o locks/dev.txt

clean: ## Remove the virtual environment and what tests leave behind
	rm -rf $(VENV) build dist *.egg-info .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis test-results
