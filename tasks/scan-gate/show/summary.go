// SPDX-License-Identifier: Apache-2.0

package show

import (
	"fmt"
	"strings"

	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// Summary tells in one line what was found: how many findings of each severity,
// the worst first. No word of it is the report's own, in which the image's author
// may have chosen names and titles.
func Summary(v *policy.Verdict) string {
	fixable, unpatched := count(v)
	all := fixable.plus(unpatched)
	var found []string
	for _, s := range []struct {
		number int
		word   string
	}{{all.Critical, "critical"}, {all.High, "high"}, {all.Medium, "medium"}, {all.Low, "low"}, {all.Unknown, "unrated"}} {
		if s.number > 0 {
			found = append(found, fmt.Sprintf("%d %s", s.number, s.word))
		}
	}
	text := []string{"no known vulnerability"}
	if len(found) > 0 {
		text = []string{strings.Join(found, ", "), withFix(fixable.sum())}
	}
	if n := len(v.Of(policy.Excepted)); n > 0 {
		text = append(text, fmt.Sprintf("%d excepted by the policy", n))
	}
	if n := v.Pending(); n > 0 {
		text = append(text, fmt.Sprintf("%d tolerated for now", n))
	}
	if n := len(v.RefusingRules()); n > 0 {
		text = append(text, fmt.Sprintf("%d rules of the policy refuse it", n))
	}
	for _, c := range v.Caveats {
		text = append(text, c.Text)
	}
	return strings.Join(text, "; ")
}

func withFix(number int) string {
	if number == 0 {
		return "none has a fix"
	}
	return fmt.Sprintf("%d with a fix", number)
}
