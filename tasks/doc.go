// SPDX-License-Identifier: Apache-2.0

// Package tasks holds one folder for each step: its Go package, its Task and
// StepAction, its README and its testscripts. The tests of this package hold
// the YAML and the READMEs to the flags that the binaries really have.
package tasks
