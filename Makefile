# One command for each task. Each installs what it needs; only python3 with its venv module is required.
# A second environment:  make test VENV=/tmp/env PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.stamp
COMPILED ?= .venv-compiled
LOOPS ?= .venv-loops
LOWEST ?= .venv-lowest

.DEFAULT_GOAL = help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Commands start many processes: each would compile every module anew where the environment forbids bytecode.
unexport PYTHONDONTWRITEBYTECODE

# ------------------------------------------------------------------------------------------------ for users

.PHONY: help
help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(STAMP)-run  ## a data center on loopback, and a login through each of the three adapters
	@$(BIN)/python -m sansio_tl_transports.cli.demo

.PHONY: test
test: $(STAMP)-dev  ## the tests that take seconds (all tests: make test ARGS='-m ""')
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

.PHONY: compiled
compiled: $(COMPILED)/.stamp  ## codec and engine in C: builds the wheel and installs it in .venv-compiled (minutes; a C compiler)
	@echo "$(COMPILED)/bin/python has the compiled codec and engine"

.PHONY: interop-deps
interop-deps: $(STAMP)-dev  ## install the other libraries whose clients log in at our data center, in .cache/peers (needs node and npm)
	@$(BIN)/python -m tests.interop.client_environments

.PHONY: test-compiled
test-compiled: $(COMPILED)/.stamp  ## the tests of the engine and its adapters, with the compiled engine
	@$(COMPILED)/bin/python -m pytest --numprocesses auto --dist loadfile \
	    -m "not long and not loops and not peers and not proxies and not stores and not interpreted" $(or $(ARGS),$(COMPILED_TESTS))

.PHONY: test-lowest
test-lowest: $(LOWEST)/.stamp  ## test with the lowest versions of the dependencies that pyproject.toml allows
	@$(LOWEST)/bin/python -m pytest -W default::DeprecationWarning --numprocesses auto --dist loadfile $(or $(ARGS),$(LOWEST_TESTS))

.PHONY: test-proxies
test-proxies: $(STAMP)-dev  ## test every adapter with every framing, proxy, nginx and a browser; writes docs/proxies.json (as root: installs them; needs go)
	@$(BIN)/python -m tests.transports.debian_packages nginx chromium tshark
	@$(BIN)/python -m tests.transports.mtg
	@PROXIES=$(if $(ARGS),,docs/proxies.json) $(BIN)/python -m pytest -m "proxies or not proxies" \
	    tests/transports/test_proxies.py tests/transports/test_fingerprints.py tests/transports/test_browser.py tests/conformance/test_report.py $(ARGS)

.PHONY: test-stores
test-stores: $(STAMP)-dev  ## test session stores with Redis and PostgreSQL from Debian (as root: installs them)
	@$(BIN)/python -m tests.transports.debian_packages redis-server postgres
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadscope -m "stores or not stores" tests/stores $(ARGS)

.PHONY: test-loops
test-loops: $(STAMP)-dev $(LOOPS)/.stamp  ## drive a client in each event loop against sansio-tl serve, and check the types of the drivers; writes docs/loops.csv
	@$(LOOPS)/bin/mypy docs/examples/loops/*.py tests/loops/programs.py tests/loops/simulated_twisted.py
	@$(LOOPS)/bin/pyright --pythonpath $(LOOPS)/bin/python --project tests/loops/pyrightconfig.json
	@LOOPS_PYTHON=$(LOOPS)/bin/python $(BIN)/python -m pytest --numprocesses 0 -m loops tests/loops $(ARGS)

.PHONY: conformance
conformance: interop-deps  ## run the conformance suite with every client and server (gotd's needs go); writes docs/conformance/matrix.json (one peer: ARGS=tdlib)
	@$(BIN)/python -m tests.conformance.gotd || true
	@$(BIN)/python -m tests.conformance $(ARGS)

.PHONY: conformance-quick
conformance-quick: interop-deps  ## compare a few verdicts on three clients and our server with docs/conformance/matrix.json, in a minute
	@$(BIN)/python -m tests.conformance --quick --patience 3 $(ARGS)

.PHONY: test-peers
test-peers: interop-deps  ## log in with the clients of other libraries in every framing that they support; writes docs/interop.json
	@MATRIX=$(if $(ARGS),,docs/interop.json) $(BIN)/python -m pytest -m peers tests/interop $(ARGS)
	@$(BIN)/python docs/_ext/interop_table.py

# ------------------------------------------------------------------------------------------------ for contributors

.PHONY: check
check: lint types imports generated test docs demo  ## every check that a change must pass

.PHONY: lint
lint: $(STAMP)-dev  ## ruff: rules and format, also of the programs of the documentation
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python docs/_ext/example_programs.py docs/_build/programs
	@$(BIN)/ruff format --check --quiet --no-respect-gitignore docs/_build/programs

.PHONY: format
format: $(STAMP)-dev  ## ruff: apply automatic fixes and the format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: types
types: $(STAMP)-dev  ## mypy --strict over src, tests, docs and the programs of its pages, and pyright over src (node comes with it)
	@$(BIN)/mypy
	@$(BIN)/python docs/_ext/example_programs.py docs/_build/programs
	@$(BIN)/mypy docs/_build/programs
	@$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: imports
imports: $(STAMP)-dev  ## import-linter: a layer imports lower layers only
	@$(BIN)/lint-imports

.PHONY: removed-checks
removed-checks: $(STAMP)-dev  ## remove each protocol check in turn: a test with its id must fail (15 minutes; a selection: ARGS='HS1 MS')
	@$(BIN)/python -m tests.removed_checks $(ARGS)

.PHONY: mutation
mutation: $(STAMP)-dev  ## mutate random lines of the source and run their tests (hours): make mutation SAMPLE=300 SEED=1
	@$(BIN)/python -m tests.mutation map
	@$(BIN)/python -m tests.mutation run --sample $(or $(SAMPLE),300) --seed $(or $(SEED),1) $(ARGS)

.PHONY: mutation-quick
mutation-quick: $(STAMP)-dev  ## a dozen random mutations in one package, in a minute or two: make mutation-quick PACKAGE=crypto
	@$(BIN)/python -m tests.mutation run --no-map --package $(or $(PACKAGE),crypto) --sample $(or $(SAMPLE),12) \
	    --seed $(or $(SEED),1) --threshold 0.8 $(ARGS)

.PHONY: simulate
simulate: $(STAMP)-dev  ## simulate clients and data centers with injected faults: make simulate SEEDS=1000; replay one: SEED=17
	@$(BIN)/python -m sansio_tl_transports.cli.simulate \
	    $(if $(SEED),--seed $(SEED) --verbose,--seeds $(or $(SEEDS),1000) --jobs $(or $(JOBS),2)) $(ARGS)

.PHONY: screenshots
screenshots: $(STAMP)-dev  ## pictures of a trace for the documentation, made with Chromium
	@$(BIN)/python -m tests.transports.trace_screenshots

.PHONY: generate
generate: $(STAMP)-run  ## generate types, functions, codecs and errors from the schema, and verify every id
	@$(BIN)/python -m sansio_tl_transports.codegen.schema
	@$(BIN)/python -m sansio_tl_transports.codegen.errors

.PHONY: layer
layer: $(STAMP)-run  ## compare a schema with the shipped one: make layer FROM=FILE; SOURCE="name version (license)" ships it and generates
	@$(BIN)/python -m sansio_tl_transports.codegen.layer "$(FROM)" $(if $(SOURCE),--source "$(SOURCE)")

.PHONY: generated
generated: $(STAMP)-run  ## check that the committed generated code is current
	@$(BIN)/python -m sansio_tl_transports.codegen.schema --check

.PHONY: api
api: $(STAMP)-dev  ## write the names and signatures of the public interface to tests/repository/api.txt
	@PYTHONPATH=docs/_ext $(BIN)/python -m tests.repository.api

.PHONY: docs
docs: $(STAMP)-dev  ## build the documentation in docs/_build/html; a warning is an error
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

.PHONY: pages
pages: docs  ## look at each page of the documentation in Chromium, at two widths: overflow, pictures, links, contrast
	@$(BIN)/python -m pytest --quiet --numprocesses 0 -m proxies tests/docs/test_page_check.py
	@$(BIN)/python -m tests.docs.page_check $(ARGS)

.PHONY: bench
bench: $(STAMP)-dev  ## compare the codec with other libraries: prints tables, writes figures and plots for the documentation (ten minutes)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks report

.PHONY: bench-quick
bench-quick: $(STAMP)-dev  ## the same in a minute, to test the programs
	@$(BIN)/python -m benchmarks --quick

.PHONY: bench-compiled
bench-compiled: $(STAMP)-dev  ## the codec in C beside Telethon, grammers (needs cargo) and MessagePack; writes tables and plots
	@$(BIN)/python -m benchmarks.compiled
	@$(BIN)/python -m benchmarks.compiled report

.PHONY: bench-framings
bench-framings: $(STAMP)-dev  ## compare the framings with pyMTProto: prints tables, writes figures for the documentation (minutes; ARGS=--quick)
	@$(BIN)/python -m benchmarks.framings $(ARGS)
	@$(if $(ARGS),,$(BIN)/python -m benchmarks.framings report)

.PHONY: bench-framings-quick
bench-framings-quick: $(STAMP)-dev  ## the same in half a minute, to test the programs
	@$(BIN)/python -m benchmarks.framings --quick

.PHONY: bench-session
bench-session: $(STAMP)-dev $(COMPILED)/.stamp  ## compare the cost of a call with Telethon: prints tables, writes figures and a plot for the documentation (minutes)
	@$(BIN)/python -m benchmarks.session
	@$(BIN)/python -m benchmarks.session report
	@$(BIN)/python -m benchmarks.session.answers
	@$(BIN)/python -m benchmarks.session.answers report
	@$(BIN)/python -m benchmarks.session.stages
	@$(BIN)/python -m benchmarks.session.stages report

.PHONY: bench-session-quick
bench-session-quick: $(STAMP)-dev $(COMPILED)/.stamp  ## the same in two minutes, to test the programs
	@$(BIN)/python -m benchmarks.session --quick
	@$(BIN)/python -m benchmarks.session.stages --quick

.PHONY: fuzz
fuzz: $(STAMP)-fuzz  ## fuzz every parser of peer data: make fuzz SECONDS=60
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60)

.PHONY: fuzz-build
fuzz-build: $(STAMP)-fuzz  ## run the build script for OSS-Fuzz and ClusterFuzzLite, and each target that it builds: make fuzz-build RUNS=200
	@$(BIN)/python -m tests.fuzz.oss_fuzz.check_build --runs $(or $(RUNS),200) $(ARGS)

.PHONY: fuzz-codec
fuzz-codec: $(STAMP)-dev  ## the compiled codec against the one in Python, under ASan and UBSan: make fuzz-codec INPUTS=10000000
	@$(BIN)/python -m tests.fuzz.compiled --inputs $(or $(INPUTS),1000000) $(ARGS)

.PHONY: soak
soak: $(STAMP)-dev  ## 200 clients of each adapter for half an hour with broken connections: make soak MINUTES=30 CLIENTS=200 ADAPTER=all
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30) --clients $(or $(CLIENTS),200) --adapter $(or $(ADAPTER),all) $(ARGS)

.PHONY: dist
dist: $(STAMP)-dev  ## sdist and wheel, in dist/
	@$(BIN)/python -m build

.PHONY: clean
clean:  ## delete generated files and environments
	rm -rf $(VENV) $(COMPILED) $(LOOPS) $(LOWEST) build dist docs/_build src/*.egg-info .hypothesis .coverage .fuzz .mutation benchmarks/.peers
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find src tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------------ environments

# run: the packages for the demo and the command line. dev: every extra and every tool.
# A stamp older than pyproject.toml is updated; pip installs only missing packages.

# compiled: the wheel as it is released; nothing is imported from src.
# The tests of the packages that are not compiled (schema, errors) and of the repository are left out.

NOT_COMPILED = benchmarks docs errors fuzz interop loops mutation removed_checks repository schema soak tl typing
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

# loops: the event loops that the drivers of docs/examples/loops are for.

$(LOOPS)/.stamp: pyproject.toml
	@echo "making $(LOOPS) (once; takes minutes)"
	@test -x $(LOOPS)/bin/python || $(PYTHON) -m venv $(LOOPS)
	@$(LOOPS)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(LOOPS)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[fast,trio]' --group loops
	@touch $@

# lowest: the dependencies at their lower bounds. The tests are those that use each of them.

LOWEST_TESTS = tests/codec/test_results.py tests/crypto/test_aes.py tests/crypto/test_modular.py tests/proxy/test_socks5.py \
    tests/stores/test_encryption.py tests/framing/test_http.py tests/framing/test_websocket.py tests/tl/test_objects.py \
    tests/transports/test_otel_tracer.py tests/transports/cli/test_dask_executor.py tests/transports/cli/test_serve.py \
    tests/transports/test_trio_client.py

$(LOWEST)/.stamp: pyproject.toml tests/repository/lowest_versions.py
	@echo "making $(LOWEST) (once; takes a minute)"
	@test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	@$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(LOWEST)/bin/python -m tests.repository.lowest_versions > $(LOWEST)/lowest.txt
	@$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(LOWEST)/lowest.txt \
	    --editable '.[all]' hypothesis pytest pytest-timeout pytest-xdist
	@touch $@

$(STAMP)-pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "sansio_tl needs Python 3.11 or newer; select one: make $(MAKECMDGOALS) PYTHON=python3.x" >&2; exit 1; }
	@echo "making $(VENV) (once; takes a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@touch $@

$(STAMP)-run: $(STAMP)-pip pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cli,trio]'
	@touch $@

$(STAMP)-fuzz: $(STAMP)-dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group fuzz
	@touch $@

$(STAMP)-dev: $(STAMP)-pip pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]' --group dev
	@touch $@ $(STAMP)-run
