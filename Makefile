# Everything a developer starts. `make` alone lists it; docs/development.md explains it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help env env-dev env-analysis run test lint format lock bench-cases bench-benefits bench-papers bench-registers bench-pages screens
.DELETE_ON_ERROR:

BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
PORT ?= 8000

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

env: .venv/.base ## the environment alone: .venv with the jingban command
	@echo "环境就绪：$(BIN)/jingban"

env-dev: .venv/.dev ## the same with what the tests and checks need

$(BIN)/python:
	@python=$$(scripts/find-python.sh) && echo "正在建立 .venv（$$($$python --version)）" && $$python -m venv .venv

.venv/.base: requirements/base.txt pyproject.toml | $(BIN)/python
	@echo "正在安装 $<（首次约一分钟）"
	@$(PIP) --require-hashes --requirement $<
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.base
	@echo "正在安装 $<（首次约一分钟）"
	@$(PIP) --require-hashes --requirement $<
	@touch $@

env-analysis: .venv/.analysis ## what `jingban benefit what-if` needs besides (DuckDB, Ibis; about 400 MB)

.venv/.analysis: requirements/analysis.txt .venv/.base
	@echo "正在安装 $<（首次约一分钟）"
	@$(PIP) --require-hashes --requirement $<
	@touch $@

run: .venv/.base ## database, rulebook, demo data, then the server with its timer on 127.0.0.1 (PORT=8000)
	@$(BIN)/jingban migrate
	@$(BIN)/jingban rulebook publish
	@$(BIN)/jingban demo
	@exec $(BIN)/jingban serve --port $(PORT)

test: lint ## all checks and tests: SQLite, PostgreSQL and browser where the machine has them
	@scripts/test.sh

lint: .venv/.dev ## ruff, mypy strict, import-linter
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.dev ## let ruff put the code in order
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

lock: $(BIN)/python ## work out requirements/*.txt anew from pyproject.toml (UPGRADE=1: the newest)
	@scripts/lock.sh $(if $(UPGRADE),--upgrade)

bench-cases: .venv/.base ## case lifecycles a second beside raw SQL and django-viewflow
	@bench/cases/run

bench-benefits: .venv/.base .venv/.analysis ## one claim, ten million claims worked out again, 10,000 payments
	@bench/benefits/run

bench-papers: .venv/.base ## a certificate set and signed, a list of a thousand lines, beside reportlab
	@bench/papers/run

bench-registers: .venv/.base ## person search among five million, as-of reads, rosters of 100,000 rows
	@bench/registers/run

bench-pages: .venv/.base ## first page's bytes, desk among a million cases, papers, a pasted roster of 5,000
	@bench/pages/run

screens: .venv/.dev ## a picture of every screen (desktop, phone, large type) into docs/screens
	@$(BIN)/python scripts/screens.py
