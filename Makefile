# make lab and make test are all that a newcomer needs; make help lists the rest.

VENV ?= .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

# The first of these that is new enough and can make an environment is taken.
PYTHONS = $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

LESSON_NUMBER := $(or $(LESSON),*)
NOTEBOOKS = $(sort $(wildcard notebooks/$(LESSON_NUMBER)_*.ipynb \
    notebooks/solutions/$(LESSON_NUMBER)_*.ipynb \
    $(if $(FURTHER),notebooks/further/$(LESSON_NUMBER)_*.ipynb)))
NAMES = $(patsubst $(LESSON)_%,%,$(notdir $(basename $(NOTEBOOKS))))
TESTS = $(if $(LESSON),$(sort $(wildcard $(NAMES:%=tests/test_%*.py))),tests)

# A kernel named python3 in the user's home must not take the place of ours.
export JUPYTER_PREFER_ENV_PATH := 1

# Threads that wait must not keep others from working: see course_lib/__main__.py.
export GOMP_SPINCOUNT := 1000

# Networks as small as these gain little by a second thread. So the tests are shared by
# JOBS workers, a file each at a time, and each has its part of the cores; a single
# lesson has all of them.
JOBS ?= $(if $(LESSON),1,2)
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
THREADS = $(shell n=$$(($(CORES) / ($(JOBS) > 0 ? $(JOBS) : 1))); echo $$((n > 0 ? n : 1)))

.PHONY: help setup lab test unit test-gpu lint lessons slides book benchmarks scoreboard \
    check clean lesson-exists FORCE
.DEFAULT_GOAL := help

help:
	@echo 'make lab                  set up, and open a copy of the lessons in JupyterLab'
	@echo 'make test                 set up, then lint, unit tests and every notebook'
	@echo 'make test LESSON=01       the same for one lesson'
	@echo 'make unit                 the same without the notebooks'
	@echo 'make check                say what this machine has, and what is missing'
	@echo 'make lessons [LESSON=01]  execute the notebooks afresh and store them'
	@echo 'make slides [LESSON=01]   write them as slides, into slides/'
	@echo 'make book                 the course as pages to read, in build/book/html'
	@echo 'make benchmarks           measure every model on three seeds (hours)'
	@echo 'make scoreboard           train and score every model: table, picture, lesson 11'
	@echo 'make test-gpu             the tests of a GPU, on a pretended one where there is none'
	@echo 'make lint                 ruff and mypy alone'
	@echo 'make clean                forget the trainings that fit(..., keep=...) kept'
	@echo 'make setup                only create and fill the environment, $(VENV)'
	@echo
	@echo 'FURTHER=1 lets make test run the notebooks that go further than the lessons.'
	@echo 'JOBS=4 lets four workers share the tests, in place of two.'
	@echo 'EDIT=1 lets make lab open the lessons themselves, for who changes the course.'
	@echo 'PYTHON=python3.12 chooses the Python of a new environment, and'
	@echo 'ARGS="--port=9999" goes to JupyterLab (lab), pytest (test) or benchmarks.'

setup: $(STAMP)

lab: $(STAMP)
	@$(PY) -m course_lib lab $(if $(EDIT),--edit) $(ARGS)

test: lesson-exists lint
	OMP_NUM_THREADS=$(THREADS) $(PY) -m pytest $(NOTEBOOKS) $(TESTS) --nbval-lax \
	    --nbval-current-env --nbval-cell-timeout=600 \
	    -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations=10 $(ARGS)

unit: lint
	OMP_NUM_THREADS=$(THREADS) $(PY) -m pytest $(TESTS) -p no:nbval \
	    -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations=10 $(ARGS)

test-gpu: $(STAMP)
	$(PY) -m pytest -m gpu $(ARGS)

lint: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m mypy

lessons: lesson-exists $(STAMP)
	@$(PY) -m course_lib lessons $(LESSON)
	@$(PY) docs/book/make.py --frames $(LESSON)

slides: lesson-exists $(STAMP)
	@$(PY) -m course_lib slides $(LESSON)

book: $(STAMP)
	@$(PY) -c 'import sphinx, myst_nb, sphinx_book_theme' 2>/dev/null || \
	    $(PY) -m pip install --disable-pip-version-check -q -e '.[book]'
	@$(PY) docs/book/make.py

benchmarks: $(STAMP)
	@$(PY) -m course_lib benchmarks $(ARGS)

scoreboard: $(STAMP)
	@$(PY) -m course_lib scoreboard $(ARGS)

check: $(STAMP)
	@$(PY) -m course_lib check

clean:
	@rm -rf .kept

lesson-exists:
	@test -z '$(LESSON)' || test -n '$(NOTEBOOKS)' || { \
	    echo 'There is no lesson $(LESSON): give its two digits, as in LESSON=01.'; \
	    exit 2; }

# The stamp holds the folder for which the installation was made, and is the last thing
# to be written: an interrupted one leaves none, and neither does a folder that moved.
ifneq ($(shell $(PY) -c pass 2>/dev/null && cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): FORCE
endif

$(STAMP): pyproject.toml
	@rm -f $@
	@$(PY) -c 'import pip; $(NEW_ENOUGH)' 2>/dev/null || { $(MAKE_ENVIRONMENT); }
	@echo 'Installing what the course needs into $(VENV): once, a few minutes.'
	@$(PY) -m pip install --disable-pip-version-check -e '.[dev]' || { \
	    echo 'The installation stopped. Look at the last lines above; the same' \
	        'command goes on from there.'; exit 1; }
	@$(PY) -c 'import matplotlib.pyplot'
	@cp -R course_lib/teaching/jupyter/. $(VENV)
	@echo '$(CURDIR)' > $@

define MAKE_ENVIRONMENT
	newest=; \
	for python in $(PYTHONS); do \
	    $$python -c '$(NEW_ENOUGH)' 2>/dev/null || continue; \
	    newest=$$python; \
	    $$python -c 'import venv, ensurepip' 2>/dev/null || continue; \
	    echo "Creating $(VENV) with $$python"; \
	    $$python -m venv --clear $(VENV); exit; \
	done; \
	if [ -n "$$newest" ]; then \
	    echo "$$newest cannot make environments: install its venv module (on" \
	        "Debian and Ubuntu: apt-get install python3-venv), then try again."; \
	else \
	    echo "There is no Python 3.11 or newer among $(PYTHONS): install one, or" \
	        "name it with PYTHON=/path/to/python3."; \
	fi; \
	exit 1
endef
