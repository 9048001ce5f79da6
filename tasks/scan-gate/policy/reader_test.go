// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"strings"
	"testing"
)

func TestPolicyFaultsNameTheirLine(t *testing.T) {
	const head = "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\n"
	for _, c := range []struct{ name, text, says string }{
		{"empty", "", "is empty"},
		{"no head", "severity: LOW\n", "p.yaml:1:1: want apiVersion"},
		{"unknown key", head + "sevrity: LOW\n", `p.yaml:3:1: unknown key "sevrity"`},
		{"unknown severity", head + "severity: BAD\n", "p.yaml:3:11: severity \"BAD\""},
		{"null", head + "severity:\n", "p.yaml:3:"},
		{"no boolean", head + "onlyFixed: perhaps\n", "p.yaml:3:12"},
		{"twice", head + "severity: LOW\nseverity: HIGH\n", "p.yaml:4:1: key \"severity\" stands twice"},
		{"no reason", head + "ignore:\n- id: A\n  expires: 2026-01-01\n", "p.yaml:4:3: an exception needs"},
		{"no end", head + "ignore:\n- {id: A, reason: x}\n", "p.yaml:4:3: an exception needs"},
		{"no day", head + "ignore:\n- {id: A, reason: x, expires: soon}\n", `"soon" is no day`},
		{"no list", head + "ignore: {}\n", "want a list"},
		{"no YAML", "\t", "p.yaml"},
		{"no hours", head + "maxDatabaseAgeHours: 0\n", "p.yaml:3:22: 0 is not from 1 to 8760"},
		{"too many days", head + "graceDays: {HIGH: 366}\n", "p.yaml:3:19: 366 is not from 0 to 365"},
		{"no such grace", head + "graceDays: {BAD: 3}\n", `p.yaml:3:13: unknown key "BAD"`},
		{"no number", head + "graceDays: {LOW: few}\n", "p.yaml:3:18"},
		{"no purl", head + "ignore:\n- {id: A, purl: minimist, reason: x, expires: 2026-01-01}\n", `p.yaml:4:17: "minimist" is no package URL`},
		{"no package", head + "ignore:\n- {id: A, package: '', reason: x, expires: 2026-01-01}\n", "p.yaml:4:20: no package has this name"},
		{"two documents", head + "---\n" + head + "severity: LOW\n", "p.yaml:3: one document is wanted"},
	} {
		if _, err := parse("p.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want it to say %q", c.name, err, c.says)
		}
	}
}

// A policy is read whole or not at all, and every exception of it has an end.
func FuzzParsePolicy(f *testing.F) {
	const head = "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\n"
	for _, text := range []string{"", head, head + "severity: LOW\nonlyFixed: false\n", head + "ignore:\n- {id: A, reason: x, expires: 2026-01-01}\n", head + "ignore: *a\n", "- &a [*a]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parse("p.yaml", raw)
		if err != nil {
			return
		}
		for _, e := range p.Ignore {
			if e.ID == "" || strings.TrimSpace(e.Reason) == "" || e.Expires.IsZero() {
				t.Errorf("exception without id, reason or end: %+v", e)
			}
		}
	})
}
