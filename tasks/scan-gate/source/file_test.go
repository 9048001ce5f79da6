// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// A report file on an index has to tell of all its images, which Harbor's does.
func TestFileOnAnIndex(t *testing.T) {
	client, repo := shelf(t, nil)
	index, digests := pushIndex(t, repo, entry(t, "linux/amd64"), entry(t, "linux/arm64"), entry(t, "unknown/unknown"))
	file := File{Path: filepath.Join(t.TempDir(), "report"), Format: report.FormatAuto, Images: client, Log: slog.New(slog.DiscardHandler)}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(fmt.Sprintf(`{"generated_at":"2026-05-01T10:00:00Z","severity":"High","vulnerabilities":[{"id":"CVE-1","severity":"High","artifact_digests":[%q]},{"id":"CVE-2","severity":"Low","artifact_digests":[%q]}]}`, digests[1], digests[0]))
	got, err := file.Scan(t.Context(), index)
	if err != nil || len(got.Findings) != 2 || got.Findings[0].Platform != "linux/arm64" || got.Findings[1].Child != digests[0] {
		t.Errorf("got %+v, %v", got, err)
	}
	write(`{"SchemaVersion":2,"ArtifactType":"container_image","Metadata":{"RepoDigests":["` + index.String() + `"]}}`)
	if got, err := file.Scan(t.Context(), index); err == nil || !strings.Contains(err.Error(), "index of 2 images") {
		t.Errorf("Trivy's report on one of two: %+v, %v", got, err)
	}
	alone, _ := pushIndex(t, repo, entry(t, "linux/amd64"), entry(t, "unknown/unknown"))
	write(`{"SchemaVersion":2,"ArtifactType":"container_image","Metadata":{"RepoDigests":["` + alone.String() + `"]}}`)
	if got, err := file.Scan(t.Context(), alone); err != nil || got.Packages != 0 {
		t.Errorf("Trivy's report on the only one: %+v, %v", got, err)
	}
}
