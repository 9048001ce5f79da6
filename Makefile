# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets. What is built or fetched along the way is kept
# in ${XDG_CACHE_HOME:-~/.cache}/adze.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export KO_CONFIG_PATH ?= $(CURDIR)/ko.yaml
export GOFLAGS ?= -buildvcs=false

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## run the whole loop on a cluster made for it: push, build, gate, pull request, merge, roll-out
	@echo "building the demo; the first time this takes some minutes"
	@go run ./e2e/demo $(DEMO)

.PHONY: up
up: ## bring the local cluster up, with Tekton, a registry and adze's images on it
	@go run ./e2e/cluster up

.PHONY: down
down: ## remove the local cluster and all that was started for it
	@go run ./e2e/cluster down

.PHONY: test
test: ## run the tests that need no cluster
	@go test ./...

.PHONY: lint
lint: ## check formatting, vet, and the linters of .golangci.yml
	@go run ./e2e/tools/build golangci-lint -- run ./...

.PHONY: contract
# npm has a list of authorities of its own; it is to trust those of the system too.
contract: export NODE_EXTRA_CA_CERTS ?= /etc/ssl/certs/ca-certificates.crt
contract: ## hold the GitHub stand-in to GitHub's published descriptions, and what Node needs to npm; needs npm
	@command -v npm >/dev/null || { echo "error: npm is not installed; on Debian: apt-get install npm" >&2; exit 2; }
	@cmp -s e2e/contract/package-lock.json e2e/contract/node_modules/.installed || \
	  { npm ci --prefix e2e/contract --no-audit --no-fund && cp e2e/contract/package-lock.json e2e/contract/node_modules/.installed; }
	@go test -tags contract -count=1 ./e2e/contract/...
	@go test -tags contract -count=1 -run AgainstNPM ./internal/monorepo

.PHONY: e2e
e2e: ## run the scenarios on the local cluster, the demo among them
	@go test -tags e2e -count=1 -timeout 70m -parallel 6 -v ./e2e/scenarios # alone, for then it tells what it does as it goes
	@go test -tags e2e -count=1 -timeout 70m -parallel 6 -v ./e2e/scenarios/nodes ./e2e/harbor

# The packages whose random tests can go on for long.
SOAKS = $(shell grep -rl --include='*_test.go' 'adze/internal/soak"' . | xargs -n1 dirname | sort -u)

.PHONY: soak
soak: ## run the random tests for long: ADZE_SOAK seeds each (10), from ADZE_SEED on
	@export ADZE_SOAK=$${ADZE_SOAK:-10} ADZE_SEED=$${ADZE_SEED:-$$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}; \
	  echo "ADZE_SOAK=$$ADZE_SOAK ADZE_SEED=$$ADZE_SEED"; go test -count=1 -timeout 0 $(SOAKS)
	@ADZE_SOAK=1 go test -tags e2e -count=1 -timeout 2h -v -run '^TestManyServices$$' ./e2e/scenarios # a matrix of 256, on the local cluster

.PHONY: bench
bench: ## measure, side by side with what one would use instead; BENCH=NAME for that binary alone
	@[ -n "$(BENCH)" ] || go test -run '^$$' -bench . -benchmem ./...
	@for name in $(or $(BENCH),$(notdir $(wildcard e2e/bench/*))); do go run "./e2e/bench/$$name" $(ARGS); done

# What a namespace that uses adze needs, what a cluster needs once, and what takes that off nodes by force.
release := $(wildcard tasks/*/task.yaml tasks/*/*stepaction.yaml pipelines/*.yaml triggers/*.yaml)
node-resolv := tasks/node-resolv/daemonset.yaml
node-resolv-restore := tasks/node-resolv/restore.yaml
RELEASED := release node-resolv node-resolv-restore

.PHONY: release
release: ## write release, node-resolv and node-resolv-restore.yaml to dist/, with images pushed to KO_DOCKER_REPO
	@[ -n "$${KO_DOCKER_REPO:-}" ] || { echo "error: KO_DOCKER_REPO is not set; name the repository that takes the images, such as KO_DOCKER_REPO=ghcr.io/example/adze" >&2; exit 2; }
	@mkdir -p dist
	@set -e; $(foreach name,$(RELEASED),go run ./e2e/tools/build ko -- resolve --sbom=none $($(name):%=-f %) > dist/$(name).yaml.part;)
	@set -e; $(foreach name,$(RELEASED),mv dist/$(name).yaml.part dist/$(name).yaml;)
	@echo $(RELEASED:%=dist/%.yaml)
