// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// readme holds the table, between two marks.
const (
	readme    = "tasks/monorepo-change/README.md"
	markBegin = "<!-- bench:begin -->"
	markEnd   = "<!-- bench:end -->"
)

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
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s | %d | %s |\n", thousands(r.files), r.way,
		seconds(r.near.took), seconds(r.far.took), factor(r.far.took, own.far.took),
		size(r.near.received), factor(r.near.received, own.near.received), size(r.near.sent), r.near.requests, size(r.near.memory))
}

// thousands writes a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
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
			factor(shallow.near.took, own.near.took), factor(shallow.far.took, own.far.took), factor(shallow.near.received, own.near.received),
			factor(shallow.near.took, plain.near.took), factor(shallow.far.took, plain.far.took), factor(shallow.near.received, plain.near.received))
	}
	small, ok := find(rows, 20_000, wayDeclared)
	if large, also := find(rows, 1_000_000, wayDeclared); ok && also {
		say("- From 20,000 to 1,000,000 files with a declared graph: %s the time (%s from 50 ms away) and %s the bytes.",
			factor(large.near.took, small.near.took), factor(large.far.took, small.far.took), factor(large.near.received, small.near.received))
	}
	if less, ok := find(rows, 200_000, wayLess); ok && declaredToo {
		say("- A declared graph of 2,000 services takes %d requests, finding it in their Dockerfiles %d, and in all that is looked for %d.",
			plain.near.requests, less.near.requests, own.near.requests)
	}
	return out
}

func factor[T int64 | time.Duration](a, b T) string {
	f := float64(a) / float64(max(b, 1))
	if f < 10 {
		return fmt.Sprintf("%.1f×", f)
	}
	return fmt.Sprintf("%.0f×", f)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func size(n int64) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	case n >= 1_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f kB", float64(n)/1e3)
}

// rewrite replaces what stands between the marks of a file.
func rewrite(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), markBegin)
	_, after, ok2 := strings.Cut(rest, markEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s: no lines %s and %s", file, markBegin, markEnd)
	}
	return os.WriteFile(file, []byte(before+markBegin+"\n\n"+text+"\n"+markEnd+after), 0o644) //nolint:gosec // a document for all to read
}
