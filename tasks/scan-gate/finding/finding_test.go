// SPDX-License-Identifier: Apache-2.0

package finding

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// The same vulnerability of the same package is one, whatever its version.
func TestKey(t *testing.T) {
	for _, c := range []struct {
		a, b Finding
		same bool
	}{
		{Finding{ID: "A", PURL: "pkg:npm/minimist@1.2.0"}, Finding{ID: "A", PURL: "pkg:npm/minimist@1.2.5"}, true},
		{Finding{ID: "A", PURL: "pkg:npm/%40scope/a@1"}, Finding{ID: "A", PURL: "pkg:npm/%40scope/b@1"}, false},
		{Finding{ID: "A", PURL: "pkg:npm/@scope/a"}, Finding{ID: "A", PURL: "pkg:npm/@scope/b"}, false},
		{Finding{ID: "A", PURL: "pkg:deb/debian/curl@7.1?arch=amd64&distro=debian-12"}, Finding{ID: "A", PURL: "pkg:deb/debian/curl@7.2?arch=arm64"}, true},
		{Finding{ID: "A", PURL: "pkg:golang/x.test/y@v1#sub"}, Finding{ID: "A", PURL: "pkg:golang/x.test/y@v2"}, true},
		{Finding{ID: "A", Package: "p"}, Finding{ID: "A", Package: "p", Installed: "2"}, true},
		{Finding{ID: "A", Package: "p"}, Finding{ID: "A", Package: "q"}, false},
		{Finding{ID: "A", Package: "p"}, Finding{ID: "B", Package: "p"}, false},
	} {
		if (c.a.Key() == c.b.Key()) != c.same {
			t.Errorf("%q and %q: want them to be the same: %v", c.a.Key(), c.b.Key(), c.same)
		}
	}
}

func TestScannerSeverity(t *testing.T) {
	for word, want := range map[string]Severity{"": Unknown, "None": Unknown, "Unknown": Unknown, "Negligible": Low, "Low": Low, "MEDIUM": Medium, "High": High, "critical": Critical} {
		if got, err := ScannerSeverity(word); err != nil || got != want {
			t.Errorf("%q: %v, %v", word, got, err)
		}
	}
	if got, err := ScannerSeverity("Important"); err == nil {
		t.Errorf("took an unknown word for %v", got)
	}
}

// A finding without a word for its severity is as severe as its score says.
func TestOr(t *testing.T) {
	for _, c := range []struct {
		severity Severity
		score    float64
		want     Severity
	}{
		{Unknown, 0, Unknown}, {Unknown, 0.1, Low}, {Unknown, 4, Medium}, {Unknown, 7, High}, {Unknown, 9, Critical}, {Low, 9, Low}, {Critical, 1, Critical},
	} {
		if got := c.severity.Or(c.score); got != c.want {
			t.Errorf("%s with a score of %v: %s, want %s", c.severity, c.score, got, c.want)
		}
	}
}

// That nobody tells of a fix is not that there is none.
func TestFixOf(t *testing.T) {
	for _, c := range []struct {
		version, status string
		want            Fix
	}{
		{"1.2", "fixed", Fixed},
		{"1.2", "", Fixed},
		{"", "affected", NoFix},
		{"", "will_not_fix", NoFix},
		{"", "fix_deferred", NoFix},
		{"", "end_of_life", NoFix},
		{"", "", FixUnknown},
		{"", "unknown", FixUnknown},
		{"", "under_investigation", FixUnknown},
		{"", "fixed", FixUnknown},
	} {
		if got := FixOf(c.version, c.status); got != c.want {
			t.Errorf("version %q, status %q: %s, want %s", c.version, c.status, got, c.want)
		}
	}
}

// What is kept is read back as it was.
func TestJSON(t *testing.T) {
	for _, f := range []Finding{
		{ID: "A", Package: "p", Installed: "1"},
		{
			ID: "A", Aliases: []string{"B"}, Package: "p", Installed: "1", FixedIn: "2", Fix: Fixed, Status: "fixed", Severity: Critical, CVSS: 9.8,
			Published: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), PURL: "pkg:npm/p@1", Target: "t", Platform: "linux/arm64", Child: "sha256:0",
			CWE: []string{"CWE-1"}, Title: "T", URL: "u", Source: "s",
		},
	} {
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var got Finding
		if err := json.Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, f) {
			t.Errorf("%s: read back as %+v, %v", b, got, err)
		}
	}
	for _, text := range []string{`{"severity":"BAD"}`, `{"fix":"perhaps"}`} {
		var f Finding
		if err := json.Unmarshal([]byte(text), &f); err == nil {
			t.Errorf("%s: taken for %+v", text, f)
		}
	}
}

func TestSort(t *testing.T) {
	fs := []Finding{{ID: "2", Package: "p"}, {ID: "1", Package: "q", Severity: High}, {ID: "1", Package: "p"}, {ID: "9", Package: "a", Severity: High}}
	Sort(fs)
	got := ""
	for _, f := range fs {
		got += f.Package + f.ID + " "
	}
	if got != "a9 q1 p1 p2 " {
		t.Errorf("got %s", got)
	}
}
