# SLU Studio. `make app` is all that is needed; `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
# Where to get PyTorch without CUDA, e.g. make setup TORCH_INDEX=<URL> (see the README).
TORCH_INDEX ?=
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help app setup cluster data web-runtime test test-faults check format bench docs texts screenshots shipped-models

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

app: setup data ## set up what is missing and start the app at http://localhost:8501
	@echo "==> Starting the app at http://localhost:8501 (Ctrl-C ends it)"
	@$(BIN)/slu app

setup: .venv/.installed ## create .venv and install the pinned requirements

.venv/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "SLU Studio needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@echo "==> Creating .venv and installing the requirements (one to three minutes)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -z "$(TORCH_INDEX)" || $(BIN)/pip install --disable-pip-version-check \
		--index-url "$(TORCH_INDEX)" "$$(grep '^torch==' requirements.txt)"
	@$(BIN)/pip install --disable-pip-version-check --progress-bar on -r requirements.txt
	@$(BIN)/pip install --disable-pip-version-check --quiet --no-deps -e .
	@touch $@

cluster: .venv/.cluster ## install what a Ray cluster needs as well (docs/scaling.md)

.venv/.cluster: requirements-cluster.txt .venv/.installed
	@echo "==> Installing Ray"
	@$(BIN)/pip install --disable-pip-version-check --progress-bar on \
		-r requirements.txt -r requirements-cluster.txt
	@touch $@

data: data/processed/metadata_features.csv ## make the demo corpus if there is none

data/processed/metadata_features.csv: | setup
	@echo "==> Making the demo corpus (under a minute)"
	@test -e data/raw/warung/metadata.csv || $(BIN)/slu synth
	@test -e data/processed/metadata.csv || $(BIN)/slu ingest
	@$(BIN)/slu preprocess

web-runtime: node_modules/onnxruntime-web ## with npm: lets exported models run in browsers

node_modules/onnxruntime-web: package.json
	npm install --no-package-lock --no-audit --no-fund --ignore-scripts
	@touch $@

test: setup check ## run every check and every test but those of faults and load
	$(BIN)/pytest -m "not fault" $(PYTEST_ARGS)

test-faults: setup ## run the long tests of faults and load
	$(BIN)/pytest -m fault $(PYTEST_ARGS)

check: setup ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup data ## measure speed and memory on this computer
	$(BIN)/slu bench

docs: .venv/.docs ## build the documentation as a site in site/
	$(BIN)/python -m docs.cli_reference
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "==> The documentation is at site/index.html"

.venv/.docs: requirements-docs.txt .venv/.installed
	@$(BIN)/pip install --disable-pip-version-check --quiet -r requirements-docs.txt
	@touch $@

texts: setup ## gather the texts of the pages for translation, and compile the translations
	$(BIN)/python -m docs.translation

screenshots: setup ## take the pictures of the documentation again (needs chromium)
	$(BIN)/python -m docs.screenshots

# Half of flite's share of the clips.
FLITE = command: "flite -voice {voice} --setf duration_stretch={stretch} -p {phones} -o {out}", \
	language: id, share: 0.15

shipped-models: setup ## train M1, M2 and M3 again, as they are shipped, into shipped/ (hours; needs flite)
	mkdir -p shipped && ln -sfn ../configs shipped/configs
	cd shipped && PATH="$(abspath $(BIN)):$$PATH" && \
	slu synth --set corpus.utterances=9000 --set corpus.negatives.share=0.5 \
		--out data/raw/shipped && \
	slu ingest --set "data.sources=[data/raw/shipped/metadata.csv]" \
		--set data.output_dir=data/shipped && \
	slu preprocess --metadata data/shipped/metadata.csv && \
	slu train --model-cfg configs/model_m1.yaml --train-cfg configs/train_m1_best.yaml \
		--metadata-features data/shipped/metadata_features.csv && \
	slu train --model-cfg configs/model_m2.yaml --train-cfg configs/train_m2.yaml \
		--metadata-features data/shipped/metadata_features.csv \
		--set train.epochs=24 --set train.augment.variants=4 && \
	slu synth --set corpus.utterances=9000 --set corpus.negatives.share=0.5 \
		--set 'corpus.more_engines=[{$(FLITE), voices: [slt, rms]}, {$(FLITE), voices: [awb, kal16]}]' \
		--out data/raw/shipped-flite && \
	slu ingest --set "data.sources=[data/raw/shipped-flite/metadata.csv]" \
		--set data.output_dir=data/shipped-flite && \
	slu preprocess --metadata data/shipped-flite/metadata.csv \
		--config configs/preprocess_m3.yaml && \
	slu train --model-cfg configs/model_m3.yaml --train-cfg configs/train_m3_best.yaml \
		--metadata-features data/shipped-flite/metadata_features.csv \
		--preprocess-cfg configs/preprocess_m3.yaml --set model.n_layers=4
