// SPDX-License-Identifier: Apache-2.0

// Package tools builds the outside programs that the end-to-end tests need,
// each from its source at a pinned version: kind, Kubernetes, ko, Trivy and so
// on. Nothing is downloaded but Go modules.
//
// Each folder beside this file with a go.mod is a tool. Its `tool` lines name
// the programs; a main package in the folder itself is one more. Every tool is
// a Go module of its own, as their dependencies contradict each other and must
// not get into the product's.
//
// What was built lies in ${XDG_CACHE_HOME:-~/.cache}/adze/tools/NAME-KEY/, one
// file per program, where KEY is made from go.mod, go.sum, the local sources,
// the flags and the Go version. A folder appears there whole or not at all, and
// a lock per tool keeps two processes from building the same.
//
//	kubectl, err := tools.Program(ctx, "kubernetes", "kubectl")
//
// From a shell:
//
//	go run ./e2e/tools/build kubernetes            # prints the folder
//	go run ./e2e/tools/build ko -- version         # builds, then runs it
package tools
