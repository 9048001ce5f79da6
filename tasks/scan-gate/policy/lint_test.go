// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"slices"
	"testing"
)

func TestLint(t *testing.T) {
	const text = policyHead + `newOnly: true
graceDays: {LOW: 3, HIGH: 3, MEDIUM: 0}
ignore:
- {id: A, reason: x, expires: 2026-05-31}
- {id: B, reason: x, expires: 2026-06-01}
- {id: C, reason: x, expires: 2026-06-14}
- {id: D, reason: x, expires: 2026-06-15}
- {id: D, package: p, reason: x, expires: 2026-06-15}
- {id: D, reason: y, expires: 2027-06-15}
`
	p, err := parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"p.yaml:6: the exception for A expired on 2026-05-31: what it was for counts again",
		"p.yaml:7: the exception for B expires on 2026-06-01",
		"p.yaml:8: the exception for C expires on 2026-06-14",
		"p.yaml:11: the exception for D stands in line 9 already",
		"p.yaml:1: the time of grace for LOW says nothing: findings below HIGH never count",
		"p.yaml:1: newOnly needs --baseline, the image that is deployed now; without it every finding is new",
	}
	if got := p.Lint(date(t, "2026-06-01")); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := Default().Lint(date(t, "2026-06-01")); len(got) != 0 {
		t.Errorf("the default: %q", got)
	}
}
