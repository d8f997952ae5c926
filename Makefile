# Every check that CI makes is a target here; `make help` lists them.
# Needs only python3 >= 3.11 with venv, and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
GOLDENS := tests

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install demo test lint unit wheel measure diff diff-long bench grammar goldens crash warehouses lock clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 10

install: $(STAMP)  ## make .venv from the locked versions

# The stamp is newer than the lock and the packaging exactly when .venv holds what they say.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kamflow needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)  ## a quarter of 200 customers: tiers, prices, risks, stages, complaints, report (KAMFLOW_LANG=zh)
	$(BIN)/python -m examples.practice.demo

# The unit tests come last: whoever reads only the end of the log sees pytest's own closing line.
test: lint wheel unit  ## everything that CI checks

lint: $(STAMP)  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

unit: $(STAMP)  ## the test suite
	$(BIN)/python -m pytest -n 2 --dist loadgroup

wheel: $(STAMP)  ## build the wheel and use it in a clean environment outside the checkout
	bash tests/house/run_wheel.sh $(BIN)/python

# The suite holds the policies to these figures (tests/rules/test_measured.py); this shows what is behind them.
measure: $(STAMP)  ## what the tests of the shipped policies reach, and which slips they notice
	for at in rules examples/samples examples/retail; do $(BIN)/kamflow test $$at --cov --mutate || exit 1; done

grammar: $(STAMP)  ## save the parser's tables after a change of grammar/
	PYTHONHASHSEED=0 $(BIN)/python -c 'from kamflow.syntax.grammar import save_tables; save_tables()'

diff: $(STAMP)  ## a million decisions, each by every engine (KAMFLOW_DIFF=N); diff-long takes 10^8
	KAMFLOW_DIFF=$${KAMFLOW_DIFF:-1000000} $(BIN)/python -m tests.differential

# Failing cases are made small and kept in tests/differential/cases/, where the test suite runs them.
diff-long: $(STAMP)
	$(BIN)/python -m tests.differential

bench: $(STAMP)  ## measure; prints a table
	$(BIN)/python -m benchmarks

crash: $(STAMP)  ## kills, power cuts, stops of PostgreSQL: KAMFLOW_CRASH times what the suite does (25: 5,000 kills)
	KAMFLOW_CRASH=$${KAMFLOW_CRASH:-25} $(BIN)/python -m pytest -n 2 --dist loadgroup \
		tests/journal/test_kills.py tests/journal/test_power.py tests/journal/test_stops.py tests/journal/test_writers.py

warehouses: $(STAMP)  ## scripts for databases; starts a PostgreSQL of its own where `initdb` is on the PATH
	$(BIN)/python -m pytest -n 0 -rs tests/warehouses

goldens: $(STAMP)  ## rewrite the expected files (GOLDENS=tests/check for one room), then read the diff
	KAMFLOW_UPDATE_GOLDENS=1 $(BIN)/python -m pytest -n 0 -m golden $(GOLDENS)
	git diff --stat -- tests docs

# Locked with a tool in an environment of its own, so that the lock needn't list it. UPGRADE=1 takes newer versions.
COMPILE = "$$tools/bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options $(if $(UPGRADE),--upgrade)
lock:  ## write requirements.lock (all) and requirements-run.lock (what a plain install needs)
	tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && $(PYTHON) -m venv "$$tools" && \
	"$$tools/bin/python" -m pip install --quiet pip-tools==7.6.2 && \
	$(COMPILE) --all-extras -o requirements.lock pyproject.toml && \
	$(COMPILE) --no-annotate -c requirements.lock -o requirements-run.lock pyproject.toml
	sed -i '1i # Versions and hashes for `make install`; written by `make lock`.' requirements.lock
	sed -i '1i # What a plain install of kamflow needs, no extras; written by `make lock`.' requirements-run.lock

clean:  ## remove what the targets above made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find kamflow tests -name __pycache__ -type d -prune -exec rm -rf {} +
