// SPDX-License-Identifier: Apache-2.0

// Package scenarios holds what adze promises, as tests on a real cluster with
// the real Tekton, Kaniko and Trivy. Each has a namespace, a forge and a
// monorepo of its own; `make e2e` runs them.
package scenarios
