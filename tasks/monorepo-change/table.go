// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"strings"

	"github.com/adze-ci/adze/tasks/monorepo-change/draw"
)

// lineWidth is how wide a line of names gets, in characters.
const lineWidth = 100

// table writes the answer for a person to read: a line for each service, or a
// paragraph for many that share a reason, and how many there are.
func table(r *report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d affected: %s\n", r.Count, r.Reason)
	var lines [][]string
	var shared []row
	for _, row := range r.rows() {
		if len(row.names) > 1 {
			shared = append(shared, row)
			continue
		}
		lines = append(lines, []string{row.names[0], row.why})
	}
	b.WriteString(draw.Table("  ", lines))
	for _, row := range shared {
		fmt.Fprintf(&b, "  %s: %s\n", plural(len(row.names), "service"), row.why)
		b.WriteString(draw.Wrap("    ", lineWidth, row.names))
	}
	if r.graph != nil {
		b.WriteString(r.total() + "\n")
	}
	return b.String()
}
