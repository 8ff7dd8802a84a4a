# Two commands for a newcomer: `make report` and `make test`. One gate: `make check`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := build/harbor_district
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help report test check lint types layers tests notebooks reproduce paper benchmarks constraints clean

help:
	@echo "make report      set up, then write the report on the example records to $(OUT)"
	@echo "make test        set up, then run the tests"
	@echo "make check       the gate: lint, types, import layers, all tests, notebooks"
	@echo "make notebooks   run every notebook and render it to build/notebooks"
	@echo "make reproduce   published findings computed again: reproduction.csv and the table in README.md"
	@echo "make paper       the same, then every number and figure of the paper, and build/paper/paper.pdf"
	@echo "make benchmarks  speed against other libraries, as ratios"

# ── environment ──

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "clusternet needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing clusternet and its pinned dependencies (once) ..."
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "Installing the test tools (once) ..."
	$(INSTALL) --editable '.[dev]'
	@touch $@

# ── the two commands ──

report: $(VENV)/.core
	$(BIN)/clusternet report data/harbor_district --out $(OUT)

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses=logical --maxprocesses=4 --dist=worksteal

# ── the gate ──

check: lint types layers tests notebooks

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports

tests: test
	$(BIN)/python -m pytest --numprocesses=logical --maxprocesses=4 --dist=worksteal --durations=15 -m "slow or browser"

notebooks: $(VENV)/.dev
	@mkdir -p build/notebooks
	@ls notebooks/*.ipynb | xargs -n 1 -P 2 $(BIN)/jupyter nbconvert --log-level=ERROR --to html --execute \
	  --ExecutePreprocessor.timeout=120 --output-dir build/notebooks
	@echo "all notebooks ran; see build/notebooks"

reproduce: $(VENV)/.dev
	$(BIN)/clusternet reproduce --out reproduction.csv
	$(BIN)/python paper/readme_table.py

paper: reproduce
	$(BIN)/python paper/make_paper.py

benchmarks: $(VENV)/.dev
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

# ── upkeep ──

constraints: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --all-extras --no-annotate --no-header --python-version 3.11 --upgrade --output-file constraints.txt pyproject.toml

clean:
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
