# Shortcuts for work on a checkout. `make` alone lists them. Everything runs in .venv.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*\#\# .*/\1/p' $(MAKEFILE_LIST))

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q 'pip>=25.1' 'setuptools>=77' cython numpy
	$(BIN)/pip install -q --no-build-isolation -e '.[test]' --group lint
	touch $@

build: .venv/ready ## compile in place; again after a change in src/ or a .pyx file
	$(BIN)/python setup.py -q build_ext --inplace

test: build ## run the tests; ARGS="-k fork -x" goes to pytest
	$(BIN)/python -m pytest $(ARGS)

emulated: ## the tests on instruction sets that are not here; ARGS="all" or names, see tests/emulated/run
	tests/emulated/run $(ARGS)

sanitized: ## ASan, UBSan, TSan, valgrind, analysers; ARGS="all" or names, see tests/sanitized/run
	tests/sanitized/run $(ARGS)

fuzz: ## fuzz the C API for 20 s; SECONDS_EACH=3600 for longer, ARGS=random for random cases
	tests/fuzz/run $(ARGS)

wheel: ## sdist and wheel, repaired, checked, tried without a compiler; ARGS="all", see tests/wheels/run
	tests/wheels/run $(ARGS)

versions: ## the tests on each CPython from 3.11 to 3.15, with the oldest and the newest NumPy
	tests/versions/run $(ARGS)

fuzz-python: build ## 100,000 random calls by every path; LEAKYC_FUZZ_SEED=N repeats a run
	LEAKYC_FUZZ_CASES=$${LEAKYC_FUZZ_CASES:-40000} LEAKYC_FUZZ_SEED=$${LEAKYC_FUZZ_SEED:-$$(date +%s)} \
	    $(BIN)/python -m pytest --timeout 0 tests/test_differential*.py $(ARGS)

test-large: build ## arrays of more than 2^31 elements: 10 GB of memory, some minutes
	$(BIN)/python -m pytest -m large $(ARGS)

bench: build ## run the benchmark that users run
	$(BIN)/python -m leakyc bench $(ARGS)

performance: build ## measure everything, write docs/performance.md and the figures; half an hour, nothing beside it
	mkdir -p build
	$(BIN)/pip install -q matplotlib
	$(BIN)/python -m leakyc bench --full --json build/found.json --plot docs/performance.svg
	$(BIN)/python bench --json build/targets.json
	$(BIN)/python bench/page.py build/found.json build/targets.json
	$(BIN)/python bench/figure.py build/found.json

networks: build ## run examples/networks, write docs/networks.md and its plots; some minutes
	$(BIN)/pip install -q --no-build-isolation -e '.[examples]'
	$(BIN)/python -m examples.networks $(ARGS)

models: build ## time examples/models, write their part of docs/networks.md and the pictures
	$(BIN)/pip install -q --no-build-isolation -e '.[models]'
	$(BIN)/python -m examples.models $(ARGS)

docs: build ## the site, in build/site/html; fails at a warning or a dead link
	$(BIN)/pip install -q --group docs
	$(BIN)/python docs/site build/site

check: build ## compare the kernels with NumPy on a sample of the values, in seconds
	$(BIN)/python -m leakyc check --quick

check-all: build ## the same over all 2^32 float32, in some minutes
	$(BIN)/python -m leakyc check

mutants: build ## whether the tests notice wrong kernels and a wrong binding, one after the other
	$(BIN)/python tests/mutants.py $(ARGS)

coverage: build ## which lines the tests run, in C, Cython and Python
	$(BIN)/pip install -q coverage
	$(BIN)/python tests/measure_coverage.py $(ARGS)

lint: .venv/ready ## style, types, and whether the stubs agree with the library
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find src tests -name "*.[ch]" | xargs $(BIN)/clang-format --dry-run -Werror
	$(BIN)/python tests/lint_cython.py
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest --mypy-config-file pyproject.toml leakyc

# For C programs: the core as a static library. OPENMP= for one without threads.
OPENMP ?= -fopenmp

build/core/%.o: src/%.c $(wildcard src/*.h src/*/*.h leakyc/include/*.h)
	@mkdir -p $(dir $@)
	$(CC) -std=c11 -O3 -fPIC -fvisibility=hidden $(CFLAGS) -ffp-contract=off $(OPENMP) -c $< -o $@

build/libleakyc.a: $(patsubst src/%.c,build/core/%.o,$(wildcard src/*.c src/*/*.c))
	rm -f $@
	$(AR) rcs $@ $^

core: build/libleakyc.a ## the core as build/libleakyc.a, for C programs: docs/c.md

clean: ## remove what a build leaves; .venv stays
	rm -rf build dist *.egg-info leakyc/_core.c leakyc/_core*.so
	rm -rf .pytest_cache .hypothesis .benchmarks .mypy_cache .ruff_cache
