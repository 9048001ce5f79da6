// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// Whatever a scanner writes, it is taken for a report only if it is one on the image.
func FuzzParseReport(f *testing.F) {
	image, err := name.NewDigest("host.test/library/app@sha256:" + strings.Repeat("a", 64))
	if err != nil {
		f.Fatal(err)
	}
	whole := strings.ReplaceAll(reportText, "DIGEST", image.DigestStr())
	for _, text := range []string{"", "{}", "[]", "null", whole, whole[:len(whole)/2], strings.ReplaceAll(whole, "HIGH", "")} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		scan, err := parseReport(raw, image)
		if err != nil {
			return
		}
		if !strings.Contains(string(raw), strings.Repeat("a", 64)) && !strings.Contains(string(raw), `\u`) {
			t.Errorf("a report that does not name the digest gave %d findings", len(scan.findings))
		}
		v := defaultPolicy().judge(scan, time.Now())
		if len(v.Refusing)+len(v.Ignored)+len(v.Tolerated) != len(scan.findings) {
			t.Error("a finding got lost")
		}
	})
}

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
