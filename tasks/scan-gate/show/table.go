// SPDX-License-Identifier: Apache-2.0

package show

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// table writes the findings that refuse, and the verdict.
func (a Answer) table(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	refusing := a.Verdict.Of(policy.Refuses)
	if len(refusing) > 0 {
		_, _ = fmt.Fprintln(table, "SEVERITY\tID\tPACKAGE\tINSTALLED\tFIXED IN\tTITLE") // Flush tells what went wrong
	}
	for _, f := range refusing {
		_, _ = fmt.Fprintln(table, strings.Join([]string{f.Severity.String(), plain.Line(f.ID, 40), plain.Line(f.Package, 40), plain.Line(f.Installed, 30), orDash(plain.Line(f.FixedIn, 30)), plain.Line(f.Title, 60)}, "\t"))
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
