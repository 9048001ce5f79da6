// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// openVEX is a document of 2026-05-01 with these statements.
func openVEX(statements ...string) string {
	return `{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://vex.test/1", "author": "us", "timestamp": "2026-05-01T00:00:00Z", "version": 1,
 "statements": [` + strings.Join(statements, ",\n") + `]}`
}

// says is a statement on CVE-1 in a product, which is JSON.
func says(status, product string) string {
	more := ""
	switch status {
	case "not_affected":
		more = `, "justification": "vulnerable_code_not_in_execute_path"`
	case "affected":
		more = `, "action_statement": "update"`
	}
	return fmt.Sprintf(`{"vulnerability": {"name": "CVE-1"}, "products": [%s], "status": %q%s}`, product, status, more)
}

// later gives a statement a time of its own, after its document's.
func later(statement string) string {
	return strings.Replace(statement, `"status"`, `"timestamp": "2026-05-02T00:00:00Z", "status"`, 1)
}

// withVEX is the policy of a folder with these documents.
func withVEX(t testing.TB, documents ...string) (*Policy, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "vex"), 0o700); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"policy.yaml": policyHead + "vex: ['vex/*.json']\n"}
	for i, d := range documents {
		files[fmt.Sprintf("vex/%d.json", i)] = d
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(dir)
}

func TestVEX(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	const any, purl, other = `{"@id": "pkg:oci/app"}`, `{"@id": "pkg:npm/p"}`, `{"@id": "pkg:npm/q"}`
	in := func(parts string) string { return `{"@id": "pkg:oci/app", "subcomponents": [` + parts + `]}` }
	for _, c := range []struct {
		name      string
		documents []string
		want      Outcome
	}{
		{"the image", []string{openVEX(says("not_affected", any))}, Excepted},
		{"the image is fixed", []string{openVEX(says("fixed", any))}, Excepted},
		{"affected", []string{openVEX(says("affected", any))}, Refuses},
		{"nobody knows yet", []string{openVEX(says("under_investigation", any))}, Refuses},
		{"by digest", []string{openVEX(says("not_affected", `{"@id": "host.test/library/app@`+digest+`"}`))}, Excepted},
		{"by hash", []string{openVEX(says("not_affected", `{"@id": "x", "hashes": {"sha-256": "`+digest[7:]+`"}}`))}, Excepted},
		{"by version", []string{openVEX(says("not_affected", `{"@id": "pkg:oci/app@sha256%3A`+digest[7:]+`"}`))}, Excepted},
		{"another version", []string{openVEX(says("not_affected", `{"@id": "pkg:oci/app@sha256%3A`+strings.Repeat("b", 64)+`"}`))}, Refuses},
		{"another repository", []string{openVEX(says("not_affected", `{"@id": "pkg:oci/app?repository_url=host.test/other/app"}`))}, Refuses},
		{"another image", []string{openVEX(says("not_affected", `{"@id": "pkg:oci/api"}`))}, Refuses},
		{"the package", []string{openVEX(says("not_affected", purl))}, Excepted},
		{"another package", []string{openVEX(says("not_affected", other))}, Refuses},
		{"the package in the image", []string{openVEX(says("not_affected", in(purl)))}, Excepted},
		{"another package in the image", []string{openVEX(says("not_affected", in(other)))}, Refuses},
		{"the package in another", []string{openVEX(says("not_affected", `{"@id": "pkg:npm/p", "subcomponents": [`+other+`]}`))}, Refuses},
		{"another vulnerability", []string{strings.ReplaceAll(openVEX(says("not_affected", any)), "CVE-1", "CVE-2")}, Refuses},
		{"its other name", []string{strings.ReplaceAll(openVEX(says("not_affected", any)), "CVE-1", "GHSA-1")}, Excepted},
		{"taken back", []string{openVEX(says("not_affected", any), later(says("affected", any)))}, Refuses},
		{"taken back in another document", []string{openVEX(later(says("affected", any))), openVEX(says("not_affected", any))}, Refuses},
		{"cleared later", []string{openVEX(later(says("not_affected", any)), says("affected", any))}, Excepted},
		{"both at once", []string{openVEX(says("affected", any), says("not_affected", any))}, Refuses},
		{"both at once, turned round", []string{openVEX(says("not_affected", any), says("affected", any))}, Refuses},
	} {
		p, err := withVEX(t, c.documents...)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		v, err := p.Judge(t.Context(), caseOf(t, finding.Finding{ID: "CVE-1", Aliases: []string{"GHSA-1"}, Package: "p", PURL: "pkg:npm/p@1", Severity: finding.High, Fix: finding.Fixed}))
		if err != nil || v.Findings[0].Outcome != c.want {
			t.Errorf("%s: %+v, %v, want %s", c.name, v, err, c.want)
		}
	}
}

// A finding of which the package is not told may be in each that a product lists: that
// clears it in none, and what was said of the image before holds no more.
func TestVEXOfAnUnknownPackage(t *testing.T) {
	const part = `{"@id": "pkg:oci/app", "subcomponents": [{"@id": "pkg:npm/p"}]}`
	for name, document := range map[string]string{
		"cleared in a package":    openVEX(says("not_affected", part), says("not_affected", `{"@id": ""}`)),
		"cleared in no package":   openVEX(says("not_affected", `{"@id": "pkg:npm/p", "identifiers": {"purl": ""}}`)),
		"taken back in a package": openVEX(says("not_affected", `{"@id": "pkg:oci/app"}`), later(says("affected", part))),
	} {
		p, err := withVEX(t, document)
		if err != nil {
			t.Fatal(err)
		}
		v, err := p.Judge(t.Context(), caseOf(t, finding.Finding{ID: "CVE-1", Package: "p", Severity: finding.High}))
		if err != nil || !v.Refused() {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

// Of an index, a statement on the image of one platform is on the findings in that one.
func TestVEXOfAPlatform(t *testing.T) {
	child := "sha256:" + strings.Repeat("c", 64)
	p, err := withVEX(t, openVEX(says("not_affected", `{"@id": "host.test/library/app@`+child+`"}`)))
	if err != nil {
		t.Fatal(err)
	}
	f := finding.Finding{ID: "CVE-1", Package: "p", Severity: finding.High, Fix: finding.Fixed}
	here, there := f, f
	here.Platform, here.Child = "linux/amd64", child
	there.Platform, there.Child = "linux/arm64", "sha256:"+strings.Repeat("d", 64)
	v, err := p.Judge(t.Context(), caseOf(t, here, there))
	if err != nil || v.Findings[0].Outcome != Excepted || v.Findings[1].Outcome != Refuses {
		t.Errorf("%+v, %v", v, err)
	}
}

// A document that is not understood whole is a fault of the policy.
func TestVEXFaults(t *testing.T) {
	whole := openVEX(says("not_affected", `{"@id": "pkg:oci/app"}`))
	for name, c := range map[string]struct{ text, says string }{
		"no JSON":          {whole[:40], "vex/0.json: "},
		"another format":   {`{"bomFormat": "CycloneDX"}`, "no OpenVEX document"},
		"another version":  {strings.Replace(whole, "v0.2.0", "v9.0.0", 1), "no OpenVEX document"},
		"no such status":   {strings.Replace(whole, `"not_affected"`, `"harmless"`, 1), `statement 1: invalid status value "harmless"`},
		"no reason":        {strings.Replace(whole, "justification", "other", 1), "statement 1: either justification"},
		"no product":       {strings.Replace(whole, "products", "other", 1), "statement 1: it names no product"},
		"no vulnerability": {strings.Replace(whole, `"name"`, `"other"`, 1), "statement 1: it names no vulnerability"},
		"no time":          {strings.Replace(whole, "timestamp", "other", 1), "has a timestamp"},
		"a misspelt key":   {openVEX(says("not_affected", `{"@id": "pkg:oci/app", "subcomponent": [{"@id": "pkg:npm/p"}]}`)), `unknown field "subcomponent"`},
	} {
		if _, err := withVEX(t, c.text); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "policy.yaml:3:7: ") {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	for _, pattern := range []string{"../x.json", "/etc/passwd", "none.json", "[", "out.json"} {
		dir := t.TempDir()
		if err := os.Symlink("/etc/passwd", filepath.Join(dir, "out.json")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte(policyHead+"vex: ['"+pattern+"']\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "policy.yaml:3:7: ") {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// All keys of the specification are known, those that go-vex leaves out as well:
// https://github.com/openvex/spec/blob/main/openvex_json_schema.json
func TestVEXKeys(t *testing.T) {
	_, err := withVEX(t, `{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://vex.test/1", "author": "us", "role": "vendor", "timestamp": "2026-05-01T00:00:00Z",
 "last_updated": "2026-05-02T00:00:00Z", "version": 1, "tooling": "ours", "statements": [{"@id": "https://vex.test/1#1", "version": 1, "supplier": "us", "status": "affected",
 "vulnerability": {"@id": "https://vex.test/CVE-1", "name": "CVE-1", "description": "bad", "aliases": ["GHSA-1"]}, "timestamp": "2026-05-01T00:00:00Z", "last_updated": "2026-05-02T00:00:00Z",
 "products": [{"@id": "pkg:oci/app", "identifiers": {"purl": "pkg:oci/app", "@cpe23": "cpe:2.3:a:us:app:1:*:*:*:*:*:*:*"}, "hashes": {"sha-256": "aa"},
  "subcomponents": [{"@id": "pkg:npm/p", "identifiers": {"purl": "pkg:npm/p"}, "hashes": {"sha-256": "bb"}}]}],
 "status_notes": "seen", "action_statement": "update", "action_statement_timestamp": "2026-05-02T00:00:00Z"}]}`)
	if err != nil {
		t.Error(err)
	}
}

// Another document makes another policy.
func TestVEXIsPartOfTheDigest(t *testing.T) {
	one, err := withVEX(t, openVEX(says("not_affected", `{"@id": "pkg:oci/app"}`)))
	if err != nil {
		t.Fatal(err)
	}
	two, err := withVEX(t, openVEX(says("affected", `{"@id": "pkg:oci/app"}`)))
	if err != nil || one.Digest() == two.Digest() || one.Digest() == Default().Digest() {
		t.Errorf("%s, %s, %v", one.Digest(), two.Digest(), err)
	}
}

// A ConfigMap's files are links into a folder whose name changes with it.
func TestVEXOfAConfigMap(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "..2026_05_01"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..2026_05_01", filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"policy.yaml": policyHead + "vex: ['*.json']\n", "a.json": openVEX(says("fixed", `{"@id": "pkg:oci/app"}`))} {
		if err := os.WriteFile(filepath.Join(dir, "..2026_05_01", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := Load(dir); err != nil || len(p.VEX) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}
