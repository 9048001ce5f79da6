// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"fmt"
	"time"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// verdict is a judgement and what it rests on.
type verdict struct {
	// Refusing are the findings for which the image is refused.
	Refusing []finding.Finding
	// Ignored are those that an exception lets pass.
	Ignored []finding.Finding
	// Tolerated are below the threshold or have no fix.
	Tolerated []finding.Finding
	// Expired are exceptions that would have mattered and no longer hold.
	Expired []exception
	// Caveats say where the scanner may have seen too little.
	Caveats []finding.Caveat
}

func (v *verdict) word() string {
	if len(v.Refusing) > 0 {
		return "refused"
	}
	return "pass"
}

// note sums the verdict up in one line.
func (v *verdict) note() string {
	text := fmt.Sprintf("findings that refuse: %d, excepted: %d, below the threshold or without a fix: %d", len(v.Refusing), len(v.Ignored), len(v.Tolerated))
	for _, e := range v.Expired {
		text += fmt.Sprintf("; the exception for %s expired on %s", e.ID, e.Expires.Format(time.DateOnly))
	}
	for _, caveat := range v.Caveats {
		text += "; " + caveat.String()
	}
	return text
}

// judge applies the policy to the findings.
func (p *policy) judge(s *finding.Scan, now time.Time) *verdict {
	v := &verdict{Caveats: s.Caveats}
	expired := map[int]bool{}
	finding.Sort(s.Findings)
	for _, f := range s.Findings {
		if f.Severity < p.Severity || (p.OnlyFixed && f.Fix == finding.NoFix) {
			v.Tolerated = append(v.Tolerated, f)
			continue
		}
		valid, stale := p.exceptions(f, now)
		if valid {
			v.Ignored = append(v.Ignored, f)
			continue
		}
		v.Refusing = append(v.Refusing, f)
		for _, e := range stale {
			if !expired[e.Line] {
				expired[e.Line] = true
				v.Expired = append(v.Expired, e)
			}
		}
	}
	return v
}

// exceptions tells whether one holds for a finding today, and which ones no longer do.
func (p *policy) exceptions(f finding.Finding, now time.Time) (valid bool, expired []exception) {
	for _, e := range p.Ignore {
		switch {
		case e.ID != f.ID || (e.Package != "" && e.Package != f.Package):
		case now.UTC().Before(e.Expires.AddDate(0, 0, 1)):
			valid = true
		default:
			expired = append(expired, e)
		}
	}
	return valid, expired
}
