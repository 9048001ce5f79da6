// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/adze-ci/adze/e2e/measure"
)

// readme holds the table, between two marks.
const readme = "tasks/kaniko-build/README.md"

// The rows of the table.
const (
	rowAll   = "all twenty are built"
	rowReuse = "twenty are wanted, one is built, the others are found"
	rowOne   = "one is wanted, and built"
)

// header heads the table. The factors say how many times as much as the push
// that one service is wanted of.
const header = `| push to twenty services | time | × | to the registry | × | from it | × |
|---|---:|---:|---:|---:|---:|---:|
`

// document is the table, as Markdown.
func document(rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From the run's start to its pull requests, on a cluster of one node on %s/%s, %d CPUs.\n\n%s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), header)
	one := rows[len(rows)-1]
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %d s | %s | %s | %s | %s | %s |\n", r.push, int(r.took.Round(time.Second).Seconds()), measure.Factor(r.took, one.took),
			measure.Size(r.bytes.received), measure.Factor(r.bytes.received, one.bytes.received),
			measure.Size(r.bytes.sent), measure.Factor(r.bytes.sent, one.bytes.sent))
	}
	return b.String()
}
