// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

func quick() ScanOptions {
	return ScanOptions{Log: slog.New(slog.DiscardHandler), First: time.Millisecond, Timeout: 20 * time.Second}
}

// A first scan is begun, waited for and read as Harbor answered it.
func TestScanAsRecorded(t *testing.T) {
	r, client, host := recorded(t, "scan.txtar")
	image := digestOf(t, client, host+"/demo/app@"+one)
	reports, err := attach(client, Yes).Scan(t.Context(), image, quick())
	if err != nil {
		t.Fatal(err)
	}
	if len(reports) != 1 || len(reports[0].Vulnerabilities) != 3 {
		t.Fatalf("got %+v", reports)
	}
	got := reports[0]
	if got.Image != image || got.Platform != "" || got.ID != "a488f66d-3b1d-4d07-9904-4dad12ca9996" || got.Scanner.Vendor != "Aqua Security" ||
		!got.Database.Equal(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)) || got.Finished.Sub(got.Started) != 12*time.Second || got.Limits != nil {
		t.Errorf("got %+v", got)
	}
	if v := got.Vulnerabilities[2]; v.ID != "CVE-2023-45853" || v.Package != "zlib1g" || v.FixVersion != "" || v.Status != "will_not_fix" || v.Severity != "Critical" || *v.CVSS.V3 != 9.8 || v.Links[0] == "" {
		t.Errorf("got %+v", v)
	}
	want := "POST /api/v2.0/projects/demo/repositories/app/artifacts/" + one + `/scan {"scan_type":"vulnerability"}`
	if asked := strings.Join(r.seen, "\n"); strings.Count(asked, want) != 1 {
		t.Errorf("asked\n%s", asked)
	}
}

// What is no proof that nothing was found is an error: each of these lists no
// finding that counts.
func TestReportsThatProveNothing(t *testing.T) {
	_, client, host := recorded(t, "scan.txtar")
	image := digestOf(t, client, host+"/demo/app@"+one)
	const type11 = `"application/vnd.security.vulnerability.report; version=1.1"`
	finding := `{"id":"CVE-1","severity":"Low","artifact_digests":["` + one + `"]}`
	for name, c := range map[string]struct {
		raw   string
		total int64
	}{
		"nothing":              {`{}`, 0},
		"no list":              {`{` + type11 + `:{}}`, 0},
		"null":                 {`{` + type11 + `:null}`, 0},
		"another type":         {`{"text/plain":{"vulnerabilities":[]}}`, 0},
		"fewer than counted":   {`{` + type11 + `:{"vulnerabilities":[]}}`, 1},
		"more than counted":    {`{` + type11 + `:{"vulnerabilities":[` + finding + `]}}`, 0},
		"another image":        {`{` + type11 + `:{"vulnerabilities":[` + strings.ReplaceAll(finding, one, other) + `]}}`, 1},
		"no image":             {`{` + type11 + `:{"vulnerabilities":[{"id":"CVE-1"}]}}`, 1},
		"no identifier":        {`{` + type11 + `:{"vulnerabilities":[` + strings.ReplaceAll(finding, "CVE-1", "") + `]}}`, 1},
		"cut short":            {`{` + type11 + `:{"vulnerabilities":[`, 0},
		"a string":             {`"{}"`, 0},
		"something after that": {`{` + type11 + `:{"vulnerabilities":[]}} {}`, 0},
	} {
		if r, err := parse([]byte(c.raw), image, c.total); err == nil {
			t.Errorf("%s: read as %+v", name, r)
		}
	}
	for _, kind := range reportTypes() {
		if r, err := parse([]byte(`{"`+kind+`":{"vulnerabilities":[`+finding+`]}}`), image, 1); err != nil || len(r.Vulnerabilities) != 1 {
			t.Errorf("%s: %+v, %v", kind, r, err)
		}
	}
}

// A finished scan is used again only while a new one would hardly differ.
func TestFresh(t *testing.T) {
	now := time.Now()
	done := artifactState{status: success, total: 0, report: "1", started: now.Add(-time.Hour), finished: now.Add(-time.Hour)}
	with := func(change func(*artifactState)) artifactState { s := done; change(&s); return s }
	for name, c := range map[string]struct {
		state    artifactState
		reuse    time.Duration
		database time.Time
		want     bool
	}{
		"young":                 {done, 2 * time.Hour, time.Time{}, true},
		"database is no newer":  {done, 2 * time.Hour, now.Add(-2 * time.Hour), true},
		"database is newer":     {done, 2 * time.Hour, now.Add(-time.Minute), false},
		"old":                   {done, time.Minute, time.Time{}, false},
		"never":                 {done, 0, time.Time{}, false},
		"failed":                {with(func(s *artifactState) { s.status = "Error" }), 2 * time.Hour, time.Time{}, false},
		"running":               {with(func(s *artifactState) { s.status = running }), 2 * time.Hour, time.Time{}, false},
		"how much is not told":  {with(func(s *artifactState) { s.total = -1 }), 2 * time.Hour, time.Time{}, false},
		"Harbor's time is zero": {with(func(s *artifactState) { s.finished = time.Time{} }), 2 * time.Hour, time.Time{}, false},
	} {
		if got := c.state.fresh(c.reuse, c.database); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// What is read has as many findings as are counted, each with a name and on the image.
func FuzzReport(f *testing.F) {
	image, err := name.NewDigest("h.example/demo/app@" + one)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"application/vnd.security.vulnerability.report; version=1.1":{"vulnerabilities":[]}}`), int64(0))
	f.Add([]byte(`{"application/vnd.security.vulnerability.report; version=1.1":{"vulnerabilities":[{"id":"CVE-1","artifact_digests":["`+one+`"]}]}}`), int64(1))
	f.Add([]byte(`{}`), int64(-1))
	f.Fuzz(func(t *testing.T, raw []byte, total int64) {
		r, err := parse(raw, image, total)
		if err != nil {
			return
		}
		if int64(len(r.Vulnerabilities)) != total {
			t.Errorf("%d findings, %d counted", len(r.Vulnerabilities), total)
		}
		for _, v := range r.Vulnerabilities {
			if v.ID == "" || !slices.Contains(v.Digests, one) {
				t.Errorf("read %+v", v)
			}
		}
	})
}
