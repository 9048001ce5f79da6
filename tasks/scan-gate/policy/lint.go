// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"fmt"
	"time"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// soon is how many days before its end an exception is spoken of.
const soon = 14

// Lint tells what is allowed in the policy, and likely not meant: each on one line
// that begins with the file and a line number where there is one.
func (p *Policy) Lint(now time.Time) []string {
	var all []string
	say := func(line int, format string, args ...any) {
		all = append(all, fmt.Sprintf("%s:%d: %s", p.File, line, fmt.Sprintf(format, args...)))
	}
	first := map[string]int{}
	for _, e := range p.Ignore {
		key := e.ID + "\x00" + e.Package + "\x00" + e.PURL
		switch line, ok := first[key]; {
		case ok:
			say(e.Line, "the exception for %s stands in line %d already", e.ID, line)
		case !e.Holds(now):
			say(e.Line, "the exception for %s expired on %s: what it was for counts again", e.ID, day(e.Expires))
		case !e.Holds(now.AddDate(0, 0, soon)):
			say(e.Line, "the exception for %s expires on %s", e.ID, day(e.Expires))
		}
		if _, ok := first[key]; !ok {
			first[key] = e.Line
		}
	}
	for s := finding.Unknown; s < p.Severity; s++ {
		if p.Grace[s] > 0 {
			say(1, "the time of grace for %s says nothing: findings below %s never count", s, p.Severity)
		}
	}
	if p.NewOnly {
		say(1, "newOnly needs --baseline, the image that is deployed now; without it every finding is new")
	}
	return all
}
