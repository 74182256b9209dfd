# The commands of Cadencia. `make help` lists them; everything is built inside this folder.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# The clock of the demo starts when make does, so that its figure includes the installation.
DEMO_STARTED_AT := $(shell date +%s)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUNBUFFERED := 1
# Compiled modules are kept even where the surroundings say otherwise: every process imports the same ones.
export PYTHONDONTWRITEBYTECODE :=

# durable-rules calls a function that Python 3.13 dropped; its exact successor has another name.
DURABLE_ON_313 := CPPFLAGS="-DPyEval_CallObject=PyObject_CallObject $(CPPFLAGS)"

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-screens test test-browser screenshots bench-builder lint check format lock up down status bench bench-engine bench-day bench-delivery bench-api bench-inbox bench-what-if chaos clean

help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## a real portfolio, five days of November 2026, told as they happen
	@CADENCIA_STARTED_AT=$(DEMO_STARTED_AT) $(BIN)/python -m api.cli demo

demo-screens: $(READY) ## the screens over what the demo left: draw, try, approve (Ctrl-C ends)
	@$(BIN)/python -m api.cli demo-screens

test: $(READY) ## the whole test run: style, types, contracts, tests
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile || { echo "Cadencia is not well: a test failed, its name and reason stand above."; exit 1; }
	@echo "Cadencia is well: style, types, contracts and every test passed."

test-browser: $(READY) ## the screens in a headless Chromium: every gesture of the canvas, approval, publication
	@$(BIN)/python -m pytest -q -m browser tests/browser || { echo "Cadencia is not well: a browser test failed; its picture lies in build/browser."; exit 1; }

screenshots: $(READY) ## the pictures of the README, from the screens of `make demo-screens`
	@$(BIN)/python -m tests.browser.screenshots

bench-builder: $(READY) ## dragging among 126 steps; an edit to its figures with 30,000 and 1M accounts (SIZES=...)
	@$(BIN)/python -m tests.browser.bench
	@$(BIN)/python -m benchmarks.builder $(if $(SIZES),--accounts $(SIZES))

lint: $(READY) ## style, types and import contracts only
	@$(BIN)/python -m ruff check . || { echo "Cadencia is not well: style (ruff). 'make format' repairs most of it."; exit 1; }
	@$(BIN)/python -m ruff format --check -q . || { echo "Cadencia is not well: layout. 'make format' repairs it."; exit 1; }
	@$(BIN)/python -m mypy --no-error-summary || { echo "Cadencia is not well: types (mypy), see above."; exit 1; }
	@$(BIN)/lint-imports --no-logo > $(VENV)/contracts.txt || { cat $(VENV)/contracts.txt; echo "Cadencia is not well: an import breaks a contract."; exit 1; }

format: $(READY) ## repair style and layout
	@$(BIN)/python -m ruff check --fix -q . ; $(BIN)/python -m ruff format -q .

setup: $(READY) ## build the environment in .venv (the others do it when needed)

up: $(READY) ## run everything on this machine: services, api, workers, scheduler, builder
	@$(BIN)/python -m api.cli up

down: $(READY) ## stop what `make up` runs
	@$(BIN)/python -m api.cli down

status: $(READY) ## say what runs
	@$(BIN)/python -m api.cli status

bench: bench-engine bench-day bench-delivery bench-inbox ## every benchmark, written to benchmarks/out

bench-engine: $(READY) ## accounts per second of the evaluator, against zen-engine and durable_rules
	@$(BIN)/python -m benchmarks.engine

bench-day: $(READY) ## the whole daily run against the floor of reading and writing
	@$(BIN)/python -m benchmarks.day

bench-delivery: $(READY) ## messages per second out to the provider simulator
	@$(BIN)/python -m benchmarks.delivery

bench-what-if: $(READY) ## an edit of a draft to its figures, 30,000 and 1M accounts
	@$(BIN)/python -m benchmarks.what_if

bench-inbox: $(READY) ## statuses per second in from the providers, and how far their worker lags
	@$(BIN)/python -m benchmarks.inbox

bench-api: $(READY) ## bulk loads, decisions and events of the core-banking API
	@$(BIN)/python -m benchmarks.api

chaos: $(READY) ## the fault runs, short and long: kill -9, flushed queue, stopped database; told in docs/chaos.md
	@$(BIN)/python -m pytest -q -m "chaos or criterion" --timeout 1800 --junitxml build/chaos.xml tests; ended=$$?; \
	  $(BIN)/python -m tools.chaos_report build/chaos.xml docs/chaos.md && exit $$ended

lock: $(READY) ## resolve the newest dependencies and pin them with their hashes
	@cd requirements && for set in bootstrap runtime dev; do \
	  ../$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $$set.in -o $$set.lock || exit 1; \
	done

clean: ## remove the environment, the embedded data and every cache
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m api.cli down 2>/dev/null || true; fi
	@rm -rf $(VENV) .cadencia build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made again only when a lock file or the project's own metadata changes.
$(READY): requirements/bootstrap.lock requirements/dev.lock pyproject.toml tools/check_machine.sh
	@sh tools/check_machine.sh $(PYTHON)
	@echo "Building the environment in $(VENV) (once; the next start is immediate) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/bootstrap.lock
	@$(DURABLE_ON_313) $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --build-constraints requirements/bootstrap.lock -r requirements/dev.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(READY)
