# Everything sets itself up: virtual environments and the lab's programs are kept in a folder outside the checkout.
export SVCDOCTOR_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kubectl-svcdoctor
PYTHON ?= python3
LOCK   := tests/requirements.txt
VENV   := $(SVCDOCTOR_CACHE)/venv-$(shell { cat $(LOCK); $(PYTHON) -VV; } | sha256sum | cut -c1-12)
BIN    := $(VENV)/bin
NEWEST := $(SVCDOCTOR_CACHE)/venv-newest
LOCKER := $(SVCDOCTOR_CACHE)/venv-lock
PIP    := -m pip --quiet --disable-pip-version-check
LEVEL  ?= api
LAB    ?= lab

# `make test` leaves out `faults`: those tests are of the lab alone, and take a quarter of an hour.
.PHONY: test lint unit api cluster faults programs-api programs-cluster coverage demo dist bench lab-up lab-down recording shapes lock newest clean

test: lint coverage programs-cluster ## all levels, with their own set-up; the first two beside each other
	$(MAKE) --jobs=2 --output-sync=target unit api
	$(MAKE) cluster

$(BIN)/.ready:
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python $(PIP) install --require-hashes -r $(LOCK)
	touch $@

lint: $(BIN)/.ready
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy

unit: $(BIN)/.ready
	$(BIN)/python -m pytest -q tests/unit

api: programs-api
	$(BIN)/python -m pytest -q tests/api

cluster: programs-cluster ## real nodes: what svcdoctor says of real faults
	$(BIN)/python -m pytest -q tests/cluster -m 'not traffic and not variants'

faults: programs-cluster ## real nodes: the traffic of all other faults of the library, whose checks are still to come; three nodes; two address families
	$(BIN)/python -m pytest -q tests/cluster -m 'traffic or variants'

programs-api programs-cluster: programs-%: $(BIN)/.ready ## what a level runs: compiled and installed before its tests start, since that takes longer than any of them may
	$(BIN)/python -m tests.lab build --level $*

coverage: $(BIN)/.ready ## which root causes of the catalogue have a case
	$(BIN)/python -m tests.support.coverage

demo: $(BIN)/.ready ## the plugin at work on a recording of a real broken cluster
	@$(BIN)/python -m kubectl_svcdoctor.demo

dist: $(BIN)/.ready ## what krew installs: the archive for this platform, and its manifest
	$(BIN)/python -m tests.support.archive dist

bench: programs-api ## time and memory, side by side with kubectl, on a server with 20,000 Pods; JSON on stdout (BENCH='--services 500': smaller)
	@$(BIN)/python -m tests.bench $(BENCH)

lab-up: programs-$(LEVEL) ## a real API server (LEVEL=api), or real nodes too (LEVEL=cluster)
	@$(BIN)/python -m tests.lab up --level $(LEVEL) --id $(LAB)

lab-down: $(BIN)/.ready
	@$(BIN)/python -m tests.lab down --id $(LAB)

recording: programs-api ## take the recording of the demo anew from a real API server
	$(BIN)/python -m tests.support.shop kubectl_svcdoctor/demo/shop.yaml

shapes: programs-cluster ## record anew what the real controllers and CoreDNS make of tests/recorded/shapes.yaml
	$(BIN)/python -m tests.support.oracle

lock: ## the newest versions that the ranges allow, and what these need in turn, with their hashes
	$(PYTHON) -m venv --clear $(LOCKER)
	$(LOCKER)/bin/python $(PIP) install pip-tools==7.6.2
	$(PYTHON) tests/support/requirements.py | CUSTOM_COMPILE_COMMAND='make lock' $(LOCKER)/bin/pip-compile --quiet --upgrade --generate-hashes \
	    --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --output-file $(LOCK) -

newest: ## the unit level on the newest versions that the ranges allow, whatever the lock says
	$(PYTHON) -m venv --clear $(NEWEST)
	$(PYTHON) tests/support/requirements.py > $(NEWEST)/requirements.txt
	$(NEWEST)/bin/python $(PIP) install -r $(NEWEST)/requirements.txt
	$(NEWEST)/bin/python -m pytest -q tests/unit

clean:
	rm -rf $(VENV) $(NEWEST) $(LOCKER) build dist *.egg-info
