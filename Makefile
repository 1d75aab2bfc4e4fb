# One command for each thing a person wants. Each sets itself up: python3 with its venv module is all that is needed.
# A second environment beside the first:  make test VENV=/tmp/env PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.stamp
COMPILED ?= .venv-compiled

.DEFAULT_GOAL = help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# ------------------------------------------------------------------------------------------------ for everybody

.PHONY: help
help:  ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(STAMP)-run  ## a data center on loopback, and a person who logs in through each of the three adapters
	@$(BIN)/python -m sansio_tl_transports.cli.demo

.PHONY: test
test: $(STAMP)-dev  ## the tests that take seconds (everything: make test ARGS='-m ""')
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

.PHONY: compiled
compiled: $(COMPILED)/.stamp  ## codec and engine in C: builds the wheel and installs it in .venv-compiled (minutes; a C compiler)
	@echo "$(COMPILED)/bin/python has the compiled codec and engine"

.PHONY: interop-deps
interop-deps: $(STAMP)-dev  ## install the clients of others that log in at our door, in .cache/peers (needs node and npm)
	@$(BIN)/python -m tests.interop.places

.PHONY: test-compiled
test-compiled: $(COMPILED)/.stamp  ## the tests of the engine and its adapters, with the engine in C
	@$(COMPILED)/bin/python -m pytest --numprocesses auto --dist loadfile \
	    -m "not long and not peers and not proxies and not interpreted" $(or $(ARGS),$(COMPILED_TESTS))

.PHONY: test-proxies
test-proxies: $(STAMP)-dev  ## every adapter, framing, proxy, nginx and a browser; writes docs/proxies.json (root: installs them)
	@$(BIN)/python -m tests.transports.debian
	@PROXIES=$(if $(ARGS),,docs/proxies.json) $(BIN)/python -m pytest -m "proxies or not proxies" \
	    tests/transports/test_proxies.py tests/transports/test_browser.py $(ARGS)

.PHONY: test-peers
test-peers: interop-deps  ## let them log in, in every framing that they speak; writes the matrix docs/interop.json
	@MATRIX=$(if $(ARGS),,docs/interop.json) $(BIN)/python -m pytest -m peers tests/interop $(ARGS)
	@$(BIN)/python docs/_ext/interop_table.py

# ------------------------------------------------------------------------------------------------ for who changes the code

.PHONY: check
check: lint types imports generated test docs demo  ## everything that must be right before a change goes in

.PHONY: lint
lint: $(STAMP)-dev  ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: format
format: $(STAMP)-dev  ## ruff: mend what it can mend by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: types
types: $(STAMP)-dev  ## mypy --strict over src, tests and docs, and pyright over src (node comes with it)
	@$(BIN)/mypy
	@$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: imports
imports: $(STAMP)-dev  ## imports go down the layers only
	@$(BIN)/lint-imports

.PHONY: mutation
mutation: $(STAMP)-dev  ## remove each check in turn: a test of its name must fail (a quarter of an hour; some: ARGS='HS1 MS')
	@$(BIN)/python -m tests.mutants $(ARGS)

.PHONY: mutation-sample
mutation-sample: $(STAMP)-dev  ## change random lines of the source: does a test fail? make mutation-sample SAMPLE=300 SEED=1
	@$(BIN)/python -m tests.mutation map
	@$(BIN)/python -m tests.mutation run --sample $(or $(SAMPLE),300) --seed $(or $(SEED),1) $(ARGS)

.PHONY: mutation-quick
mutation-quick: $(STAMP)-dev  ## a dozen of them in one package, in a minute or two: make mutation-quick PACKAGE=crypto
	@$(BIN)/python -m tests.mutation run --no-map --package $(or $(PACKAGE),crypto) --sample $(or $(SAMPLE),12) \
	    --seed $(or $(SEED),1) --threshold 0.8 $(ARGS)

.PHONY: simulate
simulate: $(STAMP)-dev  ## clients and data centers under every fault: make simulate SEEDS=1000; one again: SEED=17
	@$(BIN)/python -m sansio_tl_transports.cli.simulate \
	    $(if $(SEED),--seed $(SEED) --verbose,--seeds $(or $(SEEDS),1000) --jobs $(or $(JOBS),2)) $(ARGS)

.PHONY: generate
generate: $(STAMP)-run  ## write types, functions, codecs and errors anew from the schema, and verify every id
	@$(BIN)/python -m sansio_tl_transports.codegen.schema
	@$(BIN)/python -m sansio_tl_transports.codegen.errors

.PHONY: generated
generated: $(STAMP)-run  ## the committed generated code is what the generator writes
	@$(BIN)/python -m sansio_tl_transports.codegen.schema --check

.PHONY: api
api: $(STAMP)-dev  ## write the names and signatures of the public interface to tests/repository/api.txt
	@$(BIN)/python -m tests.repository.api

.PHONY: docs
docs: $(STAMP)-dev  ## the site, in docs/_build/html; a warning is an error
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

.PHONY: bench
bench: $(STAMP)-dev  ## the codec beside its peers: tables here, figures and plots for the site (ten minutes)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks report

.PHONY: bench-quick
bench-quick: $(STAMP)-dev  ## the same in a minute: shows that everything runs, not how fast
	@$(BIN)/python -m benchmarks --quick

.PHONY: bench-framings
bench-framings: $(STAMP)-dev  ## packets through each framing, beside pyMTProto: tables here, figures for the site (minutes)
	@$(BIN)/python -m benchmarks.framings
	@$(BIN)/python -m benchmarks.framings report

.PHONY: bench-framings-quick
bench-framings-quick: $(STAMP)-dev  ## the same in half a minute: shows that everything runs, not how fast
	@$(BIN)/python -m benchmarks.framings --quick

.PHONY: bench-session
bench-session: $(STAMP)-dev $(COMPILED)/.stamp  ## what a call costs, beside Telethon: tables here, figures and a plot for the site (minutes)
	@$(BIN)/python -m benchmarks.session
	@$(BIN)/python -m benchmarks.session report

.PHONY: bench-session-quick
bench-session-quick: $(STAMP)-dev $(COMPILED)/.stamp  ## the same in two minutes: shows that everything runs, not how fast
	@$(BIN)/python -m benchmarks.session --quick

.PHONY: fuzz
fuzz: $(STAMP)-fuzz  ## attack every place that reads what a peer sends: make fuzz SECONDS=60
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60)

.PHONY: soak
soak: $(STAMP)-dev  ## 200 clients of each adapter for half an hour, their links cut: make soak MINUTES=30 CLIENTS=200 ADAPTER=all
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30) --clients $(or $(CLIENTS),200) --adapter $(or $(ADAPTER),all) $(ARGS)

.PHONY: dist
dist: $(STAMP)-dev  ## sdist and wheel, in dist/
	@$(BIN)/python -m build

.PHONY: clean
clean:  ## what can be made again, the environment too
	rm -rf $(VENV) $(COMPILED) build dist docs/_build src/*.egg-info .hypothesis .coverage .fuzz .mutation benchmarks/.peers
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find src tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------------ environments

# To run: only what the demo and the command line need. To develop: every extra, every tool.
# A stamp older than pyproject.toml is made anew; pip installs only what is missing.

# Compiled: the wheel as it would be given away. Nothing of it is read from src.
# Left out are the tests of what is not compiled (codec, schema, errors) and of the repository itself.

NOT_COMPILED = benchmarks codec docs errors fuzz interop mutants mutation repository schema soak tl typing
COMPILED_TESTS = tests/test_*.py tests/interop/test_telethon_crypto.py tests/interop/test_telethon_framing.py $(filter-out $(NOT_COMPILED:%=tests/%/),$(wildcard tests/*/))

$(COMPILED)/.stamp: pyproject.toml $(shell find src -type f ! -name '*.pyc')
	@echo "making $(COMPILED) (minutes; again only when src changes)"
	@test -x $(COMPILED)/bin/python || $(PYTHON) -m venv $(COMPILED)
	@$(COMPILED)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@rm -rf $(COMPILED)/wheel
	@SANSIO_TL_COMPILE=codec,engine $(COMPILED)/bin/python -m pip wheel --quiet --disable-pip-version-check \
	    --no-deps --wheel-dir $(COMPILED)/wheel .
	@$(COMPILED)/bin/python -m pip install --quiet --disable-pip-version-check \
	    "$$(echo $(COMPILED)/wheel/*.whl)[all]" --group test
	@$(COMPILED)/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps \
	    $(COMPILED)/wheel/*.whl
	@touch $@

$(STAMP)-pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "sansio_tl needs Python 3.11 or newer; say which: make $(MAKECMDGOALS) PYTHON=python3.x" >&2; exit 1; }
	@echo "making $(VENV) (once; takes a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@touch $@

$(STAMP)-run: $(STAMP)-pip pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cli,qr,trio]'
	@touch $@

$(STAMP)-fuzz: $(STAMP)-dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group fuzz
	@touch $@

$(STAMP)-dev: $(STAMP)-pip pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]' --group dev
	@touch $@ $(STAMP)-run
