# `make` shows the targets. Everything is installed into .venv; nothing outside the folder is touched.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
DATA ?= var
PORT ?= 8000
WORKERS ?= 3
BIN := .venv/bin

.PHONY: help run test prove lint types docs asyncapi format env integrator pin lock clean console

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.runtime: locks/runtime.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Impulso needs Python 3.11 or later: apt-get install python3 python3-venv'; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo 'Python has no venv here: apt-get install python3-venv'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo 'Installing what Impulso needs into .venv (once) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime locks/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/dev.txt
	@touch $@

CONSOLE := services/gateway/static
console: $(CONSOLE)/dist/.built ## build the console's style sheets and scripts (npm, once)
$(CONSOLE)/dist/.built: $(CONSOLE)/package-lock.json $(CONSOLE)/build.mjs $(wildcard $(CONSOLE)/source/*) | .venv/.runtime
	@BIN=$(abspath $(BIN)) bash deploy/build-console.sh $(CONSOLE)
	@touch $@

run: .venv/.runtime console ## set up and serve the embedded system (SQLite, no broker) with its console
	@$(BIN)/impulso up --data $(DATA) --port $(PORT)

test: .venv/.dev console ## set up and run the tests, with PostgreSQL and RabbitMQ
	@bash deploy/with-services.sh $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -q $(ARGS)

prove: .venv/.dev console ## measure every figure of the documentation, in full (hours; goes on where it was stopped)
	@bash deploy/with-services.sh $(BIN)/python -m benchmarks.prove $(ARGS)

lint: .venv/.dev ## formatting, lint, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: .venv/.dev ## mypy, strict where a mistake would cost events or privacy
	@$(BIN)/mypy --strict shared/eventstore shared/delivery shared/privacy shared/audit shared/casework services/*/domain

docs: .venv/.runtime ## write the pages that are made from the code anew
	@$(BIN)/python docs/generate.py
	@$(BIN)/python deploy/grafana/generate.py

asyncapi: .venv/.runtime ## check the committed AsyncAPI document with the AsyncAPI command (npm, once)
	@BIN=$(abspath $(BIN)) bash deploy/check-asyncapi.sh

format: .venv/.dev ## put the code into the one format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

env: ## write .env and the folder of passwords, keys and certificates for the containers (once)
	@bash deploy/make-env.sh

integrator: ## a user of the broker who may read the public events and nothing else: NAME=...
	@bash deploy/add-integrator.sh "$(NAME)"

pin: ## pull the base images and write their digests into .env
	@bash deploy/pin-images.sh

lock: ## resolve the locks anew (hashes, no hosts)
	@$(PYTHON) deploy/lock.py

clean: ## remove what was installed and built (never the data)
	@rm -rf .venv $(CONSOLE)/dist $(CONSOLE)/node_modules deploy/asyncapi/node_modules
