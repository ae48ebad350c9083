# Every verb of the house. CI runs `make test` and nothing else.
.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/bash
HERE := .venv/bin
PEER ?=
STORY ?=
FUZZ_S ?= 20

help: ## this list
	@grep -hE '^[a-z-]+:.*[#][#] ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

run: need-python ## start everything with demo data, and place one demonstration call
	@$(PYTHON3) tools/prepare.py run
	@exec $(HERE)/cordboard demo

build: need-python ## what `make run` prepares: packages by hash, web pages; starts nothing
	@$(PYTHON3) tools/prepare.py run

ring: need-python ## place another demonstration call on the running server
	@$(PYTHON3) tools/prepare.py run
	@exec $(HERE)/cordboard ring

test: ready machine check ## the whole suite, with all checks; what CI runs
	@$(HERE)/python tools/postgres.py $(HERE)/python tools/suite.py all

quick: ready ## all tests but the live ones, without database server
	@$(HERE)/python tools/suite.py quick

check: ready ## format, lint, types, import law; the same for the web pages
	$(HERE)/ruff format --check .
	$(HERE)/ruff check .
	$(HERE)/mypy
	$(HERE)/lint-imports
	cd web && npm run --silent check
	cd web && npm run --silent test

story: ready ## one story by words of its name: make story STORY=gives_up
	@$(HERE)/pytest -m story -k "$(STORY)"

fuzz: ready ## feed broken bytes to every reader, 20 s each (or FUZZ_S); generated tests, long
	@$(HERE)/python -m tools.fuzz --seconds $(FUZZ_S)
	@$(HERE)/pytest -q -n 2 -m hypothesis --hypothesis-profile=fuzz

bench: ready ## measure this server, or another switch: make bench PEER=host:port
	@$(HERE)/python -m bench $(if $(PEER),--target $(PEER))

draw: ready ## generate docs/rooms from the state tables and facts
	@$(HERE)/python -m tools.draw

api: ready ## generate the web's types from the server
	@$(HERE)/cordboard openapi > web/openapi.json
	@cd web && npm run --silent types

lock: ready ## pin the Python packages anew; UPGRADE=1 takes newer versions
	@tools/lock.sh

clean: ## remove what can be made again; your data in var/ stays
	rm -rf .venv build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
	  .hypothesis .coverage web/node_modules web/dist src/cordboard/app/static
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +

# --- what the verbs stand on ---------------------------------------------------------------------

PYTHON3 := $(shell command -v python3)

need-python:
	@test -n "$(PYTHON3)" || { echo "Cordboard needs Python 3.11 or newer." \
	  "Debian, Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1; }

ready: need-python
	@$(PYTHON3) tools/prepare.py dev

machine:
	@$(HERE)/python tools/machine.py

.PHONY: help run build ring test quick check story fuzz bench draw api lock clean need-python ready machine
