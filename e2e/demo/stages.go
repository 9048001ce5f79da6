// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// stages tells what happens as it happens, and sums it up at the end.
type stages struct {
	out   io.Writer
	start time.Time
	rows  []row
}

// row is one stage that is over.
type row struct {
	part, what string
	took       time.Duration
	detail     string
}

func newStages(out io.Writer) *stages { return &stages{out: out, start: time.Now()} }

// part begins a part of the demo.
func (s *stages) part(title string) {
	_, _ = fmt.Fprintf(s.out, "\n== %s\n", title)
}

// do runs a stage and tells how long it took. The stage's own words, if it has
// any, are printed beside it.
func (s *stages) do(part, what string, stage func() (string, error)) error {
	start := time.Now()
	detail, err := stage()
	if err != nil {
		return fmt.Errorf("%s: %s: %w", part, what, err)
	}
	s.done(part, what, time.Since(start), detail)
	return nil
}

// done notes a stage that is over.
func (s *stages) done(part, what string, took time.Duration, detail string) {
	s.rows = append(s.rows, row{part, what, took, detail})
	_, _ = fmt.Fprintf(s.out, "%6.1fs  %-24s %6.1fs  %s\n", time.Since(s.start).Seconds(), what, took.Seconds(), detail)
}

// say prints text as it is, indented.
func (s *stages) say(text string) {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		_, _ = fmt.Fprintln(s.out, strings.TrimRight("  | "+line, " "))
	}
}

// table prints all stages with their times, and how long each part took.
func (s *stages) table() error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "part\tstage\tseconds\t")
	for _, r := range s.rows {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%.1f\t\n", r.part, r.what, r.took.Seconds())
	}
	_, _ = fmt.Fprintf(w, "\tall\t%.1f\t\n", time.Since(s.start).Seconds())
	return w.Flush()
}
