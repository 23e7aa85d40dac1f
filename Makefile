# `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
STAMP := $(VENV)/.installed

.PHONY: help demo test run check bench lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# Everything installed is hash-checked: first what builds packages, then all else; nothing is fetched beside the locks.
$(STAMP): requirements-build.lock requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Likeness needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements-build.lock
	$(PIP) install --require-hashes --no-build-isolation -r requirements.lock
	$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $(STAMP)

demo: $(STAMP) ## capture, compare and record a real face, over HTTP
	$(BIN)/likeness demo

test: $(STAMP) ## run the test suite with real models
	$(BIN)/likeness models prepare
	$(BIN)/python -m pytest

run: $(STAMP) ## serve on 127.0.0.1:8000
	$(BIN)/likeness serve

check: $(STAMP) ## lint, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## measure speed and memory against dlib
	$(BIN)/python -m benchmarks

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet
lock: ## renew the lock files (needs uv)
	$(LOCK) --all-extras --output-file requirements.lock pyproject.toml
	printf 'hatchling\neditables\nsetuptools\nwheel\n' | $(LOCK) --output-file requirements-build.lock -

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
