// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// readme holds the table, between two marks.
const (
	readme    = "tasks/monorepo-change/README.md"
	markBegin = "<!-- bench:begin -->"
	markEnd   = "<!-- bench:end -->"
)

// header heads the table. The times are without and with latency, the factors
// those of monorepo-change with a graph found in files.
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
		own, ok := find(rows, r.files, wayDiscovered)
		if !ok {
			return "", fmt.Errorf("%d files: nothing to compare with", r.files)
		}
		b.WriteString(line(r, own))
	}
	b.WriteString("\n" + strings.Join(goals(rows), "\n") + "\n")
	return b.String(), nil
}

func line(r, own row) string {
	files := fmt.Sprintf("%d,%03d", r.files/1000, r.files%1000)
	if r.files >= 1_000_000 {
		files = fmt.Sprintf("%d,%03d,%03d", r.files/1_000_000, r.files/1000%1000, r.files%1000)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s | %d | %s |\n", files, r.way,
		seconds(r.near.took), seconds(r.far.took), factor(r.far.took, own.far.took),
		size(r.near.received), factor(r.near.received, own.near.received), size(r.near.sent), r.near.requests, size(r.near.memory))
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
	own, ok := find(rows, 200_000, wayDiscovered)
	if shallow, also := find(rows, 200_000, wayShallow); ok && also {
		out = append(out, fmt.Sprintf("- 200,000 files: a shallow clone with checkout takes %s of the time (%s at 50 ms) and %s of the bytes.",
			factor(shallow.near.took, own.near.took), factor(shallow.far.took, own.far.took), factor(shallow.near.received, own.near.received)))
	}
	small, ok := find(rows, 20_000, wayDeclared)
	if large, also := find(rows, 1_000_000, wayDeclared); ok && also {
		out = append(out, fmt.Sprintf("- From 20,000 to 1,000,000 files, a declared graph: %s the time (%s at 50 ms) and %s the bytes.",
			factor(large.near.took, small.near.took), factor(large.far.took, small.far.took), factor(large.near.received, small.near.received)))
	}
	plain, ok := find(rows, 200_000, wayDeclared)
	if ok && own.files > 0 {
		out = append(out, fmt.Sprintf("- Finding the graph of 2,000 services in their files, instead of having it declared: %d requests more.", own.near.requests-plain.near.requests))
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
