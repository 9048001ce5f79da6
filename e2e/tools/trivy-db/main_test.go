// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	"github.com/aquasecurity/trivy-db/pkg/types"
	"github.com/aquasecurity/trivy-db/pkg/vulnsrc/debian"
)

// Each advisory is found the way in which Trivy looks it up.
func TestReadBack(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir, "2026-01-02T03:04:05Z"); err != nil {
		t.Fatal(err)
	}
	if err := db.Init(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, c := range []struct{ pkg, id, patched, severity string }{
		{"minimist", "CVE-2021-44906", "1.2.6", "CRITICAL"},
		{"lodash", "CVE-2021-23337", "4.17.21", "HIGH"},
		{"ip", "CVE-2024-29415", "", "HIGH"},
		{"cookie", "CVE-2024-47764", "0.7.0", "LOW"},
	} {
		found, err := db.Config{}.ForEachAdvisory([]string{"npm::"}, c.pkg)
		if err != nil {
			t.Fatal(err)
		}
		value, ok := found[c.id]
		if !ok {
			t.Errorf("%s: %s not found among %d", c.pkg, c.id, len(found))
			continue
		}
		var a types.Advisory
		if err := json.Unmarshal(value.Content, &a); err != nil {
			t.Fatal(err)
		}
		if patched := append(a.PatchedVersions, "")[0]; patched != c.patched || value.Source.ID != "ghsa" {
			t.Errorf("%s of %s: fixed in %q from source %q, want %q from ghsa", c.id, c.pkg, patched, value.Source.ID, c.patched)
		}
		if v, err := (db.Config{}).GetVulnerability(c.id); err != nil || v.Severity != c.severity {
			t.Errorf("%s: severity %q, %v; want %s", c.id, v.Severity, err, c.severity)
		}
	}
	glibc, err := debian.NewVulnSrc().Get(db.GetParams{Release: "12", PkgName: "glibc"})
	if err != nil || len(glibc) != 1 || glibc[0].FixedVersion != "2.36-9+deb12u3" {
		t.Errorf("glibc in debian 12 = %+v, %v; want one advisory with its fix", glibc, err)
	}
}

func TestMetadata(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir, "2026-01-02T03:04:05Z"); err != nil {
		t.Fatal(err)
	}
	meta, err := metadata.NewClient(dir).Get()
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if meta.Version != 2 || !meta.UpdatedAt.Equal(want) || !meta.NextUpdate.Equal(want.Add(24*time.Hour)) {
		t.Errorf("metadata = %+v", meta)
	}
}

func TestMisuse(t *testing.T) {
	if err := run(t.TempDir(), "yesterday"); err == nil {
		t.Error("--updated-at yesterday: accepted")
	}
	if err := run("", "2026-01-02T03:04:05Z"); err == nil {
		t.Error("no --out: accepted")
	}
}
