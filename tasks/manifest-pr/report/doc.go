// SPDX-License-Identifier: Apache-2.0

// Package report tells, at the end of a run of the Pipeline "ci", what became
// of every service: built or not, what the gate said, and where its pull
// request is or why it has none.
//
// It knows this from the run's TaskRuns, which it reads with a token of its
// own; where it may not read them it tells the run's status alone. It waits for
// the task "manifests", which Tekton starts beside it. What it finds never makes
// it fail: that is for the tasks that failed.
package report
