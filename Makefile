.DEFAULT_GOAL := help
.PHONY: help run setup format lint types layers docs test check release messages evaluate bench-engine bench-training bench-moderation bench-cleaning bench-platform

PYTHON ?= python3
BIN := .venv/bin
CATALOGUE := platform/vernissage/locale

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/installed ## Start the site, the screener and the generator
	@exec $(BIN)/vernissage run

setup: .venv/installed-with-tools ## Install the project and its tools into .venv

format: setup ## Rewrite the code the one way it is written
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lint: setup ## Say what format would change, and what is misspelt
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/codespell *.md bench datasets_cleaning docs generation migrations moderation platform tests

types: setup ## Prove the types
	$(BIN)/mypy

layers: setup ## Prove the direction of every import
	$(BIN)/lint-imports

test: setup ## Run the tests, module by module on every core; T=path narrows them
	$(BIN)/pytest --numprocesses logical --maxprocesses 4 --dist loadfile $(T)

docs: setup ## Build the site of the documentation into var/site; a dead link is an error
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --nitpicky --doctree-dir var/doctrees \
	  $(if $(REPOSITORY),-D repository=$(REPOSITORY)) docs var/site

check: lint types layers docs test ## Everything CI runs

release: setup ## Build sdist and wheel into dist/, and prove them: changelog, tag, a fresh environment
	.ci/release

messages: setup ## Update the Russian catalogue from the code
	$(BIN)/pybabel extract -F platform/vernissage/locale/babel.cfg -k N_ --no-location \
	  --sort-output -o $(CATALOGUE)/messages.pot platform/vernissage
	$(BIN)/pybabel update -i $(CATALOGUE)/messages.pot -D vernissage -d $(CATALOGUE) -l ru
	$(BIN)/pybabel compile -D vernissage -d $(CATALOGUE)
	rm $(CATALOGUE)/messages.pot

evaluate: setup ## Measure what kandinsky-mini can do, and the paper's tables, into var/evaluation
	$(BIN)/python -m generation.evaluation report --to var/evaluation --sampler dpm --steps 10 \
	  --only things --only reconstruction --only fusion --only speed

bench-engine: setup ## Time the engine beside diffusers, and without each of its kernels
	$(BIN)/python -m bench.engine
	$(BIN)/python -m bench.engine.kernels

bench-training: setup ## Time the training stages beside a plain loop
	$(BIN)/python -m bench.training

bench-moderation: setup ## Time what judging costs, on one core
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.moderation

bench-cleaning: setup ## Time cleaning beside the usual loop
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.cleaning

bench-platform: setup ## Measure the site at rest, and how soon a prompt is claimed
	$(BIN)/python -m bench.platform

# What is installed is what constraints.txt says, the build tools included.
INSTALL := PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/pip install -qq

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "Vernissage needs Python 3.11 or newer, and $(PYTHON) is %d.%d: try make PYTHON=python3.11" % v[:2])'
	@echo "Making .venv ..."
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --upgrade pip

.venv/installed: pyproject.toml constraints.txt | .venv/bin/pip
	@echo "Installing what Vernissage needs (once; a few minutes) ..."
	@$(INSTALL) --editable '.[all]'
	@touch $@

.venv/installed-with-tools: .venv/installed
	@echo "Installing what the tests need (once) ..."
	@$(INSTALL) --group dev
	@touch $@
