// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/source"
)

// All that a scan tells is kept, and what cannot be read wholly stands for nothing:
// a finding that is lost would be a pass.
func TestRecall(t *testing.T) {
	now := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	want := finding.Scan{
		Packages: -1, OS: "debian 12", EndOfLife: true, Scanner: finding.Scanner{Name: "Trivy", Version: "1"}, Database: now, Started: now, Finished: now, Report: "r",
		Caveats: []finding.Caveat{{Text: "old", Of: "debian"}},
		Findings: []finding.Finding{{
			ID: "CVE-1", Aliases: []string{"GHSA-1"}, Package: "a", Installed: "1", FixedIn: "2", Fix: finding.Fixed, Status: "fixed", Severity: finding.Critical, CVSS: 9.8,
			Published: now, PURL: "pkg:npm/a@1", Target: "t", Platform: "linux/amd64", Child: "sha256:0", CWE: []string{"CWE-1"}, Title: "t", URL: "u", Source: "s", Dismissed: "d",
		}, {ID: "CVE-2"}},
	}
	whole, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{options: &options{source: source.Options{Scanner: "trivy", Reuse: time.Hour}, now: func() time.Time { return now }}}
	kept := func(kind, scan string) *verdict.Document {
		return &verdict.Document{Scanner: verdict.Scanner{Kind: kind}, Finished: now, Scan: json.RawMessage(scan)}
	}
	got, err := g.recall(kept("trivy", string(whole)))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(got); err != nil || string(again) != string(whole) {
		t.Errorf("got  %s, %v\nwant %s", again, err, whole)
	}
	for says, d := range map[string]*verdict.Document{
		`of scanner "harbor"`: kept("harbor", string(whole)),
		"older than --reuse":  kept("trivy", ""),
		"SEVERE":              kept("trivy", strings.Replace(string(whole), "CRITICAL", "SEVERE", 1)),
		"unknown field":       kept("trivy", strings.Replace(string(whole), `"title"`, `"label"`, 1)),
		"perhaps":             kept("trivy", strings.Replace(string(whole), `"fix":"fixed"`, `"fix":"perhaps"`, 1)),
	} {
		if got, err := g.recall(d); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v, %v", says, got, err)
		}
	}
}

// What an earlier run said and cannot be read may be a refusal: nothing passes by it
// for want of a scanner.
func TestNothingPassesByAVerdictThatCannotBeRead(t *testing.T) {
	srv := httptest.NewServer(ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0))))
	defer srv.Close()
	repo := strings.TrimPrefix(srv.URL, "http://") + "/library/app"
	digest, err := pushRandom(repo)
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"--image=" + repo + "@" + digest, "--scanner=report", "--report=/nowhere", "--on-unknown=pass"}
	run := func() (step.Code, string) {
		var stderr bytes.Buffer
		return step.Execute(t.Context(), Command(), words, &step.Env{Stdout: io.Discard, Stderr: &stderr}), stderr.String()
	}
	if code, said := run(); code != step.CodeDone {
		t.Fatalf("without one: exit code %d: %s", code, said)
	}
	other, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewTag(repo + ":" + strings.Replace(digest, ":", "-", 1) + verdict.Suffix)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, other); err != nil {
		t.Fatal(err)
	}
	if code, said := run(); code != step.CodeNoAnswer || !strings.Contains(said, "what an earlier run said is not known") {
		t.Errorf("exit code %d: %s", code, said)
	}
}
