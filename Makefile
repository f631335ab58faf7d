# Everything a newcomer needs is `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PORT ?= 8181

.PHONY: help
help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-14s %s\n", $$1, $$2 }'

.PHONY: debian
debian: ## Install the Debian packages that are missing.
	@scripts/install-debian-packages

$(VENV)/installed: Tests/requirements.txt clients/mlflow/pyproject.toml
	@echo "Installing the Python packages of the tests"
	@python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements.txt
	@touch $@

.PHONY: build
build: debian ## Build the server for use.
	@swift build -c release --product moraine

.PHONY: run
run: build ## Build, then serve on 127.0.0.1:$(PORT) with a private PostgreSQL and a warehouse of local files.
	@echo "Connect with"
	@echo "  pyiceberg: load_catalog('moraine', uri='http://127.0.0.1:$(PORT)', warehouse='main')"
	@echo "  DuckDB:    ATTACH 'main' AS lake (TYPE iceberg, ENDPOINT 'http://127.0.0.1:$(PORT)', AUTHORIZATION_TYPE 'none');"
	@exec .build/release/moraine serve --dev --port $(PORT)

.PHONY: lint
lint: ## Check the house style of the Swift sources.
	@swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks migrations

.PHONY: format
format: ## Bring the Swift sources into the house style.
	@swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks migrations

.PHONY: test-swift
test-swift: debian $(VENV)/installed ## Run the Swift tests.
	@swift build --build-tests
	@scripts/swift-test

.PHONY: test-interop
test-interop: debian $(VENV)/installed ## Run real clients against the server.
	@swift build --product moraine
	@MORAINE_BIN=$$(swift build --show-bin-path)/moraine $(VENV)/bin/python -m pytest -q Tests/Interop
	@$(VENV)/bin/python -m pytest -q clients/mlflow/tests

.PHONY: fuzz-openapi
fuzz-openapi: debian $(VENV)/installed ## Ten minutes of schemathesis over the OpenAPI document.
	@swift build --product moraine
	@MORAINE_BIN=$$(swift build --show-bin-path)/moraine $(VENV)/bin/python Tests/Interop/fuzz_openapi.py --start --minutes $(or $(MINUTES),10)

.PHONY: fuzz-cedar
fuzz-cedar: debian $(VENV)/installed ## Ask `moraine cedar` and the real Cedar engine 100,000 random questions.
	@swift build --product moraine
	@MORAINE_BIN=$$(swift build --show-bin-path)/moraine $(VENV)/bin/python Tests/Interop/cedar_fuzz.py --requests $(or $(REQUESTS),100000)

.PHONY: test-file-set
test-file-set: debian $(VENV)/installed ## Index and freeze 200,000 files.
	@swift build --product moraine
	@MORAINE_FILE_SET_SIZE=$(or $(FILES),200000) MORAINE_BIN=$$(swift build --show-bin-path)/moraine $(VENV)/bin/python -m pytest -q -s Tests/Interop/test_datasets.py -k many

.PHONY: test-retention
test-retention: debian $(VENV)/installed ## Retention on 2,000 snapshots and 20,000 files, killed in the middle, on files and on S3.
	@swift build --product moraine
	@MORAINE_RETENTION_SNAPSHOTS=$(or $(SNAPSHOTS),2000) MORAINE_BIN=$$(swift build --show-bin-path)/moraine $(VENV)/bin/python -m pytest -q -s Tests/Interop/test_retention.py -k killed

.PHONY: test-as-code
test-as-code: debian $(VENV)/installed ## Apply 10,000 declarations twice.
	@swift build --product moraine
	@MORAINE_AS_CODE_OBJECTS=$(or $(OBJECTS),10000) MORAINE_BIN=$$(swift build --show-bin-path)/moraine $(VENV)/bin/python -m pytest -q -s Tests/Interop/test_as_code.py -k many

.PHONY: test-binding
test-binding: debian $(VENV)/installed ## Let expiry race with binding 1,000 times.
	@swift build --product moraine
	@MORAINE_RACE_ROUNDS=$(or $(ROUNDS),1000) MORAINE_BIN=$$(swift build --show-bin-path)/moraine $(VENV)/bin/python -m pytest -q -s Tests/Interop/test_models.py -k races

.PHONY: test-audit
test-audit: debian $(VENV)/installed ## Take in and verify a log of a million events, with a release build.
	@swift build -c release --product moraine
	@MORAINE_AUDIT_EVENTS=$(or $(EVENTS),1000000) MORAINE_BIN=$$(swift build -c release --show-bin-path)/moraine $(VENV)/bin/python -m pytest -q -s Tests/Interop/test_audit.py -k many

.PHONY: bench
bench: debian $(VENV)/installed ## Measure: every ratio comes from one run.
	@$(VENV)/bin/python Benchmarks/run

.PHONY: test
test: lint test-swift test-interop ## Run every test.
