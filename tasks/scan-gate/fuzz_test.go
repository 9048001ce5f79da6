// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"strings"
	"testing"
)

// A policy is read whole or not at all, and every exception of it has an end.
func FuzzParsePolicy(f *testing.F) {
	const head = "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\n"
	for _, text := range []string{"", head, head + "severity: LOW\nonlyFixed: false\n", head + "ignore:\n- {id: A, reason: x, expires: 2026-01-01}\n", head + "ignore: *a\n", "- &a [*a]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parsePolicy("p.yaml", raw)
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
