// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/adze-ci/adze/e2e/measure"
)

// readme holds the table, between two marks.
const readme = "tasks/harbor-push/README.md"

// header heads the table. The factor says how many times as long as harbor-push
// a way takes.
const header = `| what is done | by | time | × | processor time | sent | received | memory |
|---|---|---:|---:|---:|---:|---:|---:|
`

// document is the table and what follows from it, as Markdown.
func document(versions, place string, bytes int64, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of layers that do not compress, %d of them, beside %s on %s/%s, %d CPUs, with the registry on the same machine, its files %s.\n\n%s",
		measure.Size(bytes), layers, versions, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), place, header)
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", r.task, r.way,
			measure.Seconds(r.Took), measure.Factor(r.Took, find(rows, r.task, wayOwn).Took), measure.Seconds(r.Busy),
			measure.Size(r.Sent), measure.Size(r.Received), measure.Size(r.Memory))
	}
	tag := find(rows, taskTag, wayOwn)
	fmt.Fprintf(&b, "\nTo put a tag harbor-push sends %s and receives %s: the manifest, and no layer.\n", measure.Size(tag.Sent), measure.Size(tag.Received))
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

// verdict is an error when harbor-push moved layers to put a tag, or to promote
// an image to where they can be mounted, or was slower than crane where all move.
func verdict(rows []row, bytes int64) error {
	for _, task := range []string{taskTag, taskPromote} {
		if own := find(rows, task, wayOwn); own.Sent+own.Received >= bytes/layers {
			return fmt.Errorf("%s: harbor-push moved %s", task, measure.Size(own.Sent+own.Received))
		}
	}
	for task, peer := range map[string]string{taskNew: wayCrane, taskTransfer: wayCraneCopy} {
		if own, other := find(rows, task, wayOwn), find(rows, task, peer); own.Took > other.Took {
			return fmt.Errorf("%s: harbor-push took %s, %s %s", task, measure.Seconds(own.Took), peer, measure.Seconds(other.Took))
		}
	}
	return nil
}
