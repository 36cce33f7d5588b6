# Start with `make demo` and `make test`.
.DEFAULT_GOAL := help
PYTEST := .venv/bin/python -m pytest
# Unit tests create hundreds of small emulators: put them in memory where the machine has /dev/shm.
IN_MEMORY := $(if $(wildcard /dev/shm),TMPDIR=/dev/shm)

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

.PHONY: setup
setup: ## Install missing tools: uv, the packages of uv.lock, the Pulumi CLI
	@tools/setup.sh

.PHONY: demo
demo: setup ## Run the whole lifecycle on the twin, a local Google Cloud emulator: push, evaluate, reject, approve, release, roll back
	@.venv/bin/groundwork demo

.PHONY: demo-short
demo-short: setup ## Run the lifecycle up to an open pull request, in about a minute
	@.venv/bin/groundwork demo-short

.PHONY: check
check: setup ## Lint and type-check the code, scan for secrets and vulnerable packages; fails on any finding
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python tools/audit.py

.PHONY: audit
audit: setup ## Scan for secrets and vulnerable packages; fails if the advisory database is unreachable (for CI with Internet access)
	.venv/bin/python tools/audit.py --required

.PHONY: test
test: check ## Run the checks and all tests except the slow ones
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m "not deep"

.PHONY: test-unit
test-unit: setup ## Run the unit tests, without the Pulumi engine
	$(IN_MEMORY) $(PYTEST) tests/unit -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: test-deep
test-deep: setup ## Run the slow tests: kills with the real engine, concurrency, full scale
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m deep

.PHONY: reference
reference: setup ## Regenerate docs/reference
	.venv/bin/python tools/reference.py

.PHONY: docs
docs: setup ## Build the docs as a site in site/; a warning is an error
	.venv/bin/zensical build --strict

.PHONY: diagrams
diagrams: setup ## Draw the diagrams of the docs again
	.venv/bin/python tools/diagrams.py

.PHONY: pictures
pictures: setup ## Run the tutorial in a fresh clone, and make its pictures again: some minutes
	.venv/bin/python tools/tutorial_pictures.py

.PHONY: bench
bench: setup ## Run the benchmarks and print ratios within one run
	@.venv/bin/python -m benchmarks
