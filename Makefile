# Two commands do everything: `make run` and `make test`. The rest is for those who change Roomcast.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := .venv/bin

export ROOMCAST_PORT ?= $(PORT)
export ROOMCAST_HOST ?= $(HOST)

.PHONY: run test chaos bench bench-setup check lock clean

run: .venv/run
	@$(BIN)/roomcast migrate
	@$(BIN)/roomcast seed
	@exec $(BIN)/roomcast serve

test: check tests/node/node_modules/.ready
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

# Three servers under load while everything is broken on purpose, for about two minutes.
chaos: .venv/dev
	@$(BIN)/python -m tests.chaos

# What it costs, beside others. Twenty minutes on two quiet cores; CASE=fanout runs one, QUICK=1 fewer
# rounds. Only a full run rewrites the table and the plot of docs/performance.md.
bench: bench-setup
	@benchmarks/.venv/bin/python -m benchmarks $(if $(CASE),--case $(CASE)) $(if $(QUICK),--quick)

# The peers, from their ordinary packages, apart from the rest. As root this installs nchan with
# Debian's nginx, whose service Debian starts; else nchan is left out.
bench-setup: benchmarks/.venv/.ready benchmarks/node/node_modules/.ready
	@test -e /usr/lib/nginx/modules/ngx_nchan_module.so \
	  || { apt-get update -qq && apt-get install -qq -y nginx-light libnginx-mod-nchan; } >/dev/null 2>&1 \
	  || echo 'nchan is left out: install it with `sudo apt-get install nginx-light libnginx-mod-nchan`.'

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.venv/run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Roomcast needs Python 3.11 or newer; say PYTHON=python3.x make …" if sys.version_info < (3, 11) else 0)'
	@test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/dev: .venv/run requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

tests/node/node_modules/.ready: tests/node/package-lock.json
	npm ci --prefix tests/node --no-audit --no-fund --silent
	@touch $@

benchmarks/.venv/.ready: requirements/bench.txt pyproject.toml
	$(PYTHON) -m venv benchmarks/.venv
	benchmarks/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	benchmarks/.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

benchmarks/node/node_modules/.ready: benchmarks/node/package-lock.json
	npm ci --prefix benchmarks/node --no-audit --no-fund --silent
	@touch $@

# After a change of the dependencies in pyproject.toml. uv.lock names hosts, so it is not committed.
lock:
	uv lock --upgrade
	mkdir -p requirements
	uv export --quiet --no-emit-project --no-dev --format requirements-txt --no-header -o requirements/run.txt
	uv export --quiet --no-emit-project --format requirements-txt --no-header -o requirements/dev.txt
	uv export --quiet --no-emit-project --no-dev --group bench --format requirements-txt --no-header -o requirements/bench.txt

clean:
	rm -rf .venv tests/node/node_modules benchmarks/.venv benchmarks/node/node_modules data .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
