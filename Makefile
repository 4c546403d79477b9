# Everything that a checkout can do; `make help` explains it. Nothing below runs twice when nothing has changed.

VENV ?= .venv
# The interpreter that the environment is made with: 3.11 or later
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)
ARGS ?=
# processes that share the whole suite; tests that ARGS picks run in one, with plain output
WORKERS ?= 2

BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PACKAGE := pyproject.toml constraints.txt
BUNDLE := server/pages/source/bundle.py
# pip reads the pins from here wherever it is called, by the pages' build too
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help install demo test check schema bench wheel pins clean pages models chromium conformance

help:  ## Explain the targets
	@echo "Targets (make TARGET):"
	@grep -hE '^[a-z]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*  ## (.*)/\1\t\2/' \
		| while IFS="$$(printf '\t')" read -r name text; do printf '  %-9s %s\n' "$$name" "$$text"; done
	@echo "Variables: PYTHON (interpreter, 3.11+), VENV (default .venv), ARGS (handed on to demo, test and bench), WORKERS (of make test, default 2)"

install: $(STAMPS)/install pages models  ## Make .venv with the project, its pages and its model files

demo: install  ## Import the bundled sample, infer its needs and serve it on 127.0.0.1:8000
	@exec $(BIN)/nobodyasked demo $(ARGS)

test: $(STAMPS)/test pages models conformance chromium  ## Install what the tests need and run them
	$(BIN)/python -m pytest $(or $(ARGS),-n $(WORKERS) --dist worksteal)

check: $(STAMPS)/check  ## Lint, check formatting, types and schema.graphql, look for secrets and known holes in dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/python tests/house/leaks.py
	$(BIN)/python tests/house/holes.py
	@$(BIN)/nobodyasked schema | diff -u schema.graphql - || { echo "schema.graphql is out of date: run 'make schema'"; exit 1; }

schema: $(STAMPS)/install  ## Write schema.graphql
	$(BIN)/nobodyasked schema > schema.graphql.part && mv schema.graphql.part schema.graphql

bench: $(STAMPS)/test pages models  ## Run the benchmarks
	$(BIN)/python -m benchmarks $(ARGS)

wheel: $(STAMPS)/install pages  ## Build a wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	@ls -1 dist/*.whl

pins:  ## Resolve every dependency afresh and write constraints.txt
	@set -e; scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; unset PIP_CONSTRAINT; \
	$(PYTHON) -m venv "$$scratch/venv"; \
	node=$$(sed -n 's/^NODE_WHEEL = "\(.*\)"/\1/p' $(BUNDLE)); \
	"$$scratch/venv/bin/python" -m pip install --quiet --upgrade pip; \
	"$$scratch/venv/bin/python" -m pip install --quiet "setuptools>=80" "$$node" -e '.[test,dev,check]'; \
	{ echo "# Exact versions for every install; written by 'make pins'."; \
	  "$$scratch/venv/bin/python" -m pip list --format freeze --exclude nobodyasked --exclude pip | LC_ALL=C sort -f; } > constraints.txt
	@echo "constraints.txt: $$(grep -c == constraints.txt) packages"

clean:  ## Remove the environment and everything that was built; .data stays
	rm -rf $(VENV) build dist *.egg-info server/pages/graphiql server/pages/source/node_modules tests/conformance/node_modules
	rm -rf .pytest_cache .ruff_cache .hypothesis
	find server graphql models inference tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed. On Debian: apt-get install python3 python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "The environment cannot be made. On Debian: apt-get install python3-venv"; exit 1; }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/install: $(PACKAGE) | $(STAMPS)/venv
	@echo "Installing into $(VENV): packages, then pages and model files. The first time that takes a few minutes ..."
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(STAMPS)/test: $(PACKAGE) | $(STAMPS)/install
	$(BIN)/python -m pip install --quiet -e '.[test,dev]'
	@touch $@

$(STAMPS)/check: $(PACKAGE) | $(STAMPS)/test
	$(BIN)/python -m pip install --quiet -e '.[check]'
	@touch $@

# looks at a digest of its sources and returns at once where they are built
pages: | $(STAMPS)/install
	@$(BIN)/python $(BUNDLE) --install-node

models: | $(STAMPS)/install
	@$(BIN)/nobodyasked doctor --only models

conformance: tests/conformance/node_modules/.stamp

tests/conformance/node_modules/.stamp: tests/conformance/package-lock.json | pages
	@$(BIN)/python tests/conformance/install.py
	@touch $@

chromium:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as=sudo; else as=none; fi; \
	if [ "$$as" = none ] || ! command -v apt-get >/dev/null; then \
		echo "No Chromium here and no leave to install it: the browser tests will be skipped."; exit 0; fi; \
	$$as apt-get update -qq && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
