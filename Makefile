# The course, from a bare machine with Python, pip and make. `make` alone lists what there is.
#
# Every target sets up what it needs, once: a stamp in .venv remembers what was installed, and only a change of pyproject.toml or
# requirements.lock does it again. A student's `make lab` installs what the course needs; the test tools come with `make test`.
#
#   PYTHON=python3.12   the Python that .venv is made with (default: the first of 3.11 to 3.14 that is found)
#   make lab 02         the number after `lab` or `lecture` says which one to open (LAB=02 does, too; default: the first)
#   ARGS='-k pca -x'    passed on to pytest by `make check` and every `make test…`, to the verb by the others

SHELL = /bin/sh
VENV ?= .venv
# Every path in a recipe stands in quotation marks: a checkout may lie in `My Courses/`, and an unquoted `rm -rf` would take `My`.
PY := $(VENV)/bin/python
PIP := "$(PY)" -m pip --disable-pip-version-check install --constraint requirements.lock
BASE := $(VENV)/.installed-base
TEST := $(VENV)/.installed-test
SITE := $(VENV)/.installed-site
# What the virtual environment is made with: the first of these that is new enough, and not newer than PyTorch has wheels for.
PYTHONS := python3 python3.13 python3.12 python3.11 python3.14 python
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))

.PHONY: help setup lab lecture update test check test-oldest test-pretended test-gpu test-site wheels slides site results bench bench-claims lock clean
.DEFAULT_GOAL := help

help:
	@echo "make lab        set up, fetch the first lab's data, open your copy of it in JupyterLab   (make lab 02 for another)"
	@echo "make lecture    the same for a lecture   (make lecture 03)"
	@echo "make update     the course's new text and cells into your copies; your answers stay"
	@echo "make test       everything that a change must pass"
	@echo "make check      the part of it that takes a few minutes"
	@echo "make test-oldest     the units, with the oldest version of each package that pyproject.toml allows   (PYTHON=python3.11)"
	@echo "make test-pretended  every notebook in rehearsal, with right answers, on a GPU that is pretended"
	@echo "make test-gpu   the notebooks and GPU tests, with the Python and torch found here   (PYTHON=python3)"
	@echo "make wheels     what test-gpu needs on a machine with no network   (WHEELS=build/wheels)"
	@echo "make results    run the measurements that the course quotes; resumes where it stopped"
	@echo "make bench-claims    every method in the same networks, for hours, into labs/results/bench; resumes where it stopped"
	@echo "make bench      speed and memory beside the peers, as ratios of one run"
	@echo "make slides     the lectures, each as one HTML file   (ARGS='03 --pdf --short --footer TEXT --only NAME')"
	@echo "make site       the course as a static site, in build/site   (ARGS=--run runs the labs first)"
	@echo "make test-site  builds it and looks at it in a browser"
	@echo "make setup      only make the virtual environment"
	@echo "make lock       resolve requirements.lock again from pyproject.toml"
	@echo "make clean      remove the virtual environment and all that was built; data and progress stay"

# --- the environment -------------------------------------------------------------------------------------------------------

setup: $(BASE)

# A Python without ensurepip (Debian's, without python3-venv) still makes a venv, and its own pip then fills it.
$(PY):
	@set -e; python="$(PYTHON)"; \
	if [ -z "$$python" ]; then \
	    for found in $(PYTHONS); do \
	        if "$$found" -c "$(SUPPORTED)" 2>/dev/null; then python="$$found"; break; fi; \
	    done; \
	elif ! "$$python" -c "$(SUPPORTED)"; then \
	    echo "PYTHON=$$python is $$("$$python" --version 2>&1); the course needs Python 3.11 to 3.14." >&2; exit 1; \
	fi; \
	if [ -z "$$python" ]; then \
	    echo "No Python from 3.11 to 3.14 was found (python3 here: $$(python3 --version 2>&1))." >&2; \
	    echo "Install one, or name it: make lab PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$python" --version 2>&1)"; \
	"$$python" -m venv "$(VENV)" 2>/dev/null || { \
	    rm -rf "$(VENV)"; "$$python" -m venv --without-pip "$(VENV)" && \
	    "$$python" -m pip --disable-pip-version-check --python "$(PY)" install pip; \
	} || { \
	    echo "This Python can make no virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	    rm -rf "$(VENV)"; exit 1; \
	}

# The two small packages that slides need come along, so that `make slides` works with the network off.
$(BASE): pyproject.toml requirements.lock | $(PY)
	@echo "Installing the course: PyTorch and JupyterLab are large, the first time takes some minutes."
	@$(PIP) --editable '.[slides]'
	@touch "$@"

$(TEST): pyproject.toml requirements.lock | $(PY)
	@$(PIP) --editable '.[test,slides]'
	@touch "$(BASE)" "$@"

$(SITE): pyproject.toml requirements.lock | $(PY)
	@$(PIP) --editable '.[test,slides,site]'
	@touch "$(BASE)" "$(TEST)" "$@"

lock: | $(PY)
	@$(PIP) --quiet packaging
	@"$(PY)" -m tests.tools.lock > requirements.lock.new && mv requirements.lock.new requirements.lock
	@echo "requirements.lock is new; run make test before you keep it."

# --- for students ----------------------------------------------------------------------------------------------------------

# `make lab 02`: the number is a goal of its own to make, one with nothing to do.
NUMBER := $(filter 0% 1% 2%,$(MAKECMDGOALS))
.PHONY: $(NUMBER)
$(NUMBER):
	@:

lab: $(BASE)
	@"$(PY)" -m sslcourse lab $(or $(LAB),$(NUMBER)) $(ARGS)

lecture: $(BASE)
	@"$(PY)" -m sslcourse lecture $(or $(LAB),$(NUMBER)) $(ARGS)

update: $(BASE)
	@"$(PY)" -m sslcourse update $(ARGS)

slides: $(BASE)
	@ls lectures/*.ipynb >/dev/null 2>&1 || { echo "There are no lectures in lectures/ yet." >&2; exit 1; }
	@"$(PY)" -m sslcourse slides $(ARGS)

# --- for contributors ------------------------------------------------------------------------------------------------------

test: $(TEST)
	@"$(PY)" -m tests.tools.groups lint units doctests notebooks browser install -- $(ARGS)

check: $(TEST)
	@"$(PY)" -m tests.tools.groups lint fast -- $(ARGS)

test-pretended: $(TEST)
	@"$(PY)" -m tests.tools.groups pretended -- $(ARGS)

# In an environment of its own, with the floors as constraints. What the packages need in turn is the newest, as pip does it.
OLDEST := build/oldest
FLOORS := build/oldest.txt

test-oldest:
	@"$(MAKE)" --no-print-directory VENV="$(OLDEST)" PYTHONS="python3.11 $(PYTHONS)" "$(OLDEST)/bin/python"
	@"$(OLDEST)/bin/python" -m tests.tools.oldest > "$(FLOORS)"
	@"$(OLDEST)/bin/python" -m pip --disable-pip-version-check install --quiet --constraint "$(FLOORS)" --editable '.[test,slides]'
	@"$(OLDEST)/bin/python" -m tests.tools.groups oldest -- $(ARGS)

site: $(SITE)
	@"$(PY)" -m website $(ARGS)

test-site: $(SITE)
	@"$(PY)" -m tests.tools.groups site -- $(ARGS)

results: $(BASE)
	@"$(PY)" -m sslcourse results $(ARGS)

bench-claims: $(BASE)
	@"$(PY)" -m sslcourse bench $(ARGS)

bench: $(TEST)
	@"$(PY)" -m tests.benchmarks $(ARGS)

clean:
	rm -rf "$(VENV)" build dist *.egg-info .pytest_cache .ruff_cache .hypothesis

# --- on a machine with a GPU -----------------------------------------------------------------------------------------------
# With the Python and torch found there, in no virtual environment. What that Python lacks (Jupyter's kernel, nbval) lies in WHEELS,
# a folder that `make wheels` fills on a machine with a network; nothing is fetched here, and nothing installed beside it.

WHEELS ?= build/wheels
GPU_PYTHON := $(or $(PYTHON),python3)
GPU_PYTHON_VERSION ?= 3.12
GPU_SITE := build/gpu-site
SEES_CUDA := import sys, torch; sys.exit(not torch.cuda.is_available())

wheels: $(TEST)
	@"$(PY)" -m tests.tools.wheels "$(WHEELS)" "$(GPU_PYTHON_VERSION)"

test-gpu:
	@set -e; export SSLCOURSE_DEVICE="$${SSLCOURSE_DEVICE:-cuda}"; \
	if [ "$$SSLCOURSE_DEVICE" = cuda ] && ! "$(GPU_PYTHON)" -c "$(SEES_CUDA)"; then \
	    echo "The torch of $(GPU_PYTHON) sees no CUDA device here; make test runs the same notebooks on the CPU." >&2; exit 1; \
	fi; \
	if ls "$(WHEELS)"/*.whl >/dev/null 2>&1; then \
	    rm -rf "$(GPU_SITE)"; \
	    "$(GPU_PYTHON)" -m pip --disable-pip-version-check install --quiet --no-index --no-deps --no-compile --no-cache-dir \
	        --target "$(GPU_SITE)" "$(WHEELS)"/*.whl; \
	fi; \
	PYTHONPATH="$(CURDIR)/$(GPU_SITE):$(CURDIR)" "$(GPU_PYTHON)" -m tests.tools.groups gpu -- $(ARGS)
