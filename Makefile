# make run: set up, run the default experiments, print the paths of the pages.
# make test: set up, run the tests. make setup: no more than that. All can be repeated.
PYTHON ?= python3
# Snakemake keeps a cache below the home, matplotlib as well; where none can be written, here.
ifneq ($(shell test -w "$$HOME" && echo yes),yes)
export XDG_CACHE_HOME ?= $(CURDIR)/.cache
export MPLCONFIGDIR ?= $(CURDIR)/.cache/matplotlib
endif
BIN := .venv/bin
READY := .venv/.ready
DATAFOLD := .venv-datafold/.ready
# Tests side by side, those that share an experiment on one worker (tests/conftest.py). Many runs of
# Snakemake in them leave cores idle.
PYTEST := $(BIN)/pytest -n logical --maxprocesses 4 --dist loadgroup --no-loadscope-reorder
# Figures of experiments beside the targets that they must reach.
READ_FIGURES := PYTHONPATH=tests $(BIN)/python -m figures

.PHONY: setup run figures task-zoo sentiment speech speech-sentiment weights neurons test test-all test-slurm lint format schema datafold benchmark clean

setup: $(READY)

run: $(READY)
	$(BIN)/snakemake --cores all
	@$(BIN)/python -c 'import yaml; print("\nAll verdicts:\n  results/summary.html\nReports:", *(f"  results/{name}/report.html" for name in yaml.safe_load(open("config/config.yaml"))["experiments"]), sep="\n")'

# Every experiment that has figures to reach, at full size, and each figure beside its target, on one
# page. It takes hours; make figures FIGURES="scalar digits" takes minutes.
FIGURES ?=
figures: $(READY)
	targets=$$($(READ_FIGURES) --targets $(FIGURES)) && $(BIN)/snakemake --cores all $$targets
	$(READ_FIGURES) $(FIGURES)

# Networks on real data whose tasks are known: how often the verdict on the task is right.
task-zoo:
	$(MAKE) figures FIGURES=task-zoo

# The sentiment of sentences, by networks with different tokenisers: both kinds of perturbations, and
# the choices of the thesis beside them.
sentiment:
	$(MAKE) figures FIGURES=sentiment

# Speech to English and to German text; the sentiment of speech, from a network of speech and one of
# text, and the choices of the thesis beside them.
speech:
	$(MAKE) figures FIGURES=speech

speech-sentiment:
	$(MAKE) figures FIGURES=speech-sentiment

# What the weights of many small networks reveal, beside the figures of the source.
weights:
	$(MAKE) figures FIGURES=weights

# Neurons as random vectors, and what can be merged of them, beside the figures of the source.
neurons:
	$(MAKE) figures FIGURES=neurons

test: $(READY)
	$(PYTEST) -m "not slow and not slurm"

test-all: $(READY)
	$(PYTEST) -m "not slurm"

# A SLURM of two nodes on this machine, and the workflow on it; what comes out is compared with what
# comes out without. Without root, or the packages slurm-wlm and munge, a line says that it was left
# out.
test-slurm: $(READY)
	$(BIN)/snakemake --cores all results/scalar/report.html
	$(BIN)/pytest -m slurm tests/slurm

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/snakefmt Snakefile workflow

schema: $(READY)
	$(BIN)/python -m sametask.config.schema

# The reference engine pins an old numpy and needs an environment of its own, with Python 3.11.
datafold: $(DATAFOLD)

benchmark: $(READY) $(DATAFOLD)
	$(BIN)/python benchmarks/engines.py

clean:
	rm -rf .venv .venv-datafold .snakemake .cache

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import os, re, sys; found = re.search(r"[\s{}\"\x27`$$\\:;#&|<>*?!]", os.getcwd()); found and sys.exit(f"sametask: error: {os.getcwd()}: the path of the project holds {found.group()!r}, which Snakemake or pip cannot take; rename the folder, or move the project")'
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
