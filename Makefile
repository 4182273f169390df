# `make up` runs a payment gateway on this machine, `make test` proves it. `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Can be given: make up PORT=8090 STATE=.local-two
PORT ?= 8080
STATE ?= .local
DATABASE_URL ?=
export PORT STATE DATABASE_URL

COUNT ?= 5000
SEED ?=
QUICK ?=
JSON ?= .build/bench.json

RELEASE := .build/release
DEBUG := .build/debug
VENV := .venv
PEERS := .build/peers
CONTROL := $(RELEASE)/Control
SOURCES := Package.swift Benchmarks Services Shared Tests
PRODUCTS := Control Gateway Orchestrator Payout Reconciliation Sandbox Settlement Webhook
# Tests that start processes and servers have the machine to themselves; all others run at once.
HEAVY := ^(SandboxTests|CardNetworkTests|GatewayTests)
# Tests that keep the database busy for long run beside each other, and hold up nobody else.
LONG := ^(OrchestratorTests|ReconciliationTests|SettlementStoreTests)
PACKAGES := libpq-dev libssl-dev postgresql python3-venv

# Steps follow each other, also under `make -j`.
.NOTPARALLEL:
.PHONY: help up down status logs psql reconcile test simulate chaos bench lint format bootstrap release seal clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT (8080), STATE (.local) and DATABASE_URL (a private Postgres) can be given, so that"
	@echo "  several stacks run side by side: make up PORT=8090 STATE=.local-two"

up: bootstrap release ## Build, start what is not running, wait until ready, show keys and a curl line
	@$(CONTROL) up

down: ## Stop everything that `make up` started
	@if [ -x $(CONTROL) ]; then $(CONTROL) down; else echo "nothing was built"; fi

status: ## Show the processes, and whether they are ready
	@if [ -x $(CONTROL) ]; then $(CONTROL) status; else echo "nothing was built"; exit 3; fi

logs: ## Follow the logs of all processes
	@tail -n 50 -F "$(STATE)"/log/*.log

psql: ## Open the stack's database
	@test -r "$(STATE)/run/database.url" || { echo "nothing runs in $(STATE)"; exit 3; }
	@psql "$$(cat "$(STATE)/run/database.url")"

reconcile: ## Check all books of the running stack, and the network's own record
	@test -x $(RELEASE)/Reconciliation || { echo "run make up first"; exit 2; }
	@$(RELEASE)/Reconciliation run --full --network sandbox --wait 60

test: bootstrap $(VENV)/ready ## Run every test, on databases that the tests make themselves
	swift build --build-tests
	swift test --skip-build --disable-xctest --skip '$(HEAVY)' --skip '$(LONG)'
	swift test --skip-build --disable-xctest --filter '$(LONG)'
	swift test --skip-build --disable-xctest --filter '$(HEAVY)'
	BINARIES="$(CURDIR)/$(DEBUG)" $(VENV)/bin/python -m pytest -q Tests/EndToEnd

# Every service twice, as many days of six merchants as are asked for; a failing seed can be run again.
simulate: bootstrap release $(VENV)/ready ## Merchant-days on the test clock under faults and kill -9: DAYS=60 SEED=…
	BINARIES="$(CURDIR)/$(RELEASE)" $(VENV)/bin/python Tests/EndToEnd/simulate.py $(if $(DAYS),$(DAYS),60) $(SEED)

chaos: bootstrap release $(VENV)/ready ## Payments under faults and kill -9: COUNT=5000 SEED=…
	BINARIES="$(CURDIR)/$(RELEASE)" $(VENV)/bin/python Tests/EndToEnd/chaos.py $(COUNT) $(SEED)

# A stack of its own, removed at the end; nothing else should run on the machine meanwhile.
bench: bootstrap release ## Measure against pgbench: QUICK=1 (3 minutes), SEED=…; see PERFORMANCE.md
	@echo "building Bench"
	@swift build -c release --product Bench
	@$(RELEASE)/Bench run $(if $(QUICK),--quick) $(if $(SEED),--seed $(SEED)) --json "$(JSON)" $(BENCH)

.PHONY: bench-peers
bench-peers: PACKAGES += postgresql-15-pgq3
bench-peers: bootstrap release $(PEERS)/ready ## Measure localstripe, pgqueuer, procrastinate and pgq beside us
	@echo "building Bench"
	@swift build -c release --product Bench
	@$(RELEASE)/Bench peers $(if $(QUICK),--quick) $(if $(SEED),--seed $(SEED)) \
		--python $(PEERS)/bin/python $(PEER_OPTIONS)

lint: ## Check the format of the sources
	swift format lint --strict --parallel --recursive $(SOURCES)

format: ## Format the sources
	swift format --in-place --parallel --recursive $(SOURCES)

# Only new lines: what was recorded once stays, so that an edited migration is noticed.
seal: ## Record the checksums of new migrations, when they are released
	@cd Shared/Schema/Migrations && for file in *.sql; do \
		grep -q "  $$file$$" $(CURDIR)/Tests/TidyTests/migrations.sha256 \
			|| sha256sum "$$file" >> $(CURDIR)/Tests/TidyTests/migrations.sha256; \
	done

release: ## Build the executables in release mode
	@for product in $(PRODUCTS); do \
		echo "building $$product"; \
		swift build -c release --product $$product || exit 1; \
	done

# A machine's packages are its owner's: nothing is installed that is there, all else is announced.
# Debian's own cluster on port 5432 is left alone; this system only uses clusters of its own.
bootstrap: ## Install the Debian packages that are missing
	@missing=""; \
	for package in $(PACKAGES); do \
		state="$$(dpkg-query -W -f='$${db:Status-Status}' $$package 2>/dev/null)"; \
		[ "$$state" = installed ] || missing="$$missing $$package"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	command -v apt-get >/dev/null || { echo "please install:$$missing"; exit 1; }; \
	as_root=""; \
	if [ "$$(id -u)" != 0 ]; then \
		command -v sudo >/dev/null || { echo "please install as root:$$missing"; exit 1; }; \
		as_root=sudo; \
	fi; \
	for package in $$missing; do echo "installing the Debian package $$package"; done; \
	$$as_root apt-get update -qq && \
	$$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $$missing

# The clients that the tests drive the system with, none of them ours.
$(VENV)/ready: Tests/EndToEnd/requirements.txt
	@echo "making a Python environment in $(VENV)"
	@rm -rf $(VENV)
	@python3 -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# What `make bench-peers` measures beside us; apart from what the tests need.
$(PEERS)/ready: Benchmarks/Peers/requirements.txt
	@echo "making a Python environment in $(PEERS)"
	@rm -rf $(PEERS)
	@python3 -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

clean: ## Remove the state folder with its database, after asking
	@test -e "$(STATE)/run" || { echo "there is no stack in $(STATE)"; exit 0; }; \
	database="$$(readlink -f "$(STATE)/postgres")"; \
	echo "This stops the stack and removes $$(readlink -f "$(STATE)") with all payments in it."; \
	read -r -p "Type the word remove to go on: " answer; \
	[ "$$answer" = remove ] || { echo "nothing was removed"; exit 1; }; \
	if [ -x $(CONTROL) ]; then $(CONTROL) down || exit 1; fi; \
	rm -rf "$$database" "$(STATE)"
