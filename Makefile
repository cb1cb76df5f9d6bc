# make demo and make test are all a newcomer needs; each makes .venv, installs what it lacks, builds the core and runs.
# Everything works when run again, and in parallel.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet --quiet
BUILD := setup.py --quiet build_ext --inplace
FLOCK := $(shell command -v flock 2>/dev/null)
lock = $(if $(FLOCK),$(FLOCK) .make.lock.$(1))
CORE := $(wildcard smppkit/_core/*.pyx smppkit/_core/*.pxd)
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
TESTS ?= tests
MINUTES ?= 5
SANITIZED := tests/core tests/text tests/codec tests/journal

.PHONY: help demo test lab lint core debug fuzz sanitize coverage bench count docs format clean preflight

help:
	@echo 'make demo    10,000 messages to a simulator: outcomes, receipts, delays; a report with pictures'
	@echo 'make lab     JupyterLab with the notebooks'
	@echo 'make test    lint, all tests, all notebooks          make test TESTS=tests/text   a part of them'
	@echo 'make lint    ruff, mypy --strict, cython-lint        make format   what ruff can mend by itself'
	@echo 'make core    build the Cython core in place          make debug    the suite with bounds checks in the core'
	@echo 'make fuzz    libFuzzer on the core (MINUTES=5 TARGETS="decode tlvs" KEEP=1)'
	@echo 'make sanitize  tests of the core with AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make coverage  branches of the core that tests take, told in lines of its sources'
	@echo 'make bench   ours beside its rivals                  make count    instructions against those kept (valgrind)'
	@echo 'make docs    docs/compliance.md and the stubs, from spec/'
	@echo 'make clean   remove .venv and everything built'

# --- the environment -------------------------------------------------------------------------------------------------

preflight:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	echo "smppkit: No Python: $(PYTHON) is not there; install Debian's python3, python3-venv and python3-dev." >&2; exit 1; }
	@$(PYTHON) tools/preflight.py

# A tree that was moved or copied takes its .venv along, but that one still points at the old place: begin again.
ifneq ($(wildcard $(VENV)/place),)
ifneq ($(shell cat $(VENV)/place),$(CURDIR))
$(info this tree was moved: $(VENV) is made anew)
$(shell rm -rf $(VENV) build)
endif
endif

$(VENV)/place: | preflight
	@echo 'making $(VENV)'
	@$(call lock,venv) $(PYTHON) -m venv $(VENV)
	@$(call lock,venv) $(PIP) install --no-compile --upgrade pip 'setuptools>=77' 'cython>=3.1'
	@echo '$(CURDIR)' > $@

$(VENV)/installed-%: $(VENV)/place pyproject.toml setup.py smppkit/_version.py
	@echo 'installing smppkit[$*] and what it needs into $(VENV)'
	@SMPPKIT_ONLY=none $(call lock,venv) $(PIP) install --no-compile --no-build-isolation --editable '.[$*]'
	@touch $@

# Only here is the core built: pip does not rebuild an edited .pyx of an editable install (so above it is told to leave the
# core alone), and a .so of the debug build looks new.
core: $(VENV)/place
	@echo 'building what changed of the core'
	@$(call lock,core) $(PY) $(BUILD) $(if $(wildcard build/debug-core),--force)
	@rm -f build/debug-core

# --- what people run -------------------------------------------------------------------------------------------------

demo: | preflight
	@$(MAKE) --no-print-directory -j2 $(VENV)/installed-lab core
	@$(VENV)/bin/smppkit demo

lab: | preflight
	@$(MAKE) --no-print-directory -j2 $(VENV)/installed-lab core
	@$(PY) -m jupyterlab notebooks

test: | preflight
	@$(MAKE) --no-print-directory -j2 $(VENV)/installed-test core
	@$(MAKE) --no-print-directory lint-now
ifneq ($(filter tests tests/ tests/browser%,$(TESTS)),)
	@$(PY) tools/browser.py --install
endif
	@$(PY) -m pytest $(TESTS)
ifneq ($(NOTEBOOKS),)
	@$(PY) -m pytest --nbmake --nbmake-timeout=120 notebooks
endif

lint: | preflight
	@$(MAKE) --no-print-directory -j2 $(VENV)/installed-test core
	@$(MAKE) --no-print-directory lint-now

.PHONY: lint-now
lint-now:
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@$(PY) tools/figures.py --check
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cython-lint $(CORE)

format: $(VENV)/installed-test
	@$(PY) -m ruff check --fix
	@$(PY) -m ruff format

debug: $(VENV)/installed-test
	@mkdir -p build && touch build/debug-core
	@SMPPKIT_DEBUG=1 $(call lock,core) $(PY) $(BUILD) --force
	@$(PY) -m pytest $(TESTS) -m 'not slow'
	@$(MAKE) --no-print-directory core

# KEEP=1 writes what it finds into tests/core/corpus; without TARGETS it goes round all of them.
fuzz: | preflight
	@$(MAKE) --no-print-directory -j2 $(VENV)/installed-test core
	@$(call lock,fuzz) nice -n 19 $(PY) tools/fuzz.py --minutes $(MINUTES) $(if $(KEEP),--keep) $(TARGETS)

sanitize: | preflight
	@$(MAKE) --no-print-directory -j2 $(VENV)/installed-test core
	@$(call lock,fuzz) $(PY) tools/fuzz.py --tests $(if $(filter tests,$(TESTS)),$(SANITIZED),$(TESTS))

coverage: $(VENV)/installed-test
	@$(PY) tools/coverage.py

bench: | preflight
	@$(MAKE) --no-print-directory -j2 $(VENV)/installed-bench core
	@$(PY) -m benchmarks

count: | preflight
	@$(MAKE) --no-print-directory -j2 $(VENV)/installed-bench core
	@$(PY) -m benchmarks.instructions --check

docs: $(VENV)/installed-test
	@$(MAKE) --no-print-directory core
	@$(PY) tools/compliance.py
	@$(PY) tools/stubs.py

clean:
	rm -rf $(VENV) build dist report *.egg-info .make.lock.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find smppkit -name '*.so' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
