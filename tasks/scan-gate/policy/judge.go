// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// Case is what is judged.
type Case struct {
	Image name.Digest
	Scan  *finding.Scan
	// Baseline are the findings on each image that is deployed now; none where
	// there is none, or nothing is known of one.
	Baseline []*finding.Scan
	Now      time.Time
}

// skew is by how much the clock of who made a scanner's database may be ahead.
const skew = time.Hour

// Judge applies the policy. Its error means that there is no verdict.
func (p *Policy) Judge(ctx context.Context, c Case) (*Verdict, error) {
	if err := p.Fresh(c.Scan, c.Now); err != nil {
		return nil, err
	}
	v := &Verdict{Caveats: slices.Clone(c.Scan.Caveats)}
	if p.NewOnly && len(c.Baseline) == 0 {
		v.Caveats = append(v.Caveats, finding.Caveat{Text: "every finding counts as new: there is nothing to compare with"})
	}
	j := judgement{Policy: p, Case: c, known: common(c.Baseline), verdict: v}
	finding.Sort(c.Scan.Findings)
	for _, f := range c.Scan.Findings {
		v.Findings = append(v.Findings, j.judge(f))
	}
	for _, r := range p.Rules {
		refuses, err := r.refuses(ctx, j.input(v.Findings))
		if err != nil {
			return nil, err
		}
		v.Rulings = append(v.Rulings, Ruling{Name: r.Name, Reason: r.Reason, Refuses: refuses})
	}
	return v, nil
}

// Fresh checks the age of what the scanner knows. Its error means that there can
// be no verdict.
func (p *Policy) Fresh(scan *finding.Scan, now time.Time) error {
	at, age := scan.Database, now.Sub(scan.Database)
	switch {
	case p.MaxDatabaseAge == 0:
		return nil
	case at.IsZero():
		return fmt.Errorf("the policy wants a scanner's database of at most %s, and the scanner does not say how old its is", p.MaxDatabaseAge)
	case age > p.MaxDatabaseAge:
		return fmt.Errorf("the scanner's database is of %s, and the policy wants one of at most %s", at.UTC().Format(time.RFC3339), p.MaxDatabaseAge)
	case age < -skew:
		return fmt.Errorf("the scanner's database is of %s, which is yet to come", at.UTC().Format(time.RFC3339))
	}
	return nil
}

// common are the findings that all scans have, by their key, each with the severity
// that it has in all of them.
func common(scans []*finding.Scan) map[string]finding.Severity {
	var known map[string]finding.Severity
	for i, s := range scans {
		has := severities(s)
		if i == 0 {
			known = has
		}
		maps.DeleteFunc(known, func(key string, _ finding.Severity) bool { _, ok := has[key]; return !ok })
		for key := range known {
			known[key] = min(known[key], has[key])
		}
	}
	return known
}

// severities are the findings of a scan by their key, each with its worst severity.
func severities(s *finding.Scan) map[string]finding.Severity {
	has := map[string]finding.Severity{}
	for _, f := range s.Findings {
		has[f.Key()] = max(has[f.Key()], f.Severity)
	}
	return has
}

// judgement is one case before the policy.
type judgement struct {
	*Policy
	Case

	known   map[string]finding.Severity
	verdict *Verdict
}

// judge asks all that could speak for a finding. The order is that in which people
// would look: what never counts, what somebody decided, and what is a matter of time.
func (j *judgement) judge(f finding.Finding) Judged {
	if f.Severity < j.Severity {
		return Judged{Finding: f, Outcome: Tolerated, Because: "below " + j.Severity.String()}
	}
	if j.OnlyFixed && f.Fix == finding.NoFix {
		return Judged{Finding: f, Outcome: Tolerated, Because: "there is no fix"}
	}
	holds, expired := j.exceptions(f)
	if holds != nil {
		return Judged{Finding: f, Outcome: Excepted, Because: fmt.Sprintf("until %s: %s", day(holds.Expires), plain.Line(holds.Reason, 200))}
	}
	if because, ok := j.cleared(j.Image, f); ok {
		return Judged{Finding: f, Outcome: Excepted, Because: plain.Line(because, 300)}
	}
	if f.Dismissed != "" {
		return Judged{Finding: f, Outcome: Excepted, Because: "by the report: " + plain.Line(f.Dismissed, 200)}
	}
	j.ended(expired)
	if j.NewOnly && j.old(f) {
		return Judged{Finding: f, Outcome: Tolerated, Because: "what is deployed now has it too", Pending: true}
	}
	if end, ok := j.grace(f); ok {
		return Judged{Finding: f, Outcome: Tolerated, Because: "known since " + day(f.Published) + ", counts from " + day(end), Pending: true}
	}
	because := f.Severity.String() + ", and nothing in the policy speaks for it"
	for _, e := range expired {
		because = fmt.Sprintf("its exception expired on %s", day(e.Expires))
	}
	return Judged{Finding: f, Outcome: Refuses, Because: because}
}

// ended notes exceptions that no longer hold, each once.
func (j *judgement) ended(expired []Exception) {
	for _, e := range expired {
		if !slices.ContainsFunc(j.verdict.Expired, func(has Exception) bool { return has.Line == e.Line }) {
			j.verdict.Expired = append(j.verdict.Expired, e)
		}
	}
}

// exceptions gives one that holds for a finding today, and those that no longer do.
func (j *judgement) exceptions(f finding.Finding) (holds *Exception, expired []Exception) {
	for i, e := range j.Ignore {
		switch {
		case !e.speaksOf(f):
		case e.Holds(j.Now):
			holds = &j.Ignore[i]
		default:
			expired = append(expired, e)
		}
	}
	return holds, expired
}

// grace tells whether a finding is so new that it does not count yet, and when that
// ends. One of which nobody says since when it is known has none.
func (j *judgement) grace(f finding.Finding) (end time.Time, ok bool) {
	if f.Published.IsZero() || f.Published.After(j.Now) {
		return time.Time{}, false
	}
	end = f.Published.AddDate(0, 0, j.Grace[f.Severity])
	return end, j.Now.Before(end)
}
