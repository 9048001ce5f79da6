// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// text writes the account for people.
func (a account) text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "run %s: %s\n", a.Run, a.headline())
	if a.Reason != "" {
		fmt.Fprintf(&b, "because: %s\n", a.Reason)
	}
	if len(a.Services) > 0 {
		b.WriteString("\n")
		table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		if _, err := io.WriteString(table, a.rows()); err != nil {
			return err
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	for _, s := range a.Services {
		if s.Why != "" {
			fmt.Fprintf(&b, "%s: %s\n", s.Name, s.Why)
		}
	}
	for _, url := range a.PullRequests {
		fmt.Fprintf(&b, "pull request: %s\n", url)
	}
	for _, t := range a.Troubles {
		fmt.Fprintln(&b, t)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rows are the table's cells, separated by tabs.
func (a account) rows() string {
	rows := "SERVICE\tBUILD\tGATE\tIMAGE\tPROPOSAL\n"
	for _, s := range a.Services {
		rows += fmt.Sprintf("%s\t%s\t%s\t%s\t%s\n", s.Name, s.Build, s.Gate, cmp.Or(s.Image, "-"), cmp.Or(s.Proposal, "-"))
	}
	return rows
}

func (a account) headline() string {
	switch {
	case a.unaffected:
		return "no service is affected"
	case len(a.Services) == 0:
		return "no service was built"
	}
	tagged := 0
	for _, s := range a.Services {
		if s.Why == "" {
			tagged++
		}
	}
	return fmt.Sprintf("%d affected, %d passed, pull requests: %d", len(a.Services), tagged, len(a.PullRequests))
}
