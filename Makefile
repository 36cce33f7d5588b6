# Two commands for a newcomer: `make demo` and `make test`.
.DEFAULT_GOAL := help
PYTEST := .venv/bin/python -m pytest
# Unit tests make hundreds of small twins: in memory, where there is some.
IN_MEMORY := $(if $(wildcard /dev/shm),TMPDIR=/dev/shm)

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

.PHONY: setup
setup: ## Install what is missing: uv, the packages of the lock, the Pulumi CLI
	@tools/setup.sh

.PHONY: demo
demo: setup ## Show the whole lifecycle on the local twin: pushed, evaluated, rejected, approved, in production, and back
	@.venv/bin/groundwork demo

.PHONY: demo-short
demo-short: setup ## Show the way to an open pull request, in about a minute
	@.venv/bin/groundwork demo-short

.PHONY: check
check: setup ## Lint and type-check everything, look for secrets and for packages with known holes; zero findings
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python tools/audit.py

.PHONY: audit
audit: setup ## The same look for secrets and packages, where not having reached the advisories is a failure: for CI with a network
	.venv/bin/python tools/audit.py --required

.PHONY: test
test: check ## Everything that must hold
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m "not deep"

.PHONY: test-unit
test-unit: setup ## What needs no engine: seconds
	$(IN_MEMORY) $(PYTEST) tests/unit -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: test-deep
test-deep: setup ## What takes long: kills with the real engine, concurrency, full scale
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m deep

.PHONY: reference
reference: setup ## Write docs/reference anew
	.venv/bin/python tools/reference.py

.PHONY: bench
bench: setup ## Print the benchmarks: ratios in one run
	@.venv/bin/python -m benchmarks
