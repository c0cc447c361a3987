# Needs Python 3.11 or 3.12. An interpreter that is named, and the original distribution of the toolbox, have an
# environment of their own beside .venv: make test PYTHON=python3.12, make test TOOLBOX=openmmlab
PYTHON ?= python3
TOOLBOX ?= onedl
VENV ?= .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))$(if $(filter-out onedl,$(TOOLBOX)),-$(TOOLBOX))
BIN := $(VENV)/bin
DEMO := work_dirs/demo
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile
PINS := -c requirements/constraints.txt -c requirements/torch.txt

.PHONY: demo docs test test-slow test-long test-openmmlab lint

# Cut real photographs out with the model in the box; then train a small one on generated pictures, score its
# stages and show their maps.
demo: export SOD_DATA = data
demo: $(VENV)/installed
	photographs=$$($(BIN)/python -c "from skimage.data import data_dir; print(data_dir)") && \
	    $(BIN)/srm-mmseg infer "$$photographs/chelsea.png" "$$photographs/coffee.png" "$$photographs/rocket.jpg" \
	    --out $(DEMO)/photographs --save stages,cutout
	$(BIN)/python tools/make_toy_dataset.py data/toy
	$(BIN)/python tools/train.py configs/srm_r18_demo.py --work-dir $(DEMO) --resume
	$(BIN)/python tools/compare_stages.py configs/srm_r18_demo.py $$(cat $(DEMO)/last_checkpoint) --work-dir $(DEMO)

test: $(VENV)/installed
	$(BIN)/python -m pytest -m "not slow and not long" $(PARALLEL)

# Tests of the page are skipped where Debian's chromium and chromium-driver are not installed.
test-slow: $(VENV)/installed
	$(BIN)/pip install -q -e ".[app,browser,docs]" $(PINS)
	$(BIN)/python -m pytest -m "slow and not long and not alone" $(PARALLEL)
	$(BIN)/python -m pytest -m "slow and alone"

# Fuzzing, many kills, Ray Data: not in CI.
test-long: $(VENV)/installed
	$(BIN)/pip install -q -e ".[ray]" $(PINS)
	$(BIN)/python -m pytest -m long -s

# The quick tests on the original distribution: the first time its mmcv compiles, for minutes. Not in CI.
test-openmmlab:
	$(MAKE) test TOOLBOX=openmmlab

# What .pre-commit-config.yaml runs, over all files and without changing one.
lint: $(VENV)/installed
	$(BIN)/pip install -q -e ".[dev]" $(PINS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/interrogate srm_mmseg

# The site, into site/: python -m http.server -d site. A page or a link that is missing is an error.
docs: export NO_MKDOCS_2_WARNING = 1
docs: $(VENV)/installed
	$(BIN)/pip install -q -e ".[docs]" $(PINS)
	$(BIN)/python -m mkdocs build --strict

$(VENV)/installed: pyproject.toml requirements/constraints.txt requirements/torch.txt
	$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(v not in ((3, 11), (3, 12)) and f'Expected Python 3.11 or 3.12, but got {v}: make $(MAKECMDGOALS) PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)
ifeq ($(TOOLBOX),openmmlab)
	$(BIN)/pip install -q torch "setuptools<81" wheel numpy opencv-python psutil $(PINS)  # its mmcv is built with these
endif
	$(BIN)/pip install -q $(if $(filter openmmlab,$(TOOLBOX)),--no-build-isolation) -e ".[$(TOOLBOX),test]" $(PINS)
	$(BIN)/pip install -q --no-deps pysodmetrics $(PINS)
	touch $@
