// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/adze-ci/adze/e2e/measure"
)

// readme holds the table, between two marks.
const readme = "tasks/monorepo-change/README.md"

// header heads the table. The times are without and with latency; the factors
// say how many times as much as monorepo-change takes by default.
const header = `| files | way | time | 50 ms away | × | received | × | sent | requests | memory |
|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|
`

// document is the table and what follows from it, as Markdown.
func document(ctx context.Context, rows []row) (string, error) {
	version, err := git(ctx, "", nil, "version")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Measured with %s on %s/%s, %d CPUs.\n\n", version, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	b.WriteString(header)
	for _, r := range rows {
		own, ok := find(rows, r.files, wayDefault)
		if !ok {
			return "", fmt.Errorf("%d files: nothing to compare with", r.files)
		}
		b.WriteString(line(r, own))
	}
	b.WriteString("\n" + strings.Join(goals(rows), "\n") + "\n")
	return b.String(), nil
}

func line(r, own row) string {
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s | %d | %s |\n", measure.Thousands(r.files), r.way,
		measure.Seconds(r.near.took), measure.Seconds(r.far.took), measure.Factor(r.far.took, own.far.took),
		measure.Size(r.near.received), measure.Factor(r.near.received, own.near.received), measure.Size(r.near.sent), r.near.requests, measure.Size(r.near.memory))
}

func find(rows []row, files int, way string) (row, bool) {
	for _, r := range rows {
		if r.files == files && r.way == way {
			return r, true
		}
	}
	return row{}, false
}

// goals says how the figures stand to each other, where they were taken.
func goals(rows []row) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	own, _ := find(rows, 200_000, wayDefault)
	plain, declaredToo := find(rows, 200_000, wayDeclared)
	if shallow, ok := find(rows, 200_000, wayShallow); ok {
		say("- 200,000 files: the shallow clone with its checkout takes %s the time (%s from 50 ms away) and %s the bytes; with a declared graph in comparison, %s (%s) and %s.",
			measure.Factor(shallow.near.took, own.near.took), measure.Factor(shallow.far.took, own.far.took), measure.Factor(shallow.near.received, own.near.received),
			measure.Factor(shallow.near.took, plain.near.took), measure.Factor(shallow.far.took, plain.far.took), measure.Factor(shallow.near.received, plain.near.received))
	}
	small, ok := find(rows, 20_000, wayDeclared)
	if large, also := find(rows, 1_000_000, wayDeclared); ok && also {
		say("- From 20,000 to 1,000,000 files with a declared graph: %s the time (%s from 50 ms away) and %s the bytes.",
			measure.Factor(large.near.took, small.near.took), measure.Factor(large.far.took, small.far.took), measure.Factor(large.near.received, small.near.received))
	}
	if less, ok := find(rows, 200_000, wayLess); ok && declaredToo {
		say("- A declared graph of 2,000 services takes %d requests, finding it in their Dockerfiles %d, and in all that is looked for %d.",
			plain.near.requests, less.near.requests, own.near.requests)
	}
	return out
}
