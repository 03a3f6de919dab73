# The two commands: `make run` serves, `make test` passes every test. The rest is for people who work on it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test bench campaign demo-shift lint types python-tests js-tests screenshots requirements sbom

$(VENV)/.installed: requirements.txt
	@echo "Installing what ScanLedger needs into $(VENV) ..."
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install -q --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(PY) -m pip install -q --require-hashes -r requirements-dev.txt
	@touch $@

run: $(VENV)/.installed
	@exec $(PY) -m app.run

test: $(VENV)/.installed-dev
	@$(PY) tests/run.py

bench: $(VENV)/.installed-dev
	@$(PY) -m bench

campaign: $(VENV)/.installed-dev
	@$(PY) -m campaigns --scale $(or $(SCALE),1)

demo-shift: $(VENV)/.installed
	@$(PY) -m app.demo_shift

lint: $(VENV)/.installed-dev
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .

types: $(VENV)/.installed-dev
	@$(VENV)/bin/mypy

python-tests: $(VENV)/.installed-dev
	@$(PY) -m pytest

screenshots: $(VENV)/.installed-dev
	@$(PY) docs/scripts/screenshots.py

# What may be installed, to the byte: all versions and the hashes of all their files, from the versions that *.in choose. Keeps what is
# locked already, unless UPGRADE=1. The tool has an environment of its own: nothing else needs it.
LOCK := build/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--custom-compile-command "make requirements" $(if $(UPGRADE),--upgrade)

build/lock/bin/uv:
	@$(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install -q uv==0.13.9

requirements: build/lock/bin/uv
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) -c requirements.txt requirements-dev.in -o requirements-dev.txt

sbom: $(VENV)/.installed
	@mkdir -p build && $(PY) docs/scripts/sbom.py > build/sbom.json && echo build/sbom.json
