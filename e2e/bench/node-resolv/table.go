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
const readme = "tasks/node-resolv/README.md"

// The rows of the table.
const (
	rowMedian  = "from a new cluster IP to the file, median"
	rowLongest = "the longest of these"
	rowCPU     = "CPU at rest"
	rowAtRest  = "memory at rest"
	rowPeak    = "memory at most"
)

// header heads the table.
const header = `| | node-resolv | kubectl in a loop, every 60 s |
|---|---:|---:|
`

// document is the table, as Markdown.
func document(r result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "On %s/%s, %d CPUs; at rest for %s, then %d changes of the Service for node-resolv and %d for the loop.\n\n%s",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), long(r.Rest), len(r.Own.Delays), len(r.Loop.Delays), header)
	row := func(name string, of func(figures) string) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, of(r.Own), of(r.Loop))
	}
	row(rowMedian, func(f figures) string { return took(f.median()) })
	row(rowLongest, func(f figures) string { return took(f.longest()) })
	row(rowCPU, func(f figures) string { return cpu(f.Busy, r.Rest) })
	row(rowAtRest, func(f figures) string { return measure.Size(f.AtRest) })
	row(rowPeak, func(f figures) string { return measure.Size(f.Peak) })
	return b.String()
}

// took writes a delay.
func took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return measure.Seconds(d)
}

// cpu writes a share of a CPU as Kubernetes does, in thousandths.
func cpu(busy, of time.Duration) string {
	return fmt.Sprintf("%.2fm", 1000*busy.Seconds()/of.Seconds())
}

// long writes a duration without the seconds that it does not have.
func long(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		return strings.TrimSuffix(text, "0s")
	}
	return text
}
