// SPDX-License-Identifier: Apache-2.0

package show

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// mostRows is how many findings a table in Markdown has; a comment on a pull
// request has room for 65536 characters.
const mostRows = 50

// markdown writes the answer for a pull request.
func (a Answer) markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "**scan-gate: %s.** %s.\n\n%s\n", a.Verdict.Word(), Summary(a.Verdict), code(a.Image.String(), 300))
	for _, r := range a.Verdict.RefusingRules() {
		fmt.Fprintf(&b, "\nRule %s refuses it: %s\n", code(r.Name, 80), code(r.Reason, 300))
	}
	if refusing := a.Verdict.Of(policy.Refuses); len(refusing) > 0 {
		b.WriteString("\n")
		rows(&b, refusing)
	}
	if excepted := a.Verdict.Of(policy.Excepted); len(excepted) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>excepted: %d</summary>\n\n", len(excepted))
		rows(&b, excepted)
		b.WriteString("\n</details>\n")
	}
	fmt.Fprintf(&b, "\nTolerated: %d. %s\n", len(a.Verdict.Of(policy.Tolerated)), a.origin())
	_, err := io.WriteString(w, b.String())
	return err
}

// rows writes findings as a table.
func rows(b *strings.Builder, findings []policy.Judged) {
	b.WriteString("| severity | finding | package | installed | fixed in | why |\n|---|---|---|---|---|---|\n")
	for i, f := range findings {
		if i == mostRows {
			fmt.Fprintf(b, "\nand %d more\n", len(findings)-mostRows)
			return
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", f.Severity, code(f.ID, 60), code(f.Package, 80), code(f.Installed, 40), code(f.FixedIn, 40), code(f.Because, 200))
	}
}

// origin says what the verdict rests on.
func (a Answer) origin() string {
	text := "Scanner: " + code(strings.TrimSpace(a.Scan.Scanner.Name+" "+a.Scan.Scanner.Version), 80)
	if !a.Scan.Database.IsZero() {
		text += ", its database of " + a.Scan.Database.UTC().Format(time.RFC3339)
	}
	return text + ". Policy: " + code(a.Policy.String(), 200) + "."
}

// code shows a stranger's words as code, in which a forge finds no markup, no link
// and nobody to mention; none of them ends the code or a table's cell.
func code(s string, most int) string {
	s = strings.NewReplacer("`", "'", "|", "¦").Replace(plain.Line(s, most))
	if s == "" {
		return "-"
	}
	return "`" + s + "`"
}
