# One word runs what CI runs. `make help` lists the words.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

VENV := .venv
BIN := $(VENV)/bin
# The first Python of at least 3.11; `make setup PYTHON=/path/to/python` overrules.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$name"; break; }; done)
DEMO_DIR := .promptrelay/demo

.PHONY: help setup dev demo check test test-long mutants drills drills-long clean

help: ## Shows this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.setup ## Makes .venv with what promptrelay needs to run.

dev: $(VENV)/.dev ## Adds what the checks and tests need.

demo: setup ## Runs 200 prompts on four platforms against the simulator; costs nothing.
	@PROMPTRELAY_DATA_DIR=$(DEMO_DIR) $(BIN)/promptrelay run examples/prompts.csv --simulate --yes \
		--platform chat_gpt --platform claude --platform gemini --platform perplexity

check: dev ## Formats, lint, types, import contracts, unit tests and models.
	@$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -m "not long" tests/unit tests/models

test: dev ## All tests but the long ones, three at a time: most of them wait for the stand-in.
	@$(BIN)/pytest -m "not long" -n 3 --dist worksteal

test-long: dev ## The long tests: big models and drills.
	@$(BIN)/pytest -m "long and not thousand"

mutants: dev ## Plants faults one by one and says which the tests notice; ARGS="--only live", ARGS=--list.
	@$(BIN)/python -m tests.mutants $(ARGS)

drills: dev ## Kills, stops and disconnects real processes, then checks the books.
	@$(BIN)/pytest -s -m "not thousand" tests/drills

drills-long: dev ## A thousand random kills in one campaign.
	@$(BIN)/pytest -s -m thousand tests/drills

clean: ## Removes .venv, caches and the demo's data. No other data directory is touched.
	@rm -rf $(VENV) $(DEMO_DIR) dist build .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then
		echo "promptrelay needs Python 3.11 or newer; install one, or: make setup PYTHON=/path/to/python3.11" >&2
		exit 1
	fi
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/.setup: pyproject.toml constraints.txt | $(BIN)/python
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

# pip learned --group in 25.1.
$(VENV)/.dev: $(VENV)/.setup
	@$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[postgres]' --group lint --group test
	touch $@
