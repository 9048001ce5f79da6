# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export KO_CONFIG_PATH := $(CURDIR)/ko.yaml
export GOFLAGS ?= -buildvcs=false

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## run the whole loop on a cluster made for it: push, build, gate, pull request, merge, roll-out
	@go run ./e2e/demo

.PHONY: up
up: ## make the local cluster with Tekton, registry and forge, or bring it up to date
	@go run ./e2e/cluster up

.PHONY: down
down: ## remove the local cluster and all that was started for it
	@go run ./e2e/cluster down

.PHONY: test
test: ## run the tests that need no cluster
	@go test ./...

.PHONY: lint
lint: ## check formatting, style and generated files
	@go run ./e2e/tools/build golangci-lint -- run ./...

.PHONY: contract
contract: ## hold the GitHub stand-in to GitHub's published API description (needs npm)
	@npm ci --silent --prefix e2e/contract
	@go test -tags contract -count=1 ./e2e/contract

.PHONY: e2e
e2e: ## run the scenarios on the local cluster
	@go test -tags e2e -count=1 -timeout 75m ./e2e/scenarios/...

.PHONY: bench
bench: ## measure, side by side with what one would use instead
	@go test -run '^$$' -bench . -benchmem ./...

.PHONY: release
release: ## write dist/release.yaml for a cluster, with images pushed to KO_DOCKER_REPO
	@go run ./e2e/release
