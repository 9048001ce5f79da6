// SPDX-License-Identifier: Apache-2.0

package show

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// table writes the findings that refuse, and the verdict. The platform is a column
// where the image is an index.
func (a Answer) table(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	refusing := a.Verdict.Of(policy.Refuses)
	columns := []string{"SEVERITY", "ID", "PACKAGE", "INSTALLED", "FIXED IN", "TITLE"}
	index := slices.ContainsFunc(refusing, func(j policy.Judged) bool { return j.Platform != "" })
	if index {
		columns = slices.Insert(columns, 5, "PLATFORM")
	}
	if len(refusing) > 0 {
		_, _ = fmt.Fprintln(table, strings.Join(columns, "\t")) // Flush tells what went wrong
	}
	for _, f := range refusing {
		cells := []string{f.Severity.String(), plain.Line(f.ID, 40), plain.Line(f.Package, 40), plain.Line(f.Installed, 30), orDash(plain.Line(f.FixedIn, 30)), plain.Line(f.Title, 60)}
		if index {
			cells = slices.Insert(cells, 5, orDash(plain.Line(f.Platform, 30)))
		}
		_, _ = fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	_, _ = fmt.Fprintf(table, "%s: %s\n", a.Verdict.Word(), plain.Line(a.Verdict.Note(), 1000))
	return table.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
