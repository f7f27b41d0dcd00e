# Yundian. `make help` says what there is. Needs Python ≥ 3.11 with venv, and make; everything else is installed here.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help run test check bench assets translations clean

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: .venv/runtime.stamp static/vendor/assets.stamp translations ## install, start everything with the demo brand on 127.0.0.1:$(PORT)
	@$(BIN)/python -m compileall -q app demo scripts
	@PORT=$(PORT) exec $(BIN)/python -m scripts.serve

test: .venv/development.stamp static/vendor/assets.stamp translations ## install what tests need and run them all
	@$(BIN)/python -m scripts.browser
	@$(BIN)/python -m scripts.run_tests

check: .venv/development.stamp ## linters, types, import contracts, migrations equal to models
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m scripts.check_migrations

bench: .venv/development.stamp static/vendor/assets.stamp translations ## measure, each beside its reference in the same run
	@$(BIN)/python -m bench

assets: static/vendor/assets.stamp

translations: .venv/runtime.stamp
	@$(BIN)/python -m scripts.translations

clean: ## remove what was installed and built; data in var/ stays
	rm -rf .venv node_modules static/vendor

.venv/uv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Yundian needs Python 3.11 or newer")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.8
	@touch $@

.venv/runtime.stamp: .venv/uv.stamp requirements.txt
	@echo "installing Python packages"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

.venv/development.stamp: .venv/runtime.stamp requirements-dev.txt
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

static/vendor/assets.stamp: .venv/runtime.stamp package-lock.json scripts/assets.py scripts/node.py
	@echo "installing browser assets"
	@$(BIN)/python -m scripts.node ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@$(BIN)/python -m scripts.assets >/dev/null
	@touch $@
