# `make help` lists the targets. `make scenario RCA-002` takes the id as a word of its own.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORLD ?= $(or $(LAB_WORLD),auto)
PORT ?= 7860
# Which of the live tests `make e2e` runs; nothing means all of them.
LIVE ?=

ifneq (,$(filter scenario record play,$(firstword $(MAKECMDGOALS))))
  ID := $(word 2,$(MAKECMDGOALS))
  ifneq (,$(ID))
    $(eval .PHONY: $(ID))
    $(eval $(ID): ; @:)
  endif
endif

.PHONY: help setup lock up down engine test test-services test-browser e2e e2e-cluster e2e-removal prove check serve scenario play bench record

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## a virtual environment with the pinned packages
$(STAMP): requirements.lock pyproject.toml
	@scripts/setup.sh $(PYTHON) $(VENV)

lock: setup ## the pinned packages anew, from pyproject.toml
	@$(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --all-extras --group dev \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --extra page --constraint requirements.lock \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --output-file requirements-image.lock

engine: ## where no Docker engine answers: install and start one (root, Debian or Ubuntu)
	@scripts/engine.sh

up: setup ## cluster, shop and Prometheus, to a steady shop
	@$(BIN)/lab up

down: setup ## all of it gone again
	@$(BIN)/lab down

test: setup ## the hermetic tests: no Docker, no cluster
	@$(BIN)/python -m pytest

serve: setup ## the API and the page, until stopped (WORLD= PORT=)
	@$(BIN)/lab serve --world $(WORLD) --port $(PORT)

scenario: setup ## an incident from nothing: make scenario RCA-002 (WORLD= PORT= PLAYER=person|baseline)
	@$(if $(ID),,echo 'Which one? For example: make scenario RCA-002; all of them: lab scenarios' >&2; exit 2)
	@$(BIN)/lab scenario $(ID) --world $(WORLD) --port $(PORT) $(if $(PLAYER),--player $(PLAYER))

play: setup ## an incident in this terminal, by hand: make play RCA-002 (WORLD=)
	@$(if $(ID),,echo 'Which one? For example: make play RCA-002; all of them: lab scenarios' >&2; exit 2)
	@$(BIN)/lab play $(ID) --world $(WORLD)

test-services: setup ## the services as processes, against a real PostgreSQL and Redis on loopback (Debian's packages; as root)
	@$(BIN)/python -m pytest -m services

test-browser: setup ## the page in a real browser: by mouse, by keyboard, on a phone, by 20 visitors at once
	@$(BIN)/python -m pytest -m browser

e2e: setup ## the live tests, on a real cluster (LIVE=tests/e2e/test_gold.py for some of them)
	@$(BIN)/python -m pytest -m live $(LIVE)

e2e-cluster: setup ## live tests of making and removing clusters; with no other up
	@$(BIN)/python -m pytest -m cluster

e2e-removal: setup ## the live test that takes the cluster away in mid-episode, last of all
	@$(BIN)/python -m pytest -m removal

prove: setup ## the whole proof of all nine incidents on the live cluster; takes long
	@$(BIN)/python -m pytest -m proof

record: setup ## the recorded world anew, on a cluster that is up: all stale or missing takes, or make record RCA-002
	@$(BIN)/lab record $(ID)

bench: setup ## the recorded world's figures, each beside its target and its ceiling
	@$(BIN)/lab bench

check: setup ## format, lint, types and layers
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports
