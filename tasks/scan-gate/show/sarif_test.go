// SPDX-License-Identifier: Apache-2.0

package show

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// standard is OASIS' schema of SARIF logs.
func standard(t *testing.T) *jsonschema.Schema {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/sarif.txtar")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(archive.Files[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// logs are what the gate writes as SARIF in several cases.
func logs(t *testing.T) map[string][]byte {
	t.Helper()
	full := &finding.Scan{
		Findings: []finding.Finding{
			{ID: "CVE-2026-0001", Package: "p", Installed: "1", FixedIn: "2", Fix: finding.Fixed, Severity: finding.High, CVSS: 7.5, Title: "t", URL: "https://x.test/1"},
			{ID: "CVE-2026-0001", Package: "q", Fix: finding.NoFix, Severity: finding.High, Platform: "linux/arm64"},
			{ID: "excepted", Package: "p", Severity: finding.Critical, Fix: finding.Fixed}, {},
			hostile(finding.High, finding.Fixed),
		},
		Caveats: []finding.Caveat{{Text: "odd", Of: "x\ny"}}, Scanner: finding.Scanner{Name: "S", Version: "1"},
	}
	ruled := judged(t, &finding.Scan{})
	ruled.Rulings = []policy.Ruling{{Name: "r", Reason: "a\nb", Refuses: true}}
	all := map[string][]byte{}
	for name, v := range map[string]*policy.Verdict{"full": judged(t, full), "empty": judged(t, &finding.Scan{}), "ruled": ruled} {
		scan := full
		if name != "full" {
			scan = &finding.Scan{}
		}
		var out bytes.Buffer
		if err := (Answer{Image: imageOf(t), Policy: policy.Default(), Scan: scan, Verdict: v}).Write(&out, "sarif"); err != nil {
			t.Fatal(err)
		}
		all[name] = out.Bytes()
	}
	return all
}

func TestSARIFIsToTheStandard(t *testing.T) {
	schema := standard(t)
	for name, text := range logs(t) {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	wrong, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"message":{}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(wrong) == nil {
		t.Error("the schema lets pass a result without words")
	}
}

// Code scanning wants of a log more than the standard does, and refuses a whole one
// that has another's address in it.
func TestSARIFIsForCodeScanning(t *testing.T) {
	for name, text := range logs(t) {
		var log sarifLog
		if err := json.Unmarshal(text, &log); err != nil {
			t.Fatal(err)
		}
		rules := map[string]bool{}
		for _, r := range log.Runs[0].Tool.Driver.Rules {
			rules[r.ID] = true
		}
		used := map[string]bool{}
		for _, r := range log.Runs[0].Results {
			used[r.RuleID] = true
			at := r.Locations[0].Physical
			u, err := url.Parse(at.Artifact.URI)
			if err != nil || u.IsAbs() || u.Host != "" || u.Path != "library/app" || at.Region.StartLine != 1 {
				t.Errorf("%s: a result lies at %+v, %v", name, at, err)
			}
			if r.Fingerprints["primaryLocationLineHash"] == "" || r.Message.Text == "" {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if !maps.Equal(rules, used) || log.Runs[0].Tool.Driver.Name == "" {
			t.Errorf("%s: rules %v, of which results name %v", name, rules, used)
		}
	}
}

// A finding is the same one in the next image, and another in another package.
func TestSARIFFingerprint(t *testing.T) {
	of := func(image string, f finding.Finding) string {
		a := Answer{Image: imageOf(t).Context().Digest("sha256:" + strings.Repeat(image, 64))}
		return a.result(policy.Judged{Finding: f}).Fingerprints["primaryLocationLineHash"]
	}
	one := finding.Finding{ID: "CVE-2026-0001", Package: "p", Installed: "1"}
	later, other := one, one
	later.Installed, other.Package = "2", "q"
	if of("a", one) != of("b", later) || of("a", one) == of("a", other) {
		t.Error("fingerprints follow something else than the finding")
	}
}
