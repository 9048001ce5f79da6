// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// Trivy scans with Trivy's binary: https://trivy.dev/docs/latest/references/configuration/cli/trivy_image/
type Trivy struct {
	// Registry is where the image lies, Images asks there, and Log takes the
	// program's lines.
	Registry registry.Options
	Images   *registry.Client
	Log      *slog.Logger

	path             string
	dbRepository     string
	javaDBRepository string
	cacheDir         string
	server           server
	timeout          time.Duration
}

// AddFlags declares the flags for Trivy.
func (t *Trivy) AddFlags(f *step.Flags) {
	f.StringVar(&t.path, "trivy", "trivy", "Trivy's `PROGRAM`")
	f.StringVar(&t.dbRepository, "db-repository", "", "`REFERENCE` of Trivy's vulnerability database in a registry; default Trivy's own")
	f.StringVar(&t.javaDBRepository, "java-db-repository", "", "`REFERENCE` of Trivy's index of Java archives in a registry; default Trivy's own")
}

// Scan runs Trivy on the image in its registry, or on each image of an index.
// All that Trivy reads lies in a private folder: no settings file, ignore list or
// credentials of the working or home folder reach it, for others can write there.
func (t *Trivy) Scan(ctx context.Context, image name.Digest) (*finding.Scan, error) {
	dir, err := scratch()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left lies in a temporary folder
	env, err := t.environ(dir)
	if err != nil {
		return nil, err
	}
	token, err := t.server.token()
	if err != nil {
		return nil, err
	}
	if token != "" {
		env = append(env, "TRIVY_TOKEN="+token)
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	return eachImage(ctx, t.Images, image, t.Log, func(ctx context.Context, one name.Digest) (*finding.Scan, error) {
		return t.scan(ctx, dir, env, one)
	})
}

// scratch makes a folder for Trivy.
func scratch() (string, error) {
	dir, err := os.MkdirTemp("", "scan-gate-")
	if err != nil {
		return "", step.Hint(fmt.Errorf("making a folder for Trivy: %w", err), "mount a writable /tmp, or name one in $TMPDIR")
	}
	return dir, nil
}

// scan runs Trivy on one image.
func (t *Trivy) scan(ctx context.Context, dir string, env []string, image name.Digest) (*finding.Scan, error) {
	file := filepath.Join(dir, strings.TrimPrefix(image.DigestStr(), "sha256:")+".json")
	lines := &lineLog{log: t.Log}
	started := time.Now()
	err := run.Command{Path: t.path, Args: t.args(t.cache(dir), file, image), Dir: dir, Env: env, Stdout: lines, Stderr: lines}.Run(ctx)
	lines.flush()
	if err != nil {
		return nil, step.Hint(fmt.Errorf("scanning with Trivy: %w", err), "see Trivy's own lines above; --db-repository says where its database comes from, --scanner-url which server it asks")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("trivy ended well and left no report: %w", err)
	}
	found, err := report.Read(raw, report.FormatTrivy, report.About(image))
	if err != nil {
		return nil, err
	}
	found.Started = started
	if found.Finished.IsZero() { // a Trivy that does not say it
		found.Finished = time.Now()
	}
	if t.server.url == "" {
		found.Database = databaseDate(t.cache(dir))
	}
	return found, nil
}

func (t *Trivy) cache(dir string) string {
	if t.cacheDir != "" {
		return t.cacheDir
	}
	return filepath.Join(dir, "cache")
}

// databaseDate is when the database in Trivy's cache was made; zero if that is not to be
// read there: https://pkg.go.dev/github.com/aquasecurity/trivy-db/pkg/metadata
func databaseDate(cache string) time.Time {
	var metadata struct{ UpdatedAt time.Time }
	raw, err := os.ReadFile(filepath.Join(cache, "db", "metadata.json"))
	if err != nil || json.Unmarshal(raw, &metadata) != nil {
		return time.Time{}
	}
	return metadata.UpdatedAt.UTC()
}
