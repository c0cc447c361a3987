# Needs Python 3.11 (tested) or 3.12. Another interpreter: make demo PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
DEMO := work_dirs/demo
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile
PINS := -c requirements/constraints.txt -c requirements/torch.txt

.PHONY: demo docs test test-slow test-long lint

# Train a small model on generated pictures, score its stages and show their maps.
demo: export SOD_DATA = data
demo: .venv/installed
	$(BIN)/python tools/make_toy_dataset.py data/toy
	$(BIN)/python tools/train.py configs/srm_r18_demo.py --work-dir $(DEMO) --resume
	$(BIN)/python tools/compare_stages.py configs/srm_r18_demo.py $$(cat $(DEMO)/last_checkpoint) --work-dir $(DEMO)

test: .venv/installed
	$(BIN)/python -m pytest -m "not slow and not long" $(PARALLEL)

# Tests of the page are skipped where Debian's chromium and chromium-driver are not installed.
test-slow: .venv/installed
	$(BIN)/pip install -q -e ".[app,browser,docs]" $(PINS)
	$(BIN)/python -m pytest -m "slow and not long and not alone" $(PARALLEL)
	$(BIN)/python -m pytest -m "slow and alone"

# Fuzzing, many kills: not in CI.
test-long: .venv/installed
	$(BIN)/python -m pytest -m long -s

lint: .venv/installed
	$(BIN)/pip install -q -e ".[dev]" $(PINS)
	$(BIN)/pre-commit run --all-files

# The site, into site/: python -m http.server -d site. A page or a link that is missing is an error.
docs: export NO_MKDOCS_2_WARNING = 1
docs: .venv/installed
	$(BIN)/pip install -q -e ".[docs]" $(PINS)
	$(BIN)/python -m mkdocs build --strict

.venv/installed: pyproject.toml requirements/constraints.txt requirements/torch.txt
	$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(v not in ((3, 11), (3, 12)) and f'Expected Python 3.11 or 3.12, but got {v}: make $(MAKECMDGOALS) PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -e ".[onedl,test]" $(PINS)
	$(BIN)/pip install -q --no-deps pysodmetrics $(PINS)
	touch $@
