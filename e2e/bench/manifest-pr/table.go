// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/adze-ci/adze/e2e/measure"
)

// readme holds the tables, between two marks.
const readme = "tasks/manifest-pr/README.md"

// The heads of the tables. The factor says how many times as long as manifest-pr
// a way takes.
const (
	timeHeader = `| what is edited | by | time | × | processor time | memory |
|---|---|---:|---:|---:|---:|
`
	harmHeader = `| corpus | values | manifest-pr | yq | kustomize edit |
|---|---:|---:|---:|---:|
`
)

// document is the tables and what follows from them, as Markdown.
func document(versions string, files int, times []row, h *harm) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s files, measured beside %s on %s/%s, %d CPUs.\n\n%s", measure.Thousands(files), versions, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), timeHeader)
	for _, r := range times {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.set, r.way,
			measure.Seconds(r.Took), measure.Factor(r.Took, find(times, r.set, wayOwn).Took), measure.Seconds(r.Busy), measure.Size(r.Memory))
	}
	fmt.Fprintf(&b, "\n%s\n\nBytes changed outside of the values:\n\n%s", strings.Join(goals(times), "\n"), harmHeader)
	for _, name := range h.rows {
		fmt.Fprintf(&b, "| %s | %d |", name, h.at[name][wayOwn].values)
		for _, t := range editors() {
			fmt.Fprintf(&b, " %s |", h.at[name][t.name])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// String is a cell of the table of damage.
func (d *done) String() string {
	if d == nil || d.samples == 0 {
		return "–"
	}
	parts := []string{measure.Thousands(d.bytes)}
	if d.missed > 0 {
		parts = append(parts, fmt.Sprintf("%d not set", d.missed))
	}
	if d.broken > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d files fail", d.broken, d.samples))
	}
	return strings.Join(parts, ", ")
}

func find(rows []row, set, way string) row {
	for _, r := range rows {
		if r.set == set && r.way == way {
			return r
		}
	}
	return row{}
}

// goals says how the figures stand to each other.
func goals(rows []row) []string {
	slower := func(set string, w way) string {
		other, mine := find(rows, set, w.name), find(rows, set, wayOwn)
		return fmt.Sprintf("%s the time (%s that of processors)", measure.Factor(other.Took, mine.Took), measure.Factor(other.Busy, mine.Busy))
	}
	return []string{
		fmt.Sprintf("- Where all files name the image, yq takes %s with a process per file, and %s in as few as it can.", slower(setAll, yqEach), slower(setAll, yqFew)),
		fmt.Sprintf("- Where one in a hundred does, yq takes %s in as few processes as it can, and %s where grep finds the files for it.", slower(setFew, yqFew), slower(setFew, grepYQ)),
		fmt.Sprintf("- kustomize edit takes %s.", slower(setKustomize, kustomizeEdit)),
	}
}
