// SPDX-License-Identifier: Apache-2.0

// Package triggers holds what turns a webhook into a PipelineRun: an
// EventListener, a Trigger with its binding and template, and the RBAC of both
// the listener and the run. Its tests take an event through the real
// interceptors and the real template engine of Tekton Triggers.
package triggers
