// SPDX-License-Identifier: Apache-2.0

package source

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/internal/registry"
)

// standIn writes a report on the image that its last word names, keeps its words
// and its token, and leaves a database as Trivy does. Real Trivy runs on a cluster.
const standIn = `#!/bin/sh
echo "$TRIVY_TOKEN $*" >> "${0%/*}/said"
for a in "$@"; do
	case $a in --output=*) out=${a#*=};; --cache-dir=*) cache=${a#*=};; --server=*) at='"Server": {"VulnerabilityDB": {"UpdatedAt": "2026-05-02T00:00:00Z"}}';; esac
	image=$a
done
mkdir -p "$cache/db"
echo '{"Version": 2, "UpdatedAt": "2026-05-01T00:00:00Z"}' > "$cache/db/metadata.json"
echo '{"SchemaVersion": 2, "ArtifactType": "container_image", "Trivy": {'"$at"'}, "Metadata": {"RepoDigests": ["'"$image"'"]},
"Results": [{"Target": "x", "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "a", "Severity": "HIGH"}]}]}' > "$out"
`

// trivy is a scanner that runs the stand-in, and gives what that was told.
func trivy(t *testing.T, images *registry.Client, s server) (*Trivy, func() []string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "trivy"), []byte(standIn), 0o700); err != nil {
		t.Fatal(err)
	}
	said := func() []string {
		raw, err := os.ReadFile(filepath.Join(dir, "said"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(raw)), "\n")
	}
	return &Trivy{Images: images, Log: slog.New(slog.DiscardHandler), path: filepath.Join(dir, "trivy"), dbRepository: "db.test/db", server: s, timeout: time.Minute}, said
}

// Of an index each image is scanned, with one database between them.
func TestTrivyScansEachImage(t *testing.T) {
	client, repo := shelf(t, nil)
	index, digests := pushIndex(t, repo, entry(t, "linux/amd64"), entry(t, "linux/arm64"))
	scanner, said := trivy(t, client, server{})
	got, err := scanner.Scan(t.Context(), index)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Findings) != 2 || got.Findings[0].Child != digests[0] || got.Findings[1].Platform != "linux/arm64" {
		t.Errorf("got %+v", got.Findings)
	}
	if want := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC); !got.Database.Equal(want) || got.Started.IsZero() {
		t.Errorf("database of %s, want %s; started %s", got.Database, want, got.Started)
	}
	caches := map[string]bool{}
	for i, words := range said() {
		_, rest, _ := strings.Cut(words, "--cache-dir=")
		cache, _, _ := strings.Cut(rest, " ")
		caches[cache] = true
		if !strings.HasSuffix(words, "@"+digests[i]) || !strings.Contains(words, "--db-repository=db.test/db") {
			t.Errorf("asked for %s", words)
		}
	}
	if len(caches) != 1 {
		t.Errorf("the database was fetched into %d places", len(caches))
	}
}

// What one image says of its layers has no say in what is found in another, wherever
// Trivy keeps it.
func TestTrivyKeepsImagesApart(t *testing.T) {
	client, repo := shelf(t, nil)
	index, digests := pushIndex(t, repo, entry(t, "linux/amd64"), entry(t, "linux/arm64"))
	for _, s := range []server{{}, {url: "http://trivy.test:4954"}} {
		scanner, said := trivy(t, client, s)
		if _, err := scanner.Scan(t.Context(), index); err != nil {
			t.Fatal(err)
		}
		for i, words := range said() {
			if strings.Count(words, "--skip-files=") != 1 || !strings.Contains(words, " --skip-files="+digests[i]+" ") {
				t.Errorf("asked for %s", words)
			}
		}
	}
}

// A server keeps the database, and says how old it is. The token is in no argument.
func TestTrivyServer(t *testing.T) {
	client, repo := shelf(t, nil)
	_, digests := pushIndex(t, repo, entry(t, "linux/amd64"))
	secret := t.TempDir()
	if err := os.WriteFile(filepath.Join(secret, "token"), []byte("let-me-in\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	scanner, said := trivy(t, client, server{url: "http://trivy.test:4954", tokenFile: secret})
	got, err := scanner.Scan(t.Context(), repo.Digest(digests[0]))
	if err != nil {
		t.Fatal(err)
	}
	words := said()[0]
	if token, args, _ := strings.Cut(words, " "); token != "let-me-in" || strings.Contains(args, "let-me-in") || !strings.Contains(args, "--server=http://trivy.test:4954 ") || strings.Contains(args, "--db-repository") {
		t.Errorf("asked for %s", words)
	}
	if want := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC); !got.Database.Equal(want) {
		t.Errorf("database of %s, want %s", got.Database, want)
	}
}

// An address or a token that is none is the caller's mistake, and no secret is shown.
func TestServerFlags(t *testing.T) {
	for url, says := range map[string]string{
		"":                             "",
		"https://trivy.test/a/":        "",
		"trivy.test:4954":              "no http:// or https:// URL",
		"ftp://trivy.test":             "no http:// or https:// URL",
		"https://:secret@trivy.test/":  "more than a host and a path",
		"https://trivy.test/?a=b":      "more than a host and a path",
		"http://trivy.test/\x7fsecret": "no http:// or https:// URL",
	} {
		err := (&server{url: url}).validate()
		if (err == nil) != (says == "") || err != nil && (!strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%q: got %v, want %q", url, err, says)
		}
	}
	dir := t.TempDir()
	if token, err := (&server{tokenFile: dir}).token(); token != "" || err != nil {
		t.Errorf("of an empty folder: %q, %v", token, err)
	}
	if token, err := (&server{tokenFile: filepath.Join(dir, "token")}).token(); err == nil {
		t.Errorf("of no file: %q", token)
	}
	for _, file := range []struct{ name, text string }{{"other", "x"}, {"token", "two\nlines"}, {"token", " \n"}} {
		if err := os.WriteFile(filepath.Join(dir, file.name), []byte(file.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if token, err := (&server{tokenFile: dir}).token(); err == nil {
			t.Errorf("of a folder with %s holding %q: %q", file.name, file.text, token)
		}
	}
}
