# `make` lists what one can do.

BIN := .venv/bin
DEMO_FLAGS := $(if $(EXIT),--exit)

.PHONY: help setup demo test lint bench pictures clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install everything into .venv, and the Debian packages where that is allowed
	@sh deploy/setup.sh

demo: setup ## walk the whole way with simulated people, then serve it (EXIT=1 ends instead)
	@$(BIN)/duchenne demo $(DEMO_FLAGS)

lint: setup ## style, types, and who may know whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup lint ## everything that must pass
	$(BIN)/pytest -n 2 --dist loadgroup

bench: setup ## speed and recovery, each beside a named peer in the same run (ONLY="asc camera" for some)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python -m tests.bench $(ONLY)

pictures: setup ## take the README's pictures out of the newest demo
	$(BIN)/python docs/take_pictures.py "$$(ls -d demo/*/ | tail -n 1)"

clean: ## remove what `make setup` made
	rm -rf .venv *.egg-info
