// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/adze-ci/adze/e2e/measure"
)

// readme holds the table, between two marks.
const readme = "tasks/kaniko-build/README.md#handover"

// header heads the table. The factors say how many times the time, and the processor
// time, of Kaniko's own push a way takes.
const header = `| image of which | by | time | × | processor time | × | in the layout | sent | received | memory |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
`

// document is the table and how it came about, as Markdown.
func document(version, place string, bytes int64, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Kaniko %s, %s of files that do not compress in %d layers, on %s/%s, %d CPUs, with the registry on the same machine, its files %s. Each row is a whole build.\n\n%s",
		version, measure.Size(bytes), layers, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), place, header)
	for _, r := range rows {
		kaniko := find(rows, r.task, wayKaniko)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.task, r.way,
			measure.Seconds(r.Took), measure.Factor(r.Took, kaniko.Took),
			measure.Seconds(r.Busy), measure.Factor(r.Busy, kaniko.Busy),
			measure.Size(r.between), measure.Size(r.Sent), measure.Size(r.Received), measure.Size(r.Memory))
	}
	return b.String()
}

func find(rows []row, task, way string) row {
	for _, r := range rows {
		if r.task == task && r.way == way {
			return r
		}
	}
	return row{}
}

// verdict is an error when layers that the registry has were written to the layout
// or sent.
func verdict(rows []row, bytes int64) error {
	for _, way := range []string{wayHandover, wayTimes} {
		if r := find(rows, taskSmall, way); r.between >= bytes/layers || r.Sent >= bytes/layers {
			return fmt.Errorf("%s: %s wrote %s and sent %s, of layers that the registry has", taskSmall, way, measure.Size(r.between), measure.Size(r.Sent))
		}
	}
	return nil
}
