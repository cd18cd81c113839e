# `make run` and `make test` are the only set-up: each makes .venv on first use, and starts at once the next time.
# PYTHON=python3.12 chooses the interpreter; ARGS="run landscape" is handed to main.py.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: run test lint bench doctor clean system system-tests

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet --no-input --constraint packaging/constraints.txt
PINS := pyproject.toml packaging/constraints.txt simulator/version.py
# The first interpreter on the path that fits pyproject.toml's requires-python
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for name in python3 python3.11 python3.12 python3.13 python; do \
	if $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; \
	then echo $$name; break; fi; done </dev/null)
endif

run: system $(VENV)/.runs
	@$(PY) main.py $(ARGS)

# Three processes for two cores, for windows wait for the clock; one BLAS thread each: those of a pool spin while idle.
test: lint
	OPENBLAS_NUM_THREADS=1 QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(PY) -m pytest -n 3 --dist worksteal $(ARGS)

lint: system-tests $(VENV)/.tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-cache

bench: system $(VENV)/.runs
	@$(PY) main.py bench $(ARGS)

doctor: system $(VENV)/.runs
	@$(PY) main.py doctor

system system-tests:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Funnelscope needs Python 3.11, 3.12 or 3.13; none is on the path (Debian: apt-get install python3 python3-venv)" >&2; \
		exit 1; \
	fi
	@$(PYTHON) packaging/check_system.py $(if $(filter system-tests,$@),--tests)

# A stamp is written when its install is complete; newer pins install again.
$(VENV)/.runs: $(PINS) | $(PY)
	@echo "installing into $(VENV) ..." >&2
	@$(PIP) --editable .
	@touch $@

$(VENV)/.tests: $(PINS) | $(PY)
	@echo "installing into $(VENV), with what the tests need ..." >&2
	@$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.runs

$(PY): | system
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
