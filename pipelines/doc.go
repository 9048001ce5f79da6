// SPDX-License-Identifier: Apache-2.0

// Package pipelines holds the Pipeline from a push to pull requests and the
// Tasks that compose StepActions. Its tests hold them to Tekton's own types and
// validation, and to the Tasks and StepActions that they refer to.
package pipelines
