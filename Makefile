# What can be done here. `make` alone lists it.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
LOCK := requirements.lock
OLDER := .cache/duckdb-1.5.6/.ready
WHEELS := wheels
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(filter-out 0,$(OFFLINE)),--no-index --find-links $(WHEELS))

.DEFAULT_GOAL := help
.PHONY: help setup install demo test coverage check dags airflow sql docs lock clean bench faults rivals bundle

help: ## list the tasks
	@awk 'BEGIN {FS = ":.*## "} /^#@ / {printf "\n%s\n", substr($$0, 4)} \
	  /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

#@ Begin
setup: $(READY) ## install everything, pinned and hashed, into .venv (once)

install: $(READY) ## the same; OFFLINE=1 from the folder wheels/ of an unpacked bundle, without any network

demo: $(READY) ## make a district of 2,000 buildings, run three days through Airflow, publish, print answers
	@$(BIN)/python -m cli.demo

#@ Use
sql: $(READY) ## a DuckDB prompt over the current release (place profile, read only)
	@$(BIN)/blockdata sql

dags: $(READY) ## list every DAG and what stops it from being imported
	@$(BIN)/python -m cli.scheduler list

airflow: $(READY) ## the real scheduler and its pages on http://localhost:8080, until ctrl-C (DATABASE=postgresql://...)
	@$(if $(DATABASE),BLOCKDATA_DATABASE='$(DATABASE)') exec $(BIN)/python -m cli.scheduler run

docs: $(READY) ## write the page of every feed into docs/feeds
	@$(BIN)/python -c "from pathlib import Path; from schemas.feed_page import write_pages; write_pages(Path('docs/feeds'))"

#@ Change
test: $(READY) $(OLDER) ## every test
	@$(BIN)/pytest -n 2 --dist worksteal --hypothesis-profile=ci

coverage: $(READY) $(OLDER) ## the same with branch coverage, which costs a third more
	@$(BIN)/pytest -n 2 --dist worksteal --hypothesis-profile=ci --cov --cov-report=term:skip-covered

faults: $(READY) ## inject every fault there is, 15 minutes: what was struck, how often, what became of it, what is said
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m fault --no-header $(if $(ONLY),-k "$(ONLY)") tests

check: $(READY) ## format, lint, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(READY) ## measure everything beside its rivals, 25 minutes (ONLY=rivals one part, QUICK=1 small sizes, SCALE=district|0.1 the whole way instead)
	@$(if $(SCALE),$(BIN)/python -m benchmarks.district.bench --scale $(SCALE),$(BIN)/python -m benchmarks.run $(if $(ONLY),--only $(ONLY)) $(if $(filter-out 0,$(QUICK)),--quick))

rivals: ## pin what `make bench` compares with again (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header benchmarks/rivals.in -o benchmarks/rivals.lock

bundle: $(READY) ## all a machine without a network installs from, in dist/ (CHECK=1 proves it, PYTHONS="3.11 3.12")
	@$(BIN)/python -m cli.bundle $(if $(filter-out 0,$(CHECK)),--check) $(PYTHONS)

lock: ## pin the dependencies of pyproject.toml again (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --group dev pyproject.toml -o $(LOCK)

clean: ## remove caches and .venv; data/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .hypothesis .pytest_cache build dist .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): $(LOCK) pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "no $(PYTHON) found: install Python 3.11, 3.12 or 3.13"; exit 1; }
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] < (3, 14); \
	  ok or print("Python 3.11, 3.12 or 3.13 is needed, $(PYTHON) is", sys.version.split()[0], "- try: make setup PYTHON=python3.12"); \
	  sys.exit(not ok)'
ifneq ($(filter-out 0,$(OFFLINE)),)
	@test -f $(WHEELS)/made-for.json || { echo "there is no folder $(WHEELS)/: unpack a bundle (make bundle, on a machine with a network) and install in it"; exit 1; }
	@$(PYTHON) -c 'import json, platform, sys; has = json.load(open("$(WHEELS)/made-for.json")); \
	  here = ("%d.%d" % sys.version_info[:2], sys.platform + "-" + platform.machine()); \
	  ok = here[0] in has["pythons"] and here[1] == has["architecture"]; \
	  ok or print("this bundle is for Python", ", ".join(has["pythons"]), "on", has["architecture"] + ", not for", *here, "- try: make install OFFLINE=1 PYTHON=python" + has["pythons"][0]); \
	  sys.exit(not ok)'
endif
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "no virtual environment could be made: install the venv module of $(PYTHON) (Debian: python3-venv)"; exit 1; }
	@echo "installing (once; a few minutes) ..."
	@$(PIP) --require-hashes -r $(LOCK)
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(OLDER): tests/duckdb-1.5.6.lock $(READY)
	@rm -rf $(@D)
	@$(PIP) --no-deps --require-hashes --target $(@D) -r $<
	@touch $@
