# The one front door. On a fresh machine with python3, git and make, every target sets the project up by itself.

.DEFAULT_GOAL := assets
.SILENT:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Options for the target's command: make plan ARGS="item/* --json", make test ARGS="-k lock"
ARGS ?=
READY := .venv/ready

.PHONY: assets plan test soak lint types layers bench rate throughput all lock clean help

assets: $(READY)    ## build the showcase: placeholders without an API key, pictures with one
	.venv/bin/pipeline build $(ARGS)

plan: $(READY)      ## what a build would do, why, and what it would cost
	.venv/bin/pipeline plan $(ARGS)

test: $(READY)      ## all tests; ARGS go to pytest
	.venv/bin/pytest -q -n 2 $(ARGS)

soak: $(READY)      ## a thousand builds killed, and all else that can go wrong with a disk: some 20 minutes
	.venv/bin/pytest -q -n 2 tests/soak --kills 1100 $(ARGS)

lint: $(READY)      ## ruff: mistakes, and format
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: $(READY)     ## mypy, strict
	.venv/bin/mypy

layers: $(READY)    ## who imports whom
	.venv/bin/lint-imports --no-logo

bench: $(READY)     ## speed, as ratios against peers in the same run: a short form of docs/performance.md
	.venv/bin/python bench/run.py $(ARGS)

rate: $(READY) ## how near a build keeps to a limit a minute: four minutes of real calls on the loopback
	.venv/bin/python bench/rate.py $(ARGS)

throughput: $(READY) ## a whole build of 200 pictures against the shortest time there is, and its memory (two minutes)
	.venv/bin/python bench/throughput.py $(ARGS)

all:                ## what CI does
	.ci/run

lock:               ## move the pinned versions to the newest that fit
	bin/lock $(ARGS)

# Neither .pipeline/, which was paid for, nor output/, where a person may have retouched a picture.
clean:              ## remove the environment and caches
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf tests/node/node_modules examples/*/node_modules examples/*/dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:               ## this list
	sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# Due when the dependencies, their pins or the set-up itself have changed.
$(READY): pyproject.toml requirements.lock bin/setup
	bin/setup
