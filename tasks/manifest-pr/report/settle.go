// SPDX-License-Identifier: Apache-2.0

package report

import (
	"context"
	"time"
)

// The Pipeline's tasks, as pipelines/ci.yaml names them.
const (
	taskChanges   = "changes"
	taskImage     = "image"
	taskManifests = "manifests"
	taskReport    = "report"
)

// settled lists the TaskRuns until all but the report's own have ended and
// "manifests", which starts beside it, has been seen when it is due. When the wait
// is over first, or the context, the last list is what there is to tell; the first one is
// read however long it takes.
func settled(ctx context.Context, list func(context.Context) ([]taskRun, error), wait, every time.Duration) ([]taskRun, error) {
	over := time.After(wait)
	var last []taskRun
	for {
		runs, err := list(ctx)
		switch {
		case err != nil && last == nil:
			return nil, err
		case err == nil:
			last = runs
			if allDone(runs) {
				return runs, nil
			}
		}
		select {
		case <-ctx.Done():
			return last, nil
		case <-over:
			return last, nil
		case <-time.After(every):
		}
	}
}

func allDone(runs []taskRun) bool {
	due, seen := false, false
	for _, r := range runs {
		switch {
		case r.task() == taskReport:
			continue
		case !r.done():
			return false
		case r.task() == taskChanges:
			due = find(r.Status.Results, "any").text() == "true"
		case r.task() == taskManifests:
			seen = true
		}
	}
	return seen || !due
}
