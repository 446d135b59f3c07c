# `make run` from a fresh clone runs Yuju; `make test` runs every check and test. Nothing outside this folder is touched,
# but for system packages that `make test` installs when it runs as root.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
BIN := .venv/bin
STAMPS := .venv/stamps
STATIC := src/yuju/console/static/console/build

.PHONY: help run setup test check types lint clean packages

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 14

run: setup ## set up what is missing, with the demo where there is nothing yet, and run Yuju on http://127.0.0.1:8000/ (YUJU_PORT, YUJU_HOME)
	@exec $(BIN)/yuju up --demo

setup: $(STAMPS)/python $(STAMPS)/assets $(STAMPS)/texts ## Python packages, front end, translated texts

test: packages setup check ## set-up, checks, then every test (as root missing system packages are installed)
	$(BIN)/pytest -n auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder

check: setup ## lint, types, imports, migrations, texts
	@$(MAKE) --jobs 2 --output-sync=target types lint

types:
	$(BIN)/mypy

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports
	$(BIN)/yuju makemigrations --check --dry-run
	$(BIN)/yuju texts check

packages:
	@scripts/system-packages

clean: ## remove all that was built; data in var stays
	rm -rf .venv assets/node_modules $(STATIC) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src -name '*.mo' -delete -o -name __pycache__ -prune -exec rm -rf {} +

$(STAMPS)/python: requirements.lock pyproject.toml scripts/python-environment
	@PYTHON=$(PYTHON) scripts/python-environment
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/node: assets/package-lock.json assets/.npmrc scripts/front-end-packages | $(STAMPS)/python
	@scripts/front-end-packages
	@touch $@

# The style sheet keeps the rules and icons that occur in templates and code, so these count as its sources.
$(STAMPS)/assets: $(STAMPS)/node $(shell find assets src/yuju \( -path assets/node_modules -o -path $(STATIC) \) -prune \
		-o -type f \( -name '*.html' -o -name '*.py' -o -name '*.js' -o -name '*.mjs' -o -name '*.css' -o -name '*.txt' \) -print)
	@npm --prefix assets run --silent build
	@$(BIN)/python -m compileall -q src/yuju
	@touch $@

$(STAMPS)/texts: $(STAMPS)/python $(shell find src/yuju -name '*.po')
	@$(BIN)/yuju texts compile > /dev/null
	@touch $@
