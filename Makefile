# make run: set up, run the default experiments, print the paths of the pages.
# make test: set up, run the tests. Both can be repeated.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DATAFOLD := .venv-datafold/.ready

.PHONY: run splits paper few same-task vibration test test-all lint format schema datafold benchmark clean

run: $(READY)
	$(BIN)/snakemake --cores all
	@$(BIN)/python -c 'import yaml; print("\nAll verdicts:\n  results/summary.html\nReports:", *(f"  results/{name}/report.html" for name in yaml.safe_load(open("config/config.yaml"))["experiments"]), sep="\n")'

# The digits on three splits, and the figures of the default experiments beside their targets.
splits: $(READY)
	$(BIN)/snakemake --cores all $(foreach n,1 2,results/digits-split-$(n)/mlp-cnn/evaluation.json)
	$(BIN)/python tests/figures.py

# The paper's examples: a vector field, and a turning horse seen by one camera and by two.
PAPER ?= vector-field rotating-horse rotating-horse-two-cameras
paper: $(READY)
	$(BIN)/snakemake --cores all $(PAPER:%=results/%/report.html)
	$(BIN)/python tests/figures.py paper

# Maps from a handful of shared inputs: each network on samples of its own.
FEW ?= vector-field-few scalar-few vector-field-few-large rotating-horse-few
few: $(READY)
	$(BIN)/snakemake --cores all $(FEW:%=results/%/report.html)
	$(BIN)/python tests/figures.py few

# The same-task benchmark: networks with known relations, and who finds them.
same-task: $(READY)
	$(BIN)/snakemake --cores all results/same-task/benchmark.html
	$(BIN)/python tests/figures.py same-task

# Sequences: faulty blades heard by two networks, in slices of 25, 10, 2 and 1 steps.
VIBRATION := vibration vibration-10 vibration-2 vibration-1
vibration: $(READY)
	$(BIN)/snakemake --cores all $(VIBRATION:%=results/%/report.html) results/vibration/positions.html
	$(BIN)/python tests/figures.py vibration

test: $(READY)
	$(BIN)/pytest -m "not slow"

test-all: $(READY)
	$(BIN)/pytest

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/snakefmt Snakefile workflow

schema: $(READY)
	$(BIN)/python -m sametask.schema

# The reference engine pins an old numpy and needs an environment of its own, with Python 3.11.
datafold: $(DATAFOLD)

benchmark: $(READY) $(DATAFOLD)
	$(BIN)/python benchmarks/engines.py

clean:
	rm -rf .venv .venv-datafold .snakemake

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("sametask needs Python 3.11 or newer; make PYTHON=… names another")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(DATAFOLD): envs/datafold.lock
	$(PYTHON) -c 'import sys; sys.version_info[:2] == (3, 11) or sys.exit("datafold 2.0.2 needs Python 3.11; make datafold PYTHON=python3.11")'
	$(PYTHON) -m venv .venv-datafold
	.venv-datafold/bin/python -m pip install --quiet --requirement envs/datafold.lock
	touch $@
