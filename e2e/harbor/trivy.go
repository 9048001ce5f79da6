// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Trivy is the scanner that Harbor comes with: the program itself, on images in
// their registry.
type Trivy struct {
	// Program is Trivy's executable, "trivy" if empty.
	Program string
	// Cache is the folder that holds the database, in db/.
	Cache string
	// Database is the reference of the database in a registry; when empty, what
	// the cache holds is used as it is.
	Database string

	mu sync.Mutex // of two that share a cache, the second fails
}

// Scan runs Trivy on an image.
func (t *Trivy) Scan(ctx context.Context, image Image) (*Report, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	dir, err := os.MkdirTemp("", "harbor-trivy-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it lies in a temporary folder
	registry, err := url.Parse(image.Registry)
	if err != nil {
		return nil, err
	}
	report := filepath.Join(dir, "report.json")
	cmd := exec.CommandContext(ctx, t.program(), t.args(registry, image, report)...)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "TMPDIR=" + dir, "PATH=" + os.Getenv("PATH"), "SSL_CERT_FILE=" + os.Getenv("SSL_CERT_FILE"),
		"TRIVY_USERNAME=" + image.User, "TRIVY_PASSWORD=" + image.Password}
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return nil, err
	}
	return parseTrivy(text)
}

func (t *Trivy) program() string {
	if t.Program == "" {
		return "trivy"
	}
	return t.Program
}

func (t *Trivy) args(registry *url.URL, image Image, report string) []string {
	args := []string{
		"image", "--image-src=remote", "--scanners=vuln", "--format=json", "--output=" + report, "--cache-dir=" + t.Cache,
		"--no-progress", "--offline-scan", "--skip-version-check", "--disable-telemetry",
	}
	if t.Database == "" {
		args = append(args, "--skip-db-update", "--skip-java-db-update")
	} else {
		args = append(args, "--db-repository="+t.Database)
	}
	if registry.Scheme == "http" {
		args = append(args, "--insecure")
	}
	return append(args, registry.Host+"/"+image.Repository+"@"+image.Digest)
}

// ReportTypes are those of all scanners.
func (t *Trivy) ReportTypes() []string { return nil }

// Properties tell from when the database is, once there is one.
func (t *Trivy) Properties() map[string]string {
	text, err := os.ReadFile(filepath.Join(t.Cache, "db", "metadata.json"))
	if err != nil {
		return nil
	}
	var in struct{ UpdatedAt time.Time }
	if err := json.Unmarshal(text, &in); err != nil {
		return nil
	}
	return map[string]string{databaseDate: in.UpdatedAt.UTC().Format(time.RFC3339)}
}
