# Everything sets itself up: a virtual environment and the lab's binaries are kept in a cache folder outside the checkout.
CACHE  ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kubectl-svcdoctor
PYTHON ?= python3
VENV   := $(CACHE)/venv-$(shell { $(PYTHON) tests/support/requirements.py; $(PYTHON) -VV; } | sha256sum | cut -c1-12)
BIN    := $(VENV)/bin
LEVEL  ?= api
LAB    ?= lab

# `make test` leaves out `faults`: those tests are of the lab alone, and take a quarter of an hour.
.PHONY: test lint unit api cluster faults coverage demo bench lab-up lab-down recording shapes clean

test: lint coverage ## all levels, with their own set-up; the first two beside each other
	$(MAKE) --jobs=2 --output-sync=target unit api
	$(MAKE) cluster

$(BIN)/.ready:
	$(PYTHON) -m venv $(VENV)
	$(PYTHON) tests/support/requirements.py > $(VENV)/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(VENV)/requirements.txt
	touch $@

lint: $(BIN)/.ready
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy

unit: $(BIN)/.ready
	$(BIN)/python -m pytest -q tests/unit

api: $(BIN)/.ready
	$(BIN)/python -m pytest -q tests/api

cluster: $(BIN)/.ready ## real nodes: what svcdoctor says of real faults
	$(BIN)/python -m pytest -q tests/cluster -m 'not traffic and not variants'

faults: $(BIN)/.ready ## real nodes: the traffic of all other faults of the library, whose checks are still to come; three nodes; two address families
	$(BIN)/python -m pytest -q tests/cluster -m 'traffic or variants'

coverage: $(BIN)/.ready ## which root causes of the catalogue have a case
	$(BIN)/python -m tests.support.coverage

demo: $(BIN)/.ready ## the plugin at work on a recording of a real broken cluster
	@$(BIN)/python -m kubectl_svcdoctor.demo

bench: $(BIN)/.ready ## time and memory, side by side with kubectl
	$(BIN)/python -m tests.bench

lab-up: $(BIN)/.ready ## a real API server (LEVEL=api), or real nodes too (LEVEL=cluster)
	@$(BIN)/python -m tests.lab up --level $(LEVEL) --id $(LAB)

lab-down: $(BIN)/.ready
	@$(BIN)/python -m tests.lab down --id $(LAB)

recording: $(BIN)/.ready ## take the recording of the demo anew from a real API server
	$(BIN)/python -m tests.support.shop kubectl_svcdoctor/demo/shop.yaml

shapes: $(BIN)/.ready ## record anew what the real controllers and CoreDNS make of tests/recorded/shapes.yaml
	$(BIN)/python -m tests.support.oracle

clean:
	rm -rf $(VENV) build dist *.egg-info
