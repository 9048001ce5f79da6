// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"fmt"
	"strings"
)

// summary tells in one line what was found: how many findings of each severity,
// the worst first. No word of it is the report's own, in which the image's author
// may have chosen names and titles.
func (v *verdict) summary() string {
	fixable, unpatched := v.count()
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
	if n := len(v.Ignored); n > 0 {
		text = append(text, fmt.Sprintf("%d excepted by the policy", n))
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

// plus adds counts up.
func (c counts) plus(d counts) counts {
	return counts{c.Critical + d.Critical, c.High + d.High, c.Medium + d.Medium, c.Low + d.Low, c.Unknown + d.Unknown}
}

// sum is how many findings were counted.
func (c counts) sum() int { return c.Critical + c.High + c.Medium + c.Low + c.Unknown }
