// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"fmt"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// Outcome is what a policy says to a finding.
type Outcome string

// The outcomes.
const (
	Refuses   Outcome = "refuses"
	Excepted  Outcome = "excepted"
	Tolerated Outcome = "tolerated"
)

// Judged is a finding and what the policy says to it.
type Judged struct {
	finding.Finding

	Outcome Outcome `json:"outcome"`
	// Because says why, on one line, in words of ours and of the policy.
	Because string `json:"because"`
	// Pending tells that it is tolerated for now: in its time of grace, or because
	// the baseline has it too.
	Pending bool `json:"pending,omitempty"`
}

// Verdict is a judgement and what it rests on.
type Verdict struct {
	// Findings are all findings, the worst first.
	Findings []Judged
	// Rulings are what the policy's rules say.
	Rulings []Ruling
	// Expired are exceptions that would have mattered and no longer hold.
	Expired []Exception
	// Caveats say where the scanner may have seen too little, or the policy had
	// nothing to go by.
	Caveats []finding.Caveat
}

// Ruling is what a rule says.
type Ruling struct {
	Name    string `json:"name"`
	Reason  string `json:"reason"`
	Refuses bool   `json:"refuses"`
}

// Of are the findings with an outcome.
func (v *Verdict) Of(o Outcome) []Judged {
	var some []Judged
	for _, j := range v.Findings {
		if j.Outcome == o {
			some = append(some, j)
		}
	}
	return some
}

// Pending is how many findings are tolerated for now.
func (v *Verdict) Pending() int {
	n := 0
	for _, j := range v.Findings {
		if j.Pending {
			n++
		}
	}
	return n
}

// Refused tells whether the image is.
func (v *Verdict) Refused() bool { return len(v.Of(Refuses)) > 0 || len(v.RefusingRules()) > 0 }

// RefusingRules are the rules that refuse the image.
func (v *Verdict) RefusingRules() []Ruling {
	var some []Ruling
	for _, r := range v.Rulings {
		if r.Refuses {
			some = append(some, r)
		}
	}
	return some
}

// Word is "refused" or "pass".
func (v *Verdict) Word() string {
	if v.Refused() {
		return "refused"
	}
	return "pass"
}

// Note sums the verdict up in one line.
func (v *Verdict) Note() string {
	text := fmt.Sprintf("findings that refuse: %d, excepted: %d, tolerated: %d", len(v.Of(Refuses)), len(v.Of(Excepted)), len(v.Of(Tolerated)))
	if n := v.Pending(); n > 0 {
		text += fmt.Sprintf(", %d of them for now", n)
	}
	for _, r := range v.RefusingRules() {
		text += fmt.Sprintf("; rule %s refuses: %s", r.Name, r.Reason)
	}
	for _, e := range v.Expired {
		text += fmt.Sprintf("; the exception for %s expired on %s", e.ID, day(e.Expires))
	}
	for _, caveat := range v.Caveats {
		text += "; " + caveat.String()
	}
	return text
}
