# The project's commands. `make` alone lists them; the work is done in scripts/.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What a shell may have set for another project must not reach this one's Python.
unexport PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH VIRTUAL_ENV CONDA_PREFIX

BIN := .venv/bin
INSTALL = python=$$(scripts/find_python.sh) && "$$python" scripts/install.py
# The systems that benchmarks compare with. Their lock says all; uv would take the project's constraints for more of it.
INSTALL_PEERS = $(BIN)/python -c 'import datatrove, gaoya, rensa' 2>/dev/null || \
	.venv-uv/bin/uv pip install --no-config --quiet --python $(BIN)/python --require-hashes -r requirements/bench.txt

.PHONY: help
help: ## List the targets
	@echo 'Usage: make TARGET [NAME=value ...]'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'First: make run'

## ---- use

.PHONY: run
run: ## Run the corpus DAG once on the seeds; INPUT=dir takes your own texts, APPROVE=why lets unusual figures pass
	@$(INSTALL) run
	@scripts/run.sh

.PHONY: ui
ui: ## Start Airflow on http://127.0.0.1:8080 until Ctrl-C; PORT=8090 takes another port, INPUT=dir as for run
	@$(INSTALL) run
	@. scripts/airflow_env.sh && exec $(BIN)/python scripts/ui.py start

.PHONY: stop
stop: ## Stop what `make ui` started
	@if [ -x $(BIN)/python ]; then . scripts/airflow_env.sh && exec $(BIN)/python scripts/ui.py stop; fi

.PHONY: env
env: ## Write .env with new random secrets for docker-compose.yaml
	@python=$$(scripts/find_python.sh) && "$$python" scripts/make_env.py

## ---- develop

.PHONY: setup
setup: ## Install .venv with the development tools
	@$(INSTALL) dev

.PHONY: test
test: setup lint types imports compose-check pytest ## Everything that CI runs: lint, types, floors, compose file, all tests

.PHONY: pytest
pytest: setup ## The tests alone; ARGS='tests/clean -k span' chooses among them
	@$(BIN)/python -m pytest -n 2 --dist loadfile --max-worker-restart 1 $(ARGS)

.PHONY: torture
torture: setup ## The long forms of the crash tests; KILLS=2000 STATES=1000000 SEED=n MINUTES=n, with figures and seeds
	@$(BIN)/python scripts/torture.py $(if $(KILLS),--kills $(KILLS)) $(if $(STATES),--states $(STATES)) $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

.PHONY: simulate
simulate: setup ## Live through a month of arriving news in Airflow, with all that goes wrong; SEED=n another month
	@$(BIN)/python scripts/simulate.py $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: scenarios
scenarios: setup ## Clear, retry, kill, starve, trigger twice and backfill runs of a real Airflow; ARGS='task_is_killed' chooses
	@$(BIN)/python scripts/scenarios.py $(ARGS)

.PHONY: lint
lint: setup ## Check style and formatting, with Airflow's own rules among them
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo 'Not formatted: run `make format`' >&2; exit 1; }
	@$(BIN)/python scripts/check_files.py
	@echo 'lint: clean'

.PHONY: types
types: setup ## Check the types of the library
	@$(BIN)/mypy

.PHONY: imports
imports: setup ## Check that imports run downward only, floor by floor
	@$(BIN)/lint-imports --no-logo --no-cache

.PHONY: compose-check
compose-check: setup ## Hold docker-compose.yaml against the schema, and the engine's own parser where it is installed
	@$(BIN)/python scripts/compose_check.py

.PHONY: format
format: setup ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: docs
docs: setup ## Write docs/tables.md anew from plugins/saaf/tables.py
	@$(BIN)/python scripts/generate_docs.py

.PHONY: lock
lock: ## Compile the locks anew; UPGRADE=1 takes the newest versions that pyproject.toml allows
	@python=$$(scripts/find_python.sh) && UPGRADE=$(UPGRADE) "$$python" scripts/lock.py

.PHONY: hooks
hooks: setup ## Let git run the checks before every commit
	@$(BIN)/pre-commit install

.PHONY: bench
bench: setup ## The share of a run that its gates take, over a million articles; ROWS=100000 takes fewer
	@$(BIN)/python benchmarks/validate/share.py $(if $(ROWS),--rows $(ROWS))

.PHONY: bench-dedup
bench-dedup: setup ## Deduplication against peers and at size; PARTS='compare limit' SIZE=10k MOST=1M PEERS='rensa gaoya' COMPRESSIONS=zstd choose
	@$(INSTALL_PEERS)
	@$(BIN)/python benchmarks/dedup/bench.py $(if $(PARTS),--parts $(PARTS)) $(if $(SIZE),--size $(SIZE)) \
		$(if $(MOST),--most $(MOST)) $(if $(PEERS),--peers $(PEERS)) \
		$(if $(COMPRESSIONS),--compressions $(COMPRESSIONS))

.PHONY: bench-clean
bench-clean: setup ## Cleaning against its peers in MB/s a core, and its scores where the labelled pages are; DATA=dir names them
	@$(INSTALL_PEERS)
	@$(BIN)/python benchmarks/clean/compare.py $(if $(DATA),--data $(DATA))

## ---- clean

.PHONY: clean
clean: ## Remove caches and bytecode
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	@find dags plugins tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: clean-all
clean-all: stop clean ## Remove .venv and Airflow's database too; the lake stays
	@rm -rf .venv .venv-uv .airflow
	@if [ -d lake ]; then echo 'The lake stays: remove it with `rm -r lake`.'; fi
